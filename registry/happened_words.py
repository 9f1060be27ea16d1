"""The words for what happened to a record, and for what that does to it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.in_force import ENDING, NOTING, REPLACING, Happened

Text = str | Promise

NAMES: Mapping[Happened, Text] = {
    Happened.CORRECTION: _("Corrected by the organ itself"),
    Happened.CHANGED: _("Changed on reconsideration or by judgment"),
    Happened.PARTLY_REVOKED: _("Partly revoked"),
    Happened.REVOKED: _("Revoked"),
    Happened.VOID: _("Confirmed void"),
    Happened.REDO: _("Revoked, to be decided anew"),
    Happened.UPHELD: _("Upheld"),
    Happened.UNLAWFUL_BUT_KEPT: _("Confirmed unlawful, but kept"),
}
EFFECTS: tuple[tuple[frozenset[Happened], Text, Text], ...] = (
    (
        REPLACING,
        _("A new content"),
        _(
            "You enter what is right or remains. From then on it is answered instead of the old one."
        ),
    ),
    (
        ENDING,
        _("The end of the record"),
        _("It stays on file and is never in any answer again. This cannot be undone."),
    ),
    (
        NOTING,
        _("A note"),
        _("The record stays as it is and is answered as before."),
    ),
)
"""Each effect with its heading and what it does, in the order in which it is offered."""


def effect_of(happened: Happened) -> Text:
    """Return what a filing of this kind does to the record it names."""
    return next(text for kinds, _title, text in EFFECTS if happened in kinds)
