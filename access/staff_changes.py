"""Which staff changes are kept in the staff change log: units, authorisations, accounts, holidays. Never a record.

The log is django-auditlog's table, made append-only by the migrations. Passwords are masked whole, and the
time of the last sign-in is left out; names of officials are in none of these tables.
"""

from auditlog.registry import auditlog
from django.db.models import Model

from access.models import Authorisation, HolidayYear, Unit, User


def masked(value: str) -> str:
    """Return a sign that something was there, and nothing of it."""
    return "***"


def register() -> None:
    """Keep what staff change from now on."""
    auditlog.register(HolidayYear, include_fields=_columns(HolidayYear))
    auditlog.register(Unit, include_fields=_columns(Unit))
    auditlog.register(
        Authorisation, include_fields=_columns(Authorisation), m2m_fields={"officials"}
    )
    auditlog.register(
        User,
        include_fields=_columns(User),
        exclude_fields=["last_login"],
        mask_fields=["password"],
        mask_callable="access.staff_changes.masked",
        m2m_fields={"groups"},
    )


def _columns(model: type[Model]) -> list[str]:
    """Return a table's own columns without its key: what other tables say of a row is not a change of it."""
    return [field.name for field in model._meta.local_fields if not field.primary_key]
