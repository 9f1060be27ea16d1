"""How long an answer waits goes by the count of persons alone, grows, and ends at a second."""

from itertools import pairwise

import pytest

from access import slowing


def test_ten_persons_are_free_and_each_further_one_waits_longer_up_to_a_second():
    waits = [slowing.seconds(persons) for persons in range(40)]
    assert waits[:11] == [0] * 11
    assert waits == sorted(waits)
    assert all(later > before for before, later in pairwise(waits[10:21]))
    assert set(waits[20:]) == {slowing.LONGEST_SECONDS}
    assert slowing.LONGEST_SECONDS <= 1


@pytest.mark.parametrize(("persons", "paused"), [(0, []), (10, []), (11, [0.1]), (999, [1.0])])
def test_nothing_is_waited_for_below_the_rule(persons, paused, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(slowing, "pause", waited.append)
    slowing.hold_back(persons)
    assert waited == paused
