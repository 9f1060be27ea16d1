"""What the ground does in the background: partitions for the months to come, and verifying the log when it is asked for."""

from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app

from sealing import verifying

#: As far ahead as the guarantees ask for, and then some.
MONTHS_PREPARED = 36


@app.periodic(cron="17 3 * * *", periodic_id="prepare_months")
@app.task(queueing_lock="prepare_months", pass_context=False)
def prepare_months(timestamp: int) -> int:
    """Make the partitions of the coming months that are missing; return how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealing_prepare_months(%s)", [MONTHS_PREPARED])
        return int(cursor.fetchone()[0])


@app.task(queueing_lock="verify_log", lock="verify_log")
def verify_log(run: str) -> int:
    """Verify the whole log for an auditor who asked; return how many findings there are."""
    return len(verifying.carry_out(UUID(run)).findings)
