"""What the log cannot tell: months that were dropped under an order, and the time before it began.

Nothing found there is not the same as nothing entered, so a page that looked for entries says what it could not see.
Reads through the alias `audit`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sealing import orders
from sealing.audit_log import Kind
from sealing.models import AuditEntry
from sealing.retention import ALIAS, carried_out

# Months of the log are those of UTC; a local day may reach into the neighbouring one.
MARGIN = timedelta(days=1)


def not_covered(*, since: date | None, until: date | None) -> list[str]:
    """Return one sentence for each part of a span of local days (None: open) of which the log tells nothing."""
    told = [
        _("%(month)s was dropped under an order on %(day)s: what was entered then is not covered.")
        % {"month": month, "day": date_format(timezone.localtime(at), "Y-m-d")}
        for month, _note, at in carried_out(alias=ALIAS)
        if _overlaps(month, since, until)
    ]
    begins = _begins()
    if begins is not None and (since is None or since < begins):
        words = _("The log begins on %(day)s; what lies before that day is not covered.")
        told.append(words % {"day": f"{begins:%Y-%m-%d}"})
    return told


def of_thread(entries: Sequence[AuditEntry]) -> list[str]:
    """Return what `not_covered` tells of one inquiry's entries, oldest first; nothing when its first one is among them.

    Months are dropped oldest first, so that nothing is missing behind the entry that the inquiry began with.
    """
    first = entries[0] if entries else None
    began = timezone.localdate(first.at) if first and first.kind == Kind.INQUIRY else None
    return not_covered(since=began, until=None)


def dropped_month(entry: UUID) -> str:
    """Return the month of an entry's key if it was dropped, or an empty text."""
    try:
        month = orders.month_of(entry)
    except (ValueError, OverflowError):
        return ""
    return month if month in {gone for gone, _note, _at in carried_out(alias=ALIAS)} else ""


def _overlaps(month: str, since: date | None, until: date | None) -> bool:
    first = orders.month_begins(month).date()
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (until is None or until >= first - MARGIN) and (
        since is None or since < following + MARGIN
    )


def _begins() -> date | None:
    """Return the local day of the oldest entry there is."""
    found: datetime | None = (
        AuditEntry.objects.using(ALIAS).order_by("pk").values_list("at", flat=True).first()
    )
    return timezone.localdate(found) if found else None
