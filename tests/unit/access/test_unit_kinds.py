"""Every kind of unit has a name of its own, in both languages, and an unknown kind is shown as it is."""

import re

import pytest
from django.utils import translation

from access.provisions import UNIT_KINDS
from access.unit_kinds import KINDS, kind_name


def test_every_kind_of_the_catalogue_is_named_and_no_other() -> None:
    assert tuple(KINDS) == UNIT_KINDS


@pytest.mark.parametrize(("language", "letters"), [("en", "[A-Za-z -]+"), ("zh-hans", "[一-鿿]+")])
def test_names_are_in_the_language_of_the_page_and_differ(language: str, letters: str) -> None:
    with translation.override(language):
        names = [kind_name(kind) for kind in UNIT_KINDS]
    assert [name for name in names if not re.fullmatch(letters, name)] == []
    assert len(set(names)) == len(UNIT_KINDS)


def test_unknown_kind_is_shown_as_it_is() -> None:
    assert kind_name("lighthouse") == "lighthouse"
