"""What the doors do in the background, each a job of the queue: no argument of any names a person."""

from procrastinate.contrib.django import app

from access import confirmations, watching


@app.periodic(cron="* * * * *", periodic_id="watch")
@app.task(queueing_lock="watch", lock="watch")
def watch(timestamp: int) -> int:
    """Look for patterns in what was asked; return how many alerts are new or have grown."""
    return watching.watch()


@app.periodic(cron="41 5 * * *", periodic_id="remind")
@app.task(queueing_lock="remind", lock="remind")
def remind(timestamp: int) -> int:
    """Remind of answers that were opened and must be accounted for; return how many are new."""
    return confirmations.remind()
