"""How long a COMMIT may wait for a standby: who waits longer is released, and the server's warning says so.

PostgreSQL does not end that wait by itself: `statement_timeout` and `transaction_timeout` are both over when it begins. So a
thread of this process asks the server to cancel it. What was committed stays on this server, and whether a standby
has it nobody knows: who waited must not count on it. Knows no entry and no record.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

PATIENCE_SECONDS = 10.0
AGAIN_SECONDS = 1.0
TICK_SECONDS = 0.25
CANCEL_SECONDS = 5.0


class _Watch:
    """The sessions of this process that wait, each with the time at which its wait is cancelled."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until: dict[psycopg.Connection[Any], float] = {}
        self.thread: threading.Thread | None = None

    def begin(self, session: "psycopg.Connection[Any]") -> None:
        with self.lock:
            self.until[session] = time.monotonic() + PATIENCE_SECONDS
            if self.thread is None:
                self.thread = threading.Thread(target=self.keep, daemon=True)
                self.thread.start()

    def end(self, session: "psycopg.Connection[Any]") -> None:
        """Forget a session; a cancellation that is under way is over before this returns, so it meets no later statement."""
        with self.lock:
            self.until.pop(session, None)

    def keep(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            with self.lock:
                now = time.monotonic()
                for session in [one for one, until in self.until.items() if until < now]:
                    self.until[session] = now + AGAIN_SECONDS
                    _cancel(session)


def _cancel(session: "psycopg.Connection[Any]") -> None:
    import psycopg

    # A server that cannot be reached is asked again; its session ends with an error of its own.
    with contextlib.suppress(psycopg.Error):
        session.cancel_safe(timeout=CANCEL_SECONDS)


_watch = _Watch()


def _forget() -> None:
    """Threads do not live on in a fork, and its parent's sessions are not its own."""
    global _watch  # noqa: PLW0603 - one a process
    _watch = _Watch()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def bounded(session: "psycopg.Connection[Any]") -> Iterator[None]:
    """Run a statement that commits; when it takes longer than 10 s it is cancelled.

    One that only waits for a standby returns then, with SQLSTATE 01000; any other is an error.
    """
    watch = _watch
    watch.begin(session)
    try:
        yield
    finally:
        watch.end(session)
