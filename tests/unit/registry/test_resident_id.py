"""ID numbers: what is right is read, what has one wrong character never is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from registry.resident_id import age_on, read_resident_id


@st.composite
def numbers(draw):
    """A sound number with the birth date and sex it carries."""
    born = draw(st.dates(min_value=date(1800, 1, 1), max_value=date(2999, 12, 31)))
    division = draw(st.from_regex(r"[0-9]{6}", fullmatch=True))
    sequence = draw(st.integers(0, 999))
    body = f"{division}{born:%Y%m%d}{sequence:03}"
    return body + mod_11_2.calc_check_digit(body), born, "male" if sequence % 2 else "female"


@given(numbers())
def test_a_sound_number_says_birth_date_and_sex_whatever_its_division(sound):
    number, born, sex = sound
    holder = read_resident_id(number)
    assert (holder.birth_date, holder.sex) == (born, sex)


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_noticed(sound, place, other):
    number = sound[0]
    changed = number[:place] + other + number[place + 1 :]
    assert changed == number or read_resident_id(changed) is None


@given(numbers(), st.integers(0, 16))
def test_two_neighbours_exchanged_are_always_noticed(sound, place):
    number = sound[0]
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert changed == number or read_resident_id(changed) is None


@given(st.text(max_size=20))
def test_no_text_whatever_breaks_the_reader(text):
    assert read_resident_id(text) is None or len(text) == 18


@pytest.mark.parametrize("day", ["00000101", "19900230", "19901301", "19900100", "21000229"])
def test_a_right_check_character_over_no_date_is_not_enough(day):
    body = f"110105{day}001"
    assert read_resident_id(body + mod_11_2.calc_check_digit(body)) is None


def test_the_number_printed_in_the_standard():
    holder = read_resident_id("11010519491231002X")
    assert (holder.birth_date, holder.sex) == (date(1949, 12, 31), "female")


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2012-06-01", "2026-05-31", 13),
        ("2012-06-01", "2026-06-01", 14),
        ("2012-02-29", "2026-02-28", 13),
        ("2012-02-29", "2026-03-01", 14),
        ("2026-06-02", "2026-06-01", -1),
    ],
)
def test_age_in_completed_years(born, day, age):
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == age
