"""How long the log is kept, and the order by which its oldest month is dropped: proposed by one account, approved by another.

The log is kept without end until the owner of the tables states a term of at least 30 years with its legal basis
(`sealing_term`); Article 136 sets no time after which a record is not asked about any more, so this package sets none.
Both acts are entered in the log with what they are about. Dropping itself is `dropping.py`. Knows no role: who may
propose and who may approve is the administration's to say; that they are two, the database sees to.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from psycopg.types.json import Jsonb

from sealing import audit_log, orders, tree
from sealing.audit_log import Entry, Kind, Outcome
from sealing.guards import partitions
from sealing.models import DropProposal
from sealing.notes import Note
from sealing.orders import Order
from sealing.signer import signer, verifier_keys
from sealing.uuid7 import uuid7

ALIAS = "audit"
DAYS_BETWEEN_ORDER_AND_DROP = 7

TERM = "SELECT years, legal_basis FROM sealing_term ORDER BY number DESC LIMIT 1"
LEAVES = """
SELECT count(*), count(leaf.index), coalesce(min(leaf.index), 0), coalesce(max(leaf.index), -1),
       encode(sha256(coalesce(string_agg(int8send(leaf.index) || leaf.leaf_hash, ''::bytea ORDER BY leaf.index), '')), 'hex')
  FROM sealing_auditentry AS entry LEFT JOIN sealing_leaf AS leaf ON leaf.entry = entry.id
 WHERE entry.id >= %s AND entry.id < %s
"""
PROPOSE = """
INSERT INTO sealing_dropproposal (id, month, document, proposed_by, entry) VALUES (%s, %s, %s, %s, %s)
"""
DECIDE = """
INSERT INTO sealing_dropdecision (proposal, approved, note, decided_by, entry) VALUES (%s, %s, %s, %s, %s)
"""
WENT = """
SELECT decided.approved, decided.note, decided.decided_by, decided.at, gone.dropped_by, gone.at
  FROM sealing_dropproposal AS made
  LEFT JOIN sealing_dropdecision AS decided ON decided.proposal = made.id
  LEFT JOIN sealing_dropped AS gone ON gone.proposal = made.id
 WHERE made.id = %s
"""
STANDING = """
SELECT EXISTS (SELECT FROM sealing_dropproposal AS made
  LEFT JOIN sealing_dropdecision AS decided ON decided.proposal = made.id
 WHERE made.month = %s AND decided.approved IS NOT FALSE)
"""
CARRIED_OUT = """
SELECT to_char(gone.month, 'YYYY-MM'), decided.note, gone.at
  FROM sealing_dropped AS gone LEFT JOIN sealing_dropdecision AS decided ON decided.proposal = gone.proposal
 ORDER BY gone.month
"""


class NotDroppable(Exception):
    """The month cannot be ordered to be dropped; `code` says why: no_term, too_young, not_sequenced, standing, same_account, decided."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Term:
    """For how many whole years the log is kept, and by which rule."""

    years: int
    legal_basis: str

    def ends(self, month: str) -> datetime:
        """Return when entries of a month have been kept for the whole term."""
        begins = orders.month_begins(month)
        over = begins.replace(year=begins.year + self.years)
        return over.replace(
            year=over.year + over.month // 12, month=over.month % 12 + 1, tzinfo=UTC
        )


@dataclass(frozen=True)
class Course:
    """What came of a proposal: None and empty where nothing did yet."""

    approved: bool | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    dropped_by: str | None
    dropped_at: datetime | None


def term(*, alias: str = "default") -> Term | None:
    """Return the term in force; None while the log is kept without end."""
    found = _rows(alias, TERM)
    return Term(*found[0]) if found else None


def oldest_month() -> str:
    """Return the oldest month that the log has a partition for."""
    name = partitions()[0].rpartition("_")[2]
    return f"{name[:4]}-{name[4:]}"


def propose(*, archive: str, reason: str, legal_basis: str, by: str) -> UUID:
    """Propose to drop the oldest month, whose archive has this SHA-256; both kept and entered, or neither.

    Raises NotDroppable, and NotEntered.
    """
    month, kept = oldest_month(), term()
    if kept is None:
        raise NotDroppable("no_term")
    if kept.ends(month) > datetime.now(UTC):
        raise NotDroppable("too_young")
    [[standing]] = _rows("default", STANDING, [_first_day(month)])
    if standing:
        raise NotDroppable("standing")
    words = {"archive": archive, "reason": reason, "legal_basis": legal_basis, "proposed_by": by}
    made = _order(month, **words)
    with audit_log.committed():
        entered = _enter(made, by=by, act="drop_proposed", document=made.document())
        values = [made.order, _first_day(month), Jsonb(made.document()), by, entered]
        _execute(PROPOSE, values)
    return UUID(made.order)


def approve(proposal: DropProposal, *, by: str) -> None:
    """Make the order: sign what was proposed, by a second account. Raises NotDroppable, and NotEntered."""
    _refuse_same(proposal, by)
    order = Order(**proposal.document, approved_by=by)
    note = str(orders.signed(order, signer().private))
    with audit_log.committed():
        entered = _enter(order, by=by, act="drop_approved", note=note)
        _execute(DECIDE, [proposal.pk, True, note, by, entered])


def refuse(proposal: DropProposal, *, by: str) -> None:
    """Refuse what was proposed; the month can be proposed anew. Raises NotDroppable, and NotEntered."""
    _refuse_same(proposal, by)
    with audit_log.committed():
        entered = _enter(Order(**proposal.document), by=by, act="drop_refused")
        _execute(DECIDE, [proposal.pk, False, "", by, entered])


def course(proposal: DropProposal) -> Course:
    """Return what came of a proposal."""
    return Course(*_rows("default", WENT, [proposal.pk])[0])


def carried_out(*, alias: str) -> list[tuple[str, str | None, datetime]]:
    """Return month, order's note and time of each month that was dropped, oldest first."""
    return _rows(alias, CARRIED_OUT)


def true_order(note: str) -> Order:
    """Return the order in a note that the log's key signed; Untrusted or Malformed when it is none."""
    read = Note.parse(note)
    said = Order.parse(read.text)
    return orders.opened(read, verifier_keys(said.origin))


def month_keys(month: str) -> tuple[UUID, UUID]:
    """Return the first key of a month and of the next one."""
    begins = _first_day(month)
    follows = date(begins.year + begins.month // 12, begins.month % 12 + 1, 1)
    return _first_key(begins), _first_key(follows)


def _refuse_same(proposal: DropProposal, by: str) -> None:
    if by == proposal.proposed_by:
        raise NotDroppable("same_account")
    if course(proposal).approved is not None:
        raise NotDroppable("decided")


def _order(month: str, **words: str) -> Order:
    [(count, sequenced, first, last, leaves)] = _rows(ALIAS, LEAVES, [*month_keys(month)])
    head = tree.latest_checkpoint(alias=ALIAS)
    if head is None or sequenced != count or last >= head.checkpoint.size:
        raise NotDroppable("not_sequenced")
    return Order(
        order=str(uuid7()),
        origin=settings.REGISTRY_LOG_ORIGIN,
        month=month,
        entries=count,
        first=first,
        last=last,
        leaves=leaves,
        size=head.checkpoint.size,
        root=head.checkpoint.root.hex(),
        **words,
    )


def _enter(order: Order, *, by: str, act: str, **details: Any) -> UUID:
    said = {"act": act, "order": order.order, "month": order.month, **details}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official=by, details=said)
    return audit_log.enter(entry).id


def _first_day(month: str) -> date:
    return orders.month_begins(month).date()


def _first_key(day: date) -> UUID:
    moment = datetime(day.year, day.month, 1, tzinfo=UTC)
    return UUID(int=int(moment.timestamp() * 1000) << orders.BITS_BEHIND_THE_TIME)


def _execute(sql: str, values: list[Any]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, values)


def _rows(alias: str, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
