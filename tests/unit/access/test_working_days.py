"""Terms in working days: counted from the day after receipt, with the announced days, and honest about years that are not."""

from datetime import date

import pytest

from access.working_days import AnnouncedYear, Pause, due, is_working

CALENDAR = {
    2026: AnnouncedYear(
        days_off=frozenset(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
        days_worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    )
}


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 26)),  # Monday: Tuesday is the first day
        (date(2026, 11, 26), date(2026, 12, 1)),  # Thursday, over a weekend
        (date(2026, 11, 28), date(2026, 12, 2)),  # Saturday: Monday is the first day
        (date(2026, 9, 30), date(2026, 10, 10)),  # over the holiday; Saturday 10 October is worked
        (date(2026, 9, 17), date(2026, 9, 21)),  # Sunday 20 September is worked
    ],
)
def test_three_working_days(received: date, expected: date) -> None:
    found = due(received, days=3, calendar=CALENDAR)
    assert found is not None
    assert (found.on, found.not_announced) == (expected, ())


def test_a_term_into_a_year_that_is_not_announced_says_so() -> None:
    found = due(date(2026, 12, 30), days=3, calendar=CALENDAR)
    assert found is not None
    assert found.not_announced == (2027,)
    assert found.provisional
    assert found.on == date(
        2027, 1, 5
    )  # 31 December, then 4 and 5 January: 1 January is fixed by law


def test_a_term_that_ends_on_the_last_day_of_the_year_is_certain() -> None:
    found = due(date(2026, 12, 28), days=3, calendar=CALENDAR)
    assert found is not None
    assert (found.on, found.provisional) == (date(2026, 12, 31), False)


def test_days_on_which_the_unit_is_asked_do_not_count() -> None:
    asked, answered = date(2026, 11, 24), date(2026, 11, 30)
    stood_still = due(
        date(2026, 11, 23), days=3, calendar=CALENDAR, pauses=[Pause(asked, answered)]
    )
    assert stood_still is not None
    assert stood_still.on == date(2026, 12, 2)  # 24 November, then 1 and 2 December
    assert due(date(2026, 11, 23), days=3, calendar=CALENDAR, pauses=[Pause(asked)]) is None


def test_two_pauses_add_up() -> None:
    pauses = [
        Pause(date(2026, 11, 24), date(2026, 11, 25)),
        Pause(date(2026, 11, 26), date(2026, 11, 27)),
    ]
    found = due(date(2026, 11, 23), days=3, calendar=CALENDAR, pauses=pauses)
    assert found is not None
    assert found.on == date(2026, 11, 30)


def test_without_any_calendar_only_fixed_holidays_are_known() -> None:
    assert not is_working(date(2027, 10, 1), {})
    assert is_working(date(2027, 9, 30), {})
    assert not is_working(date(2027, 9, 26), {})


def test_no_term_is_empty() -> None:
    with pytest.raises(ValueError, match="one working day"):
        due(date(2026, 11, 23), days=0, calendar=CALENDAR)
