"""Indexes of different purposes cannot be joined; keys carry their time."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealing import keyring, subject, uuid7
from sealing.keyring import Purpose


@pytest.fixture(autouse=True)
def ring(tmp_path, settings):
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    yield
    keyring.forget()


def test_one_person_has_a_different_index_for_each_purpose():
    person = ("resident_id", "11010519491231002X")
    found = {subject.keyed(purpose, *person) for purpose in Purpose}
    assert len(found) == len(Purpose)
    assert subject.lock_index(*person).hex() != subject.log_index(*person)


def test_an_index_depends_on_every_part_and_on_where_parts_end():
    made = {
        subject.lock_index("passport", "E1234"),
        subject.lock_index("passportE", "1234"),
        subject.lock_index("passport", "E1235"),
        subject.lock_index("passport", "E1234", ""),
    }
    assert len(made) == 4
    assert subject.lock_index("passport", "E1234") in made
    assert len(subject.NOBODY) == len(made.pop()) == 32


@given(st.integers(min_value=0, max_value=(1 << 48) - 1))
def test_a_key_is_a_version_7_uuid_of_its_millisecond(milliseconds):
    key = uuid7.at(milliseconds)
    assert (key.version, key.variant) == (7, uuid.RFC_4122)
    assert key.int >> 80 == milliseconds


def test_a_new_key_is_of_now_and_later_ones_sort_behind():
    early = uuid7.uuid7()
    assert abs(uuid7.moment(early).timestamp() - time.time()) < 2
    assert uuid7.at((early.int >> 80) + 1) > early


def test_keys_rise_in_the_order_in_which_they_are_made():
    made = [uuid7.uuid7() for _ in range(5000)]
    assert made == sorted(set(made))
    assert {key.version for key in made} == {7}
