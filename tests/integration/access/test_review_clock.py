"""The clock of a review: three working days, by the calendar that was announced."""

from datetime import date, timedelta

from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import review_clock, standing
from access.models import HolidayYear, Inquiry, User
from tests.integration.access.conftest import (
    ask,
    signed_in,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    assigned,
    fixture_bureau,
    fixture_carrier,
    fixture_driver,
    fixture_inquiry,
    fixture_manager,
)


def test_due_after_three_working_days_and_overdue_afterwards(inquiry):
    Inquiry.objects.update(made_on=date(2026, 9, 30))
    inquiry.refresh_from_db()
    clock = review_clock.clock(inquiry, today=date(2026, 10, 10))
    assert (clock.due.on, clock.overdue) == (date(2026, 10, 10), False)
    assert review_clock.overdue(today=date(2026, 10, 10)) == []
    assert review_clock.overdue(today=date(2026, 10, 11)) == [inquiry]


def test_a_year_that_is_not_announced_is_said_to_be_provisional(inquiry):
    assert not HolidayYear.objects.filter(year=2027, announced=True).exists()
    Inquiry.objects.update(made_on=date(2026, 12, 30))
    page = signed_in(assigned(inquiry)[0]).get("/reviews/").content.decode()
    assert "2027-01-05, provisional: the calendar of 2027 is not announced." in page
    HolidayYear.objects.create(
        year=2027, announced=True, days_off=[date(2027, 1, 1), date(2027, 1, 4)]
    )
    page = signed_in(assigned(inquiry)[0]).get("/reviews/").content.decode()
    assert "2027-01-06" in page
    assert "provisional" not in page


def test_the_calendar_of_2026_is_as_announced(db):
    known = HolidayYear.objects.get(year=2026)
    assert known.announced
    assert date(2026, 10, 7) in known.days_off
    assert date(2026, 10, 10) in known.days_worked
    assert len(known.days_off) == 19
    assert len(known.days_worked) == 6


def test_overdue_comes_first_in_the_queue(bureau, manager, driver):
    first, second = ask(manager, driver), ask(manager, driver)
    for user in User.objects.filter(unit=bureau):
        for inquiry in (first, second):
            assign_perm(standing.REVIEW_INQUIRY, user, inquiry)
    long_ago = timezone.localdate() - timedelta(days=30)
    Inquiry.objects.filter(pk=second.pk).update(made_on=long_ago)
    page = signed_in(User.objects.get(number="R1")).get("/reviews/").content.decode()
    assert page.index(second.receipt) < page.index("Overdue") < page.index(first.receipt)
    assert page.count("Overdue") == 1
