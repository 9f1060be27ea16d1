"""What the doors do in the background, each a job of the queue: no argument of any names a person."""

from django.core.management import call_command
from procrastinate.contrib.django import app

from access import confirmations, reviewers, watching


@app.periodic(cron="* * * * *", periodic_id="watch")
@app.task(queueing_lock="watch", lock="watch")
def watch(timestamp: int) -> int:
    """Look for patterns in what was asked; return how many alerts are new or have grown."""
    return watching.watch()


@app.periodic(cron="*/10 * * * *", periodic_id="staff_reviews")
@app.task(queueing_lock="staff_reviews", lock="staff_reviews")
def staff_reviews(timestamp: int) -> None:
    """Give inquiries that wait for reviewers to those who have become free."""
    reviewers.staff_waiting()


@app.periodic(cron="41 3 * * *", periodic_id="forget_calls")
@app.task(queueing_lock="forget_calls")
def forget_calls(timestamp: int) -> None:
    """Remove tokens, nonces and counts of the agencies' programs that nobody needs any more."""
    call_command("forget_calls", verbosity=0)


@app.periodic(cron="41 5 * * *", periodic_id="remind")
@app.task(queueing_lock="remind", lock="remind")
def remind(timestamp: int) -> int:
    """Remind of answers that were opened and must be accounted for; return how many are new."""
    return confirmations.remind()
