"""What appending to the log costs many writers when every COMMIT waits for a standby, on servers of its own.

Primary and standby are copies of the benchmarks' server, on the same disk and processors: the standby's share is measured too.
"""

from collections.abc import Iterator

from bench import appends
from bench.report import Measure
from tests.database import TestDatabase
from tests.standby import is_waited_for, running_copy, standby_of, wait_for_standby


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Measure writers against each other; RuntimeError when the standby was not waited for all the time."""
    with running_copy(database.server) as primary, standby_of(primary):
        wait_for_standby(primary)
        yield from appends.contention(
            TestDatabase(primary, database.name), beside=", a standby waited for"
        )
        if not is_waited_for(primary):
            raise RuntimeError("The standby is not waited for any more: this run says nothing.")
