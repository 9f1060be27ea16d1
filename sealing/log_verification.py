"""Verifies the log in the database: recomputes everything from the rows, against the tree, its signatures and the signer's memory.

Reads through the alias `audit`. Goes on behind a bad entry, up to a number of findings, and names the first. The column
`subject`, which the lock compares while an entry is fresh, is no part of what is hashed and is not looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext_noop as said

from sealing import checkpoints, retention, tree
from sealing.checkpoints import Checkpoint
from sealing.findings import Wrong, first_of
from sealing.leaf_order import BACKWARDS, Batch, LeafOrder
from sealing.log_export import ALIAS
from sealing.log_export import leaves as stored_leaves
from sealing.log_findings import MOST_FINDINGS, Verification
from sealing.merkle import Frontier, leaf_hash
from sealing.notes import Malformed, Note, Signature, Untrusted, VerifierKey
from sealing.orders import Missing, Order
from sealing.signer import Refused, Signer, verifier_keys
from sealing.stated_columns import STATED, says_the_same

LAG_SECONDS = 60

ROWS = f"""
SELECT id, at, xid::text::bigint, body, leaf_hash, reasons, {", ".join(STATED)}
  FROM sealing_auditentry WHERE id = ANY(%s)
"""  # noqa: S608 - names of columns
SIZE = "SELECT coalesce(max(index) + 1, 0) FROM sealing_leaf"
CHECKPOINTS = "SELECT origin, size, root, note FROM sealing_checkpoint ORDER BY size"
COSIGNED = """
SELECT head.size, head.note, said.line FROM sealing_cosignature AS said
  LEFT JOIN sealing_checkpoint AS head ON head.origin = said.origin AND head.size = said.size
 WHERE said.witness = %s ORDER BY said.received_at DESC LIMIT 1
"""
BATCHES = "SELECT size, reconciled, at FROM sealing_batch ORDER BY number"
# The first that belongs behind an entry and stands in front of it.
DISPLACED = """
SELECT leaf.index, entry.id FROM sealing_leaf AS leaf JOIN sealing_auditentry AS entry ON entry.id = leaf.entry
 WHERE leaf.index >= %s AND leaf.index < %s AND (entry.xid, entry.id) > (%s::text::xid8, %s)
 ORDER BY leaf.index LIMIT 1
"""
NODES = "SELECT count(*) FROM sealing_node"
# One that is dated ahead of now is late already: nothing that was written by the database's clock is.
UNSEQUENCED = """
SELECT entry.id, entry.at FROM sealing_auditentry AS entry
 WHERE (entry.at < coalesce(%s, now()) - make_interval(secs => %s) OR entry.at > now() + %s)
   AND NOT EXISTS (SELECT FROM sealing_leaf AS leaf WHERE leaf.entry = entry.id)
 ORDER BY entry.id LIMIT %s
"""

OnProgress = Callable[[int, int], None]


def verify(
    signer: Signer | None,
    *,
    on_progress: OnProgress,
    witness: VerifierKey | None = None,
    as_of: datetime | None = None,
) -> Verification:
    """Return what verifying the whole log found; memory stays the same however long it is.

    Without a signer nothing is compared with its memory, which only its own account may read; `witness` must have cosigned.
    An entry is late when it was not sequenced a minute after it was made, by the clock or, of a copy, `as_of` its making.
    All of it is one state of the log, however much is sequenced meanwhile; the signer's memory is read before it.
    """
    memory = _remembered(signer)
    with transaction.atomic(ALIAS, durable=True):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _verified(signer, memory, on_progress, witness, as_of)


def _remembered(signer: Signer | None) -> Checkpoint | Refused | None:
    try:
        return signer.remembered() if signer else None
    except Refused as problem:
        return problem


def _verified(
    signer: Signer | None,
    memory: Checkpoint | Refused | None,
    on_progress: OnProgress,
    witness: VerifierKey | None,
    as_of: datetime | None,
) -> Verification:
    run = Verification()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(SIZE)
        [run.size] = cursor.fetchone()
    signed = _signed(run)
    run.missing = Missing(_orders(run))
    _walk(run, signed, on_progress)
    _ends(run, signed)
    if signer is not None:
        _signers_memory(run, signer.origin, memory, signed)
    if witness is not None:
        _witnessed(run, witness)
    for entry, at in _rows(UNSEQUENCED, [as_of, LAG_SECONDS, BACKWARDS, MOST_FINDINGS]):
        words = said("it is dated %(at)s UTC and is not in the tree")
        run.note(run.size, Wrong.UNSEQUENCED, words, entry, at=f"{at:%Y-%m-%d %H:%M:%S}")
    for finding in run.missing.findings():
        run.keep(finding)
    run.findings = first_of(run.findings)
    return run


def _signed(run: Verification) -> list[Checkpoint]:
    """Return the checkpoints whose notes are truly the log's."""
    found, before = [], 0
    for origin, size, root, text in _rows(CHECKPOINTS):
        stored = Checkpoint(origin, size, bytes(root))
        try:
            opened = checkpoints.opened(Note.parse(text), verifier_keys(origin))
        except (Malformed, Untrusted) as problem:
            words = said("checkpoint of size %(size)d: %(cause)s")
            run.note(before, Wrong.SIGNATURE, words, size=size, cause=str(problem))
            continue
        if opened != stored:
            words = said("checkpoint of size %(size)d: its row says something else than its note")
            run.note(before, Wrong.SIGNATURE, words, size=size)
        before = opened.size
        found.append(opened)
    run.checkpoints = len(found)
    return found


def _orders(run: Verification) -> Iterator[Order]:
    """Yield the orders under which months were dropped that are true; note the others."""
    for month, note, _at in retention.carried_out(alias=ALIAS):
        try:
            order = retention.true_order(note or "")
            if order.month != month:
                raise Untrusted("It is about another month.")
        except (Malformed, Untrusted) as problem:
            words = said("the order to drop %(month)s: %(cause)s")
            run.note(0, Wrong.SIGNATURE, words, month=month, cause=str(problem))
            continue
        yield order


def _walk(run: Verification, signed: list[Checkpoint], on_progress: OnProgress) -> None:
    """Go through the leaves in order: entry, columns, order, nodes, and the root at every checkpoint."""
    frontier, ahead, order = Frontier(), iter(signed), LeafOrder(_batches())
    due = _met(run, frontier, next(ahead, None), ahead)
    for piece in stored_leaves(0, run.size):
        rows = {row[0]: row for row in _rows(ROWS, [[entry for _, entry, _ in piece]])}
        completed: list[tuple[int, int, bytes]] = []
        for index, entry, leaf in piece:
            if index != frontier.size:
                words = said("the tree has no leaf here, so what follows cannot be compared")
                run.note(frontier.size, Wrong.REMOVED, words)
                return
            row = rows.get(entry)
            if row is None:
                if not run.missing.is_under_order(entry, index=index, leaf=leaf):
                    words = said("the tree has it, the log does not")
                    run.note(index, Wrong.REMOVED, words, entry)
            else:
                _see_entry(run, index, row, leaf)
                _see_order(run, index, row, order)
            completed += frontier.append(leaf)
            due = _met(run, frontier, due, ahead)
        _see_nodes(run, completed)
        on_progress(frontier.size, run.size)


def _see_entry(run: Verification, index: int, row: tuple[Any, ...], leaf: bytes) -> None:
    entry, at, _xid, body, stored, reasons, *stated = row
    if leaf_hash(bytes(body)) != leaf:
        run.note(index, Wrong.CHANGED, said("its body is not the one in the tree"), entry)
    elif bytes(stored) != leaf:
        run.note(index, Wrong.CHANGED, said("its hash is not the one in the tree"), entry)
    elif not says_the_same(bytes(body), entry, at, reasons, stated):
        run.note(
            index, Wrong.CHANGED, said("its columns or its time are not those of its body"), entry
        )


def _see_order(run: Verification, index: int, row: tuple[Any, ...], order: LeafOrder) -> None:
    entry, at, xid, *_rest = row
    for wrong, words in order.see(index, entry, at, xid):
        if wrong == Wrong.REORDERED:
            first, displaced = _rows(DISPLACED, [order.begins, index, str(xid), entry])[0]
            run.note(first, wrong, words, displaced, last=index)
        else:
            run.note(index, wrong, words, entry)


def _met(
    run: Verification, frontier: Frontier, due: Checkpoint | None, ahead: Iterator[Checkpoint]
) -> Checkpoint | None:
    """Compare the root with each checkpoint of this size; return the next one ahead."""
    while due is not None and due.size <= frontier.size:
        if due.root == frontier.root():
            run.trusted = due.size
        else:
            words = said("the entries from here to %(last)d are not those that were signed")
            run.note(run.trusted, Wrong.FORKED, words, last=due.size - 1)
        due = next(ahead, None)
    return due


def _see_nodes(run: Verification, completed: Sequence[tuple[int, int, bytes]]) -> None:
    stored = tree.hashes_if_there([(level, index) for level, index, _ in completed], alias=ALIAS)
    for level, index, hash in completed:
        if stored.get((level, index)) != hash:
            words = said("the node at level %(level)d, index %(at)d is not the one over its leaves")
            run.note(index << level, Wrong.CHANGED, words, level=level, at=index)


def _batches() -> Iterator[Batch]:
    """Yield the sequencer's batches in order, a few at a time: there are as many as there were seconds with entries."""
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(BATCHES)
        yield from (Batch(*found) for found in cursor)


def _ends(run: Verification, signed: list[Checkpoint]) -> None:
    """See that the tree is as large as what was signed and no node is there that belongs to nothing."""
    largest = max((one.size for one in signed), default=0)
    if largest > run.size:
        words = said("a tree of %(largest)d entries was signed, and it ends before this one")
        run.note(run.size, Wrong.MISSING_TAIL, words, largest=largest)
    [(nodes,)] = _rows(NODES)
    if nodes != run.size - run.size.bit_count():
        run.note(
            run.size, Wrong.CHANGED, said("the tree has more or fewer nodes than its leaves make")
        )


def _signers_memory(
    run: Verification,
    origin: str,
    known: Checkpoint | Refused | None,
    signed: list[Checkpoint],
) -> None:
    """Compare the tree with what the signer remembers outside the database."""
    try:
        if isinstance(known, Refused):
            raise known
        if known is None:
            if signed and signed[-1].origin == origin:
                raise Refused("The signer's memory is gone.")
            return
        if known.size > run.size:
            words = said(
                "the signer remembers %(known)d entries, and the tree ends before this one"
            )
            run.note(run.size, Wrong.MISSING_TAIL, words, known=known.size)
        elif tree.root(known.size, alias=ALIAS) != known.root:
            words = said("the first %(known)d entries are not those that the signer remembers")
            last = known.size - 1
            run.note(run.trusted, Wrong.FORKED, words, known=known.size, last=last)
    except (Refused, tree.NotInTree) as problem:
        run.note(run.trusted, Wrong.SIGNATURE, str(problem))


def _witnessed(run: Verification, witness: VerifierKey) -> None:
    """See that the witness's last line is under the checkpoint that stands here now, and not under another."""
    run.cosigned = 0
    for size, text, line in _rows(COSIGNED, [str(witness)]):
        try:
            note = Note.parse(text or "")
            lines = (Signature.parse(line.removesuffix("\n")),)
            if Note(note.text, lines).cosigned_at(witness) is None:
                raise Untrusted("The line is not the witness's.")
            run.cosigned = size
        except (Malformed, Untrusted) as problem:
            words = said(
                "the witness cosigned another checkpoint than the one that stands here: %(cause)s"
            )
            run.note(0, Wrong.FORKED, words, cause=str(problem))
        return
    run.note(run.trusted, Wrong.SIGNATURE, said("the witness never cosigned"))


def _rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
