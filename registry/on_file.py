"""What is on file of given decisions, asked by keyed hashes only, and the order in which filings are made.

Nothing here reads a record: the database tells of decisions whose keys the caller can already make.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from uuid import UUID

from django.db import connection

from registry.across_rows import OnFile
from registry.correction import NamedRecord
from registry.models import ViolationRecord
from registry.record_keys import Share, decision_key, duplicate_key, subject
from sealing import index_version
from sealing.index_version import HELD

# Each states the version of the index keys it asks with: another than the database's is an error, not an empty answer.
FILED = f"SELECT filed.* FROM {HELD}, registry_filed(%s::bytea[], %s::bytea[]) AS filed"  # noqa: S608
IN_FORCE = f"SELECT registry_in_force(%s, %s, %s, %s) FROM {HELD}"  # noqa: S608
_FILING_LOCK = 136_2026

Days = Mapping[Hashable, int]


def one_filing_at_a_time() -> None:
    """Wait for other filings, to the end of the open transaction: what was just read stays true.

    A statement of its own, so that what is read next sees what they committed. The index keys stay what they are
    until then too; their lock comes first, or two filings and a move of the keys would wait for each other.
    """
    index_version.hold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FILING_LOCK])


def named_in_force(named: NamedRecord, *, unit: str) -> UUID | None:
    """Return the key of the record in force that is named so, if this unit filed it or decided it."""
    with connection.cursor() as cursor:
        keys = [subject(named), decision_key(named), duplicate_key(named)]
        cursor.execute(IN_FORCE, [*keys, unit, index_version.current()])
        (found,) = cursor.fetchone()
    return found


class InTheRegistry(OnFile):
    """Sealed records: per share the act keys with their days of detention.

    An act that is no longer in force (revoked, void, corrected to another) is still on file, so it is not filed
    again; it has no days.
    """

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Days]:
        """Return what is on file of these shares."""
        return _by_share((share, act, days or 0) for share, act, days in _filed(decisions))


class InForceBeside(OnFile):
    """What is in force beside the one act that a correction replaces."""

    def __init__(self, named: NamedRecord) -> None:
        self._act = duplicate_key(named)

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Days]:
        """Return what is in force of these shares, without that act."""
        return _by_share(
            (share, act, days)
            for share, act, days in _filed(decisions)
            if days is not None and act != self._act
        )


def _filed(decisions: Collection[Hashable]) -> Iterator[tuple[Share, bytes, int | None]]:
    """Yield each act on file; its days are None when it is no longer in force."""
    shares = [share for share in decisions if isinstance(share, Share)]
    if not shares:
        return
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*shares, strict=True)]
        cursor.execute(FILED, [index_version.current(), *columns])
        found = cursor.fetchall()
    for of, decision, act, _offence, days in found:
        yield Share(bytes(of), bytes(decision)), bytes(act), days


class AmongDrafts(OnFile):
    """An officer's own unfiled drafts. What is on file is not asked: a form says nothing about it."""

    def __init__(self, drafts: Iterable[ViolationRecord]) -> None:
        drafts = list(drafts)
        if any(draft.index_version != index_version.current() for draft in drafts):
            index_version.learn()
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
