"""Start-up check of what the database keeps of corrections by itself."""

from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.utils.translation import gettext_lazy as _

from sealing.guarantees import Guarantee, enlist
from sealing.guards import missing_triggers

RECORDS = "registry_violationrecord"
# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 16 update.
CORRECTS = {("corrects", "registry_corrects", 1 + 2 + 4 + 16)}


def corrections_name_records_in_force() -> Iterator[CheckMessage]:
    """Yield an error when a correction could name another person's record, a draft, or what has ended."""
    yield from missing_triggers(RECORDS, CORRECTS)


GUARANTEES = (
    Guarantee(
        _("A correction names a record of the same person that is in force."),
        corrections_name_records_in_force,
    ),
)

enlist(GUARANTEES)
