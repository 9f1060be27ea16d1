"""Takes times: alternating between two pieces of work, so that a loaded machine slows both alike, or in many processes."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass

WARM_UP = 10


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Work:
    """What is timed, and what is done before each time and is not."""

    do: Callable[[], object]
    before: Callable[[], object] = _nothing


def alternating(ours: Work, bare: Work, *, times: int) -> tuple[list[float], list[float]]:
    """Return the durations of both, in seconds, taken in turns."""
    for work in (ours, bare):
        for _ in range(WARM_UP):
            _timed(work)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for work, durations in zip((ours, bare), taken, strict=True):
            durations.append(_timed(work))
    return taken


def at_once(
    make: Callable[[int], Work], *, processes: int, seconds: float
) -> tuple[list[float], float]:
    """Do work in several processes for some seconds; return all durations, and how long it took together.

    `make` gives each process its work. No connection may be open when this is called.
    """
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(processes), context.Queue()
    children = [
        context.Process(target=_repeat, args=(make, number, seconds, start, results))
        for number in range(processes)
    ]
    for child in children:
        child.start()
    found = [results.get(timeout=60 + seconds) for _ in children]
    for child in children:
        child.join()
    durations = [duration for taken, _ in found for duration in taken]
    return durations, max(elapsed for _, elapsed in found)


def _repeat(
    make: Callable[[int], Work], number: int, seconds: float, start: object, results: object
) -> None:
    work = make(number)
    for _ in range(WARM_UP):
        _timed(work)
    start.wait(timeout=60)  # type: ignore[attr-defined]
    begun, taken = time.perf_counter(), []
    while time.perf_counter() - begun < seconds:
        taken.append(_timed(work))
    results.put((taken, time.perf_counter() - begun))  # type: ignore[attr-defined]


def _timed(work: Work) -> float:
    work.before()
    begun = time.perf_counter()
    work.do()
    return time.perf_counter() - begun
