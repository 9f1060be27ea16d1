"""Start-up check of what the database keeps of corrections by itself."""

from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing.guarantees import Guarantee, enlist, rows
from sealing.guards import missing, missing_triggers

RECORDS = "registry_violationrecord"
# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 16 update.
CORRECTS = {("corrects", "registry_corrects", 1 + 2 + 4 + 16)}
# It has a condition, without which it would throw away what waits for a row that is moved.
OUTDATED = """
SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE t.tgrelid = to_regclass('registry_violationrecord') AND t.tgenabled IN ('O', 'A') AND t.tgtype = 17
   AND t.tgname = 'outdated' AND p.proname = 'registry_next_index_outdated'
"""
REINDEXED = {("reindexed", "registry_row_reindexed", 1 + 2 + 16)}


def corrections_name_records_in_force() -> Iterator[CheckMessage]:
    """Yield an error when a correction could name another person's record, a draft, or what has ended."""
    yield from missing_triggers(RECORDS, CORRECTS)


def index_moves_to_what_waits() -> Iterator[CheckMessage]:
    """Yield an error when a move of the index keys could change a record, or leave the keys of another draft behind."""
    yield from missing_triggers(RECORDS, REINDEXED)
    if not rows("default", OUTDATED):
        words = _("Trigger %(name)s on %(table)s is missing, changed or disabled.")
        yield missing("sealing.E005", words, name="outdated", table=RECORDS)


GUARANTEES = (
    Guarantee(
        gettext_lazy("A correction names a record of the same person that is in force."),
        corrections_name_records_in_force,
    ),
    Guarantee(
        gettext_lazy("A move of the index keys changes index values only, to those that wait."),
        index_moves_to_what_waits,
    ),
)

enlist(GUARANTEES)
