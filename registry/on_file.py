"""What is on file of given decisions, asked by keyed hashes only, and the order in which filings are made.

Nothing here reads a record: the database tells of decisions whose keys the caller can already make.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping

from django.db import connection

from registry.across_rows import OnFile
from registry.models import ViolationRecord
from registry.record_keys import Share

FILED = "SELECT * FROM registry_filed(%s::bytea[], %s::bytea[])"
_FILING_LOCK = 136_2026

Days = Mapping[Hashable, int]


def one_filing_at_a_time() -> None:
    """Wait for other filings, to the end of the open transaction: what was just read stays true.

    A statement of its own, so that what is read next sees what they committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FILING_LOCK])


class InTheRegistry(OnFile):
    """Sealed records: per share the act keys with their days of detention."""

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Days]:
        """Return what is on file of these shares."""
        shares = [share for share in decisions if isinstance(share, Share)]
        if not shares:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(FILED, [list(column) for column in zip(*shares, strict=True)])
            found = cursor.fetchall()
        return _by_share(
            (Share(bytes(subject), bytes(decision)), bytes(act), days)
            for subject, decision, act, _offence, days in found
        )


class AmongDrafts(OnFile):
    """An officer's own unfiled drafts. What is on file is not asked: a form says nothing about it."""

    def __init__(self, drafts: Iterable[ViolationRecord]) -> None:
        self._acts = _by_share(
            (
                Share(bytes(draft.subject), bytes(draft.decision_key)),
                bytes(draft.duplicate_key),
                draft.detention_days or 0,
            )
            for draft in drafts
        )

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Days]:
        """Return what the drafts hold of these shares."""
        return {share: self._acts[share] for share in decisions if share in self._acts}


def _by_share(found: Iterable[tuple[Share, bytes, int]]) -> dict[Hashable, Days]:
    acts: dict[Hashable, dict[Hashable, int]] = defaultdict(dict)
    for share, act, days in found:
        acts[share][act] = days
    return dict(acts)
