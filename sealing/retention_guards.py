"""Whether every month that the log ever had is still there, or was dropped under an order; and that orders are kept."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _

from sealing import orders
from sealing.guarantees import rows
from sealing.guards import KEPT_WHOLE, missing_triggers, partitions

KEPT = {("kept", "sealing_refuse", 1 + 2 + 8 + 16), KEPT_WHOLE}
JUDGED = {
    "sealing_dropproposal": "sealing_drop_proposed",
    "sealing_dropdecision": "sealing_drop_decided",
    "sealing_dropped": "sealing_drop_carried_out",
}
FIRST = "SELECT entry FROM sealing_leaf ORDER BY index LIMIT 1"
GONE = "SELECT to_char(month, 'YYYY-MM') FROM sealing_dropped"
MONTHS = 12


def orders_kept() -> Iterator[CheckMessage]:
    """Yield each trigger of the orders' tables that is missing or disabled."""
    yield from missing_triggers("sealing_term", KEPT)
    for table, by in JUDGED.items():
        yield from missing_triggers(table, KEPT | {("judged", by, 1 + 2 + 4)})


def no_month_gone() -> Iterator[CheckMessage]:
    """Yield an error for each month, from the first sequenced entry's to this one, that is gone without an order."""
    there = {f"{name[-6:-2]}-{name[-2:]}" for name in partitions()}
    gone = {month for (month,) in rows("audit", GONE)}
    hint = _("Restore it from a backup, and find out who dropped it; verify_log names its entries.")
    for month in _months_since(min(there | gone | _first_month(), default="")):
        if month not in there | gone:
            words = _("%(month)s of the audit log is gone, and no order says so.")
            yield Error(words % {"month": month}, hint=hint, id="sealing.E013")
    for month in sorted(there & gone):
        words = _("%(month)s of the audit log was dropped under an order, and is there.")
        yield Error(words % {"month": month}, hint=hint, id="sealing.E014")


def _first_month() -> set[str]:
    return {orders.month_of(entry) for (entry,) in rows("audit", FIRST)}


def _months_since(first: str) -> Iterator[str]:
    """Yield the months from one to the present one (UTC); none without a first."""
    if not first:
        return
    begins, now = orders.month_begins(first), datetime.now(UTC)
    number = begins.year * MONTHS + begins.month - 1
    while number < now.year * MONTHS + now.month:
        yield f"{number // MONTHS:04}-{number % MONTHS + 1:02}"
        number += 1
