"""What the doors do in the background, each a job of the queue: no argument of any names a person."""

import logging
from contextlib import suppress
from uuid import UUID

from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from access import confirmations, contest_officers, reviewers, roster_sending, rosters, watching

log = logging.getLogger("registry.worker")


@app.periodic(cron="* * * * *", periodic_id="watch")
@app.task(queueing_lock="watch")
def watch(timestamp: int) -> int:
    """Look for patterns in what was asked; return how many alerts are new or have grown."""
    return watching.watch()


# With seconds, in the sixth place: auditors hear of a standstill within a minute.
@app.periodic(cron="* * * * * */20", periodic_id="watch_disclosures")
@app.task(queueing_lock="watch_disclosures")
def watch_disclosures(timestamp: int) -> None:
    """Keep an alert, and say so in the worker's own output, while the log stands still and nothing is disclosed."""
    alert = watching.watch_disclosures()
    if alert is not None:
        log.error("nothing is disclosed: the audit log stands still (%s)", alert.key)


@app.periodic(cron="*/10 * * * *", periodic_id="staff_reviews")
@app.task(queueing_lock="staff_reviews")
def staff_reviews(timestamp: int) -> None:
    """Give inquiries and contests that wait for officers to those who have become free."""
    reviewers.staff_waiting()
    contest_officers.staff_waiting()


@app.periodic(cron="41 3 * * *", periodic_id="forget_calls")
@app.task(queueing_lock="forget_calls")
def forget_calls(timestamp: int) -> None:
    """Remove tokens, nonces and counts of the agencies' programs that nobody needs any more."""
    call_command("forget_calls", verbosity=0)


@app.periodic(cron="41 5 * * *", periodic_id="remind")
@app.task(queueing_lock="remind")
def remind(timestamp: int) -> int:
    """Remind of answers that were opened and must be accounted for; return how many are new."""
    return confirmations.remind()


@app.task()
def send_roster(roster: str) -> int:
    """Make inquiries of what is left of a roster; return for how many persons."""
    return roster_sending.work(UUID(roster))


@app.periodic(cron="* * * * *", periodic_id="see_to_rosters")
@app.task(queueing_lock="see_to_rosters")
def see_to_rosters(timestamp: int) -> int:
    """Go on with rosters whose worker ended in the middle, and remove those never sent; return how many go on."""
    rosters.expire(now=timezone.now())
    waiting = roster_sending.unfinished()
    for key in waiting:
        with suppress(AlreadyEnqueued):
            send_roster.configure(queueing_lock=f"roster:{key}").defer(roster=str(key))
    return len(waiting)
