"""A staff change in words: which field was what, and is now what.

The staff change log keeps fields by their names in the code and values as text: codes, `True`, points in time
in UTC. Units are named by those who know them; what nobody knows any more reads as it was kept.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, Field, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.ground_words import authorised_ground
from access.models import Authorisation, Unit, User
from access.roles import NAMES
from access.unit_kinds import kind_name

NOTHING = "–"
Units = Mapping[str, str]
"""Units by their keys as text."""
#: What django-auditlog writes for a field that had no value, or whose members are told by a line of their own.
EMPTY = frozenset({"", "None", "access.User.None", "auth.Group.None", "auth.Permission.None"})
#: Unit, ground and first day: how an authorisation is called.
AUTHORISATION_PARTS = 3
ROLES: Mapping[str, Any] = {role.value: name for role, name in NAMES.items()}
CODES: Mapping[tuple[type[Model], str], Callable[[str], str]] = {
    (Unit, "kind"): kind_name,
    (Unit, "level"): lambda level: str(dict(Unit.Level.choices).get(level, level)),
    (Authorisation, "ground"): authorised_ground,
    (User, "groups"): lambda name: str(ROLES.get(name, name)),
}


def what(kept: str, model: type[Model] | None) -> str:
    """Return what was changed; an authorisation with its ground in words."""
    parts = kept.rsplit(" ", 2)
    if model is Authorisation and len(parts) == AUTHORISATION_PARTS:
        unit, ground, day = parts
        return f"{unit} {authorised_ground(ground)} {day}"
    return kept


def units_in(kept: Mapping[str, Any]) -> set[str]:
    """Return the keys of the units that a change names."""
    change = kept.get("unit")
    return {str(key) for key in change if str(key).isdigit()} if isinstance(change, list) else set()


def changes(
    kept: Mapping[str, Any], model: type[Model] | None, *, units: Units
) -> Iterator[tuple[str, str]]:
    """Yield each changed field with what it was and what it is; added and removed members alike."""
    for name, change in kept.items():
        if isinstance(change, dict):
            sign = "+" if change.get("operation") == "add" else "−"
            members = (_value(model, name, member, units) for member in change.get("objects", ()))
            words = _(", ").join(f"{sign} {member}" for member in members)
        else:
            was, now = (_value(model, name, value, units) for value in change)
            words = now if was == NOTHING else f"{was} → {now}"
        if words not in {"", NOTHING}:
            yield _field_name(model, name), words


def _field(model: type[Model] | None, name: str) -> Any:
    fields = model._meta.get_fields() if model else ()
    return next((field for field in fields if field.name == name), None)


def _field_name(model: type[Model] | None, name: str) -> str:
    if (model, name) == (User, "groups"):
        return _("roles")
    return str(getattr(_field(model, name), "verbose_name", name))


def _value(model: type[Model] | None, name: str, value: Any, units: Units) -> str:
    if value is None or str(value) in EMPTY:
        return NOTHING
    text = str(value)
    if name == "unit":
        return units.get(text, text)
    if model and (model, name) in CODES:
        return CODES[model, name](text)
    return _plain(_field(model, name), text)


def _plain(field: "Field[Any, Any] | None", text: str) -> str:
    if isinstance(field, BooleanField):
        return _("Yes") if text == "True" else _("No")
    if isinstance(field, DateTimeField):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return date_format(timezone.localtime(at), "Y-m-d H:i:s")
    return text
