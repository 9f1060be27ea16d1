"""What the ground does in the background: it keeps partitions ready for the log of the months to come."""

from django.db import connection
from procrastinate.contrib.django import app

#: As far ahead as the guarantees ask for, and then some.
MONTHS_PREPARED = 36


@app.periodic(cron="17 3 * * *", periodic_id="prepare_months")
@app.task(queueing_lock="prepare_months", pass_context=False)
def prepare_months(timestamp: int) -> int:
    """Make the partitions of the coming months that are missing; return how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealing_prepare_months(%s)", [MONTHS_PREPARED])
        return int(cursor.fetchone()[0])
