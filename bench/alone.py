"""Runs a program of the registry as a stranger would have it, and says what it took: time, memory, what else it loaded.

The stranger has the modules that `sealing.verify` names and `cryptography`, an interpreter that looks at no environment and no
installed package (`-I -S`), and no network: whatever touches a socket is an error.
"""

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.database import ROOT

MODULES = (
    *("__init__", "verify", "merkle", "notes", "checkpoints", "orders", "findings", "exported"),
)
LIBRARY = ("cryptography", "_cffi_backend")
# The peak is that of the program itself: the kernel's count for a child begins with what its parent had.
TOLD = """
finally:
    try:
        with open("/proc/self/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM")).split()[1]
    except OSError:
        peak = "0"
    known = {*sys.stdlib_module_names, "__main__", "sealing", "cryptography", "_cffi_backend", "_openssl"}
    foreign = sorted({name.partition(".")[0] for name in sys.modules} - known)
    print("peak", peak, "foreign", *foreign, file=sys.stderr)
"""
ALONE = (
    """
import runpy, sys
def refused(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError("This program has no network.")
sys.addaudithook(refused)
sys.path.insert(0, sys.argv.pop(1))
try:
    runpy.run_module("sealing.verify", run_name="__main__")
"""
    + TOLD
)
MANAGED = (
    """
import sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(sys.argv)
"""
    + TOLD
)
FOREIGN = re.compile(r"peak (\d+) foreign(.*)")


@dataclass(frozen=True)
class Ran:
    """How a program ended: its exit code, what it printed, its seconds by the clock and of a processor, its peak memory in
    MiB (0: not known), and the modules it loaded that a stranger does not have.
    """

    code: int
    said: str
    seconds: float
    working: float
    peak: float
    foreign: tuple[str, ...]


def stranger(folder: Path) -> Path:
    """Put the verifier and its library into a folder, and nothing else; return the folder."""
    (folder / "sealing").mkdir(parents=True)
    for name in MODULES:
        source = ROOT / "sealing" / f"{name}.py"
        (folder / "sealing" / source.name).write_bytes(source.read_bytes())
    for name in LIBRARY:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if found.submodule_search_locations else origin
            (folder / source.name).symlink_to(source)
    return folder


def verify(place: Path, exported: Path, *arguments: str) -> Ran:
    """Run the stand-alone verifier from a stranger's folder over an export."""
    line = [sys.executable, "-I", "-S", "-c", ALONE, str(place), str(exported), *arguments]
    return _run(line, environment={})


def manage(*arguments: str, environment: Mapping[str, str]) -> Ran:
    """Run a command of the registry in a process of its own."""
    return _run([sys.executable, "-c", MANAGED, *arguments], environment=environment)


def _run(line: Sequence[str], *, environment: Mapping[str, str]) -> Ran:
    begun, before = time.perf_counter(), os.times()
    done = subprocess.run(
        line, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    taken, after = time.perf_counter() - begun, os.times()
    working = sum(after[2:4]) - sum(before[2:4])
    found = FOREIGN.search(done.stderr)
    if found is None:
        raise RuntimeError(f"The program did not run: {done.stderr}")
    peak = int(found[1]) / 1024
    said = done.stdout + done.stderr[: found.start()]
    return Ran(done.returncode, said, taken, working, peak, tuple(found[2].split()))
