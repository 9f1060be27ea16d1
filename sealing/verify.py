"""Verifies an exported log alone: `python -m sealing.verify DIR [--checkpoint FILE] [--key KEY] [--witness-key KEY]`.

Needs Python, `cryptography` and the modules merkle, notes, checkpoints, orders, findings and exported beside this one; no
Django, no database, no network. Exit 0 nothing found, 1 something is wrong (the first bad entry is named), 2 the
folder or a file cannot be read.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice, zip_longest
from pathlib import Path
from uuid import UUID

from sealing import checkpoints, orders
from sealing.checkpoints import Checkpoint
from sealing.exported import Exported, Unreadable
from sealing.findings import Finding, Wrong, first_of, told_apart
from sealing.merkle import HASH_BYTES, Frontier
from sealing.notes import COSIGNATURE, Malformed, Note, Untrusted, VerifierKey
from sealing.orders import Missing, Order

SOUND, WRONG, UNREADABLE = 0, 1, 2


@dataclass
class Report:
    """What was looked at and what was found; `trusted` is how many entries stand under a true checkpoint,
    `cosigned` how many under the newest one that the witness cosigned.
    """

    findings: list[Finding] = field(default_factory=list)
    size: int = 0
    trusted: int = 0
    checkpoints: int = 0
    cosigned_at: int | None = None
    not_covered: list[str] = field(default_factory=list)
    cosigned: int = 0


@dataclass(frozen=True)
class Walk:
    """One pass over leaf hashes: how many, the largest checkpoint they agree with, the first they do not agree with."""

    size: int
    agreed: int
    forked: int | None
    largest: int

    @property
    def is_signed(self) -> bool:
        """Say whether they are what every checkpoint says, and not fewer."""
        return self.forked is None and self.size >= self.largest


def verify(
    log: Exported,
    *,
    keys: Sequence[VerifierKey],
    other: Note | None = None,
    witness: VerifierKey | None = None,
) -> Report:
    """Return the report on an exported log, given keys of the log that are trusted.

    `other` is a checkpoint from elsewhere that the log must agree with; `witness` must have cosigned it, or else one of
    the log's own. Raises Untrusted when `other` is not the log's.
    """
    report = Report()
    known = list(_trusted(log, keys, report))
    report.checkpoints = len(known)
    if other is not None:
        kept = checkpoints.opened(other, keys)
        if any(one.size == kept.size and one.root != kept.root for one in known):
            words = f"two histories of {kept.size} entries are signed, the one kept elsewhere and the one here"
            report.findings.append(Finding(log.first, Wrong.FORKED, words))
        known.append(kept)
    if not known:
        report.findings.append(Finding(log.first, Wrong.SIGNATURE, "no checkpoint is signed"))
    missing = Missing(_orders(log, keys, report))
    _compare(log, sorted(known, key=lambda checkpoint: checkpoint.size), report, missing)
    if witness is not None:
        _see_witness([other] if other else _all(log), witness, report)
    report.findings = first_of(report.findings)
    return report


def walked(frontier: Frontier, leaves: Iterable[bytes], known: Sequence[Checkpoint]) -> Walk:
    """Build the tree over leaf hashes and compare it with checkpoints (smallest first) as it grows."""
    ahead = iter([one for one in known if one.size >= frontier.size])
    due = next(ahead, None)
    agreed, forked = frontier.size, None
    for leaf in chain((b"",), leaves):
        if len(leaf) == HASH_BYTES:
            frontier.append(leaf)
        before = agreed
        while due is not None and due.size == frontier.size:
            if frontier.root() != due.root:
                forked, agreed = due.size if forked is None else forked, before
            elif forked is None:
                agreed = due.size
            due = next(ahead, None)
    return Walk(frontier.size, agreed, forked, known[-1].size if known else 0)


def _trusted(log: Exported, keys: Sequence[VerifierKey], report: Report) -> Iterator[Checkpoint]:
    """Yield the checkpoints that a key of the log signed; note the others."""
    before = log.first
    for number, note in [*log.notes(), (0, log.newest())]:
        where = f"line {number} of the checkpoints" if number else "the newest checkpoint"
        try:
            if note is None:
                raise Malformed("It is no signed note.")
            found = checkpoints.opened(note, keys)
        except (Malformed, Untrusted) as problem:
            report.findings.append(Finding(before, Wrong.SIGNATURE, f"{where}: {problem}"))
            continue
        before = max(before, found.size)
        yield found


def _orders(log: Exported, keys: Sequence[VerifierKey], report: Report) -> Iterator[Order]:
    """Yield the orders to drop a month that a key of the log signed; note the others."""
    for number, note in log.orders():
        try:
            if note is None:
                raise Malformed("It is no signed note.")
            yield orders.opened(note, keys)
        except (Malformed, Untrusted) as problem:
            words = f"line {number} of the orders: {problem}"
            report.findings.append(Finding(log.first, Wrong.SIGNATURE, words))


def _compare(log: Exported, known: Sequence[Checkpoint], report: Report, missing: Missing) -> None:
    """Compare the entries with the tree's leaves, and both with what was signed."""
    tree = walked(log.frontier(), log.leaves(), known)
    report.size, report.trusted = tree.size, tree.agreed
    differs = _first_difference(log, missing)
    if differs is None:
        report.findings += missing.findings(begins=log.first)
    report.not_covered = [
        f"{seen.count} entries of {order.month} ({seen.first} to {seen.last}) were dropped under order {order.order}"
        f" of {order.proposed_by} and {order.approved_by}: not covered"
        for order, seen in missing.told()
        if seen.count
    ]
    if tree.is_signed:
        if differs is not None:
            report.findings.append(differs)
        elif tree.size > tree.agreed:
            words = "no checkpoint covers it and what follows"
            report.findings.append(Finding(tree.agreed, Wrong.INSERTED, words))
        return
    entries = walked(log.frontier(), (line.leaf for line in log.entries()), known)
    report.size, report.trusted = entries.size, max(entries.agreed, tree.agreed)
    if differs is not None and entries.is_signed:
        words = "the list of leaf hashes is not the one that was signed; the entries are"
        report.findings.append(Finding(differs.index, Wrong.CHANGED, words))
        return
    if differs is not None:
        report.findings.append(differs)
    report.findings.append(_unsigned(tree, entries))


def _unsigned(tree: Walk, entries: Walk) -> Finding:
    """Say what neither the leaves nor the entries have of what was signed."""
    agreed = max(tree.agreed, entries.agreed)
    forks = [walk.forked for walk in (tree, entries) if walk.forked is not None]
    if forks:
        words = f"the entries from {agreed} to {max(forks) - 1} are not those that were signed"
        return Finding(agreed, Wrong.FORKED, words)
    words = f"a tree of {tree.largest} entries was signed, and the log ends before this one"
    return Finding(min(tree.size, entries.size), Wrong.MISSING_TAIL, words)


def _first_difference(log: Exported, missing: Missing) -> Finding | None:
    for index, (line, leaf) in enumerate(zip_longest(log.entries(), log.leaves()), log.first):
        if line is None:
            return Finding(index, Wrong.MISSING_TAIL, "the tree has it, the entries end before it")
        if leaf is None:
            return Finding(index, Wrong.INSERTED, "the tree does not have it", line.entry)
        if line.is_sound and line.leaf == leaf:
            if line.is_dropped and not missing.is_under_order(
                UUID(line.entry), index=index, leaf=leaf
            ):
                words = "the tree has it, its body is gone, and no true order dropped it"
                return Finding(index, Wrong.REMOVED, words, line.entry)
            continue
        if not line.leaf:
            return Finding(index, Wrong.CHANGED, "its line cannot be read")
        if line.leaf == leaf:
            words = "index, key or hash on its line are not its own"
            return Finding(index, Wrong.CHANGED, words, line.entry)
        behind = index - log.first + 1
        wrong = told_apart(
            line.leaf,
            leaf,
            later_found=(one.leaf for one in islice(log.entries(), behind, None)),
            later_wanted=islice(log.leaves(), behind, None),
        )
        if wrong == Wrong.REMOVED:
            return Finding(index, wrong, "the tree has it, and the entries do not")
        return Finding(index, wrong, "it is not the entry that the tree has here", line.entry)
    return None


def _all(log: Exported) -> Iterator[Note]:
    yield from (note for _, note in log.notes() if note is not None)
    if (newest := log.newest()) is not None:
        yield newest


def _see_witness(notes: Iterable[Note], witness: VerifierKey, report: Report) -> None:
    """Find the largest checkpoint that the witness cosigned; what stands behind it is signed by the log alone."""
    words = "the witness cosigned no checkpoint"
    for note in notes:
        try:
            at, size = note.cosigned_at(witness), Checkpoint.parse(note.text).size
        except (Untrusted, Malformed) as problem:
            words = str(problem)
            continue
        if at is not None and (report.cosigned_at is None or size >= report.cosigned):
            report.cosigned_at, report.cosigned = at, size
    if report.cosigned_at is None:
        report.findings.append(Finding(report.trusted, Wrong.SIGNATURE, words))


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, print what came of it, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sealing.verify", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="what export_log wrote")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint kept elsewhere")
    parser.add_argument("--key", action="append", help="a verifier key of the log that you trust")
    parser.add_argument(
        "--witness-key", help="the verifier key of a witness who must have cosigned"
    )
    options = parser.parse_args(arguments)
    try:
        log = Exported.open(options.folder)
        keys = [VerifierKey.parse(key) for key in options.key or ()] or log.keys()
        other = Note.parse(options.checkpoint.read_bytes()) if options.checkpoint else None
        witness = VerifierKey.parse(options.witness_key) if options.witness_key else None
        if witness is not None and witness.type != COSIGNATURE:
            raise Malformed("The witness's key is not a key for cosignatures.")
        report = verify(log, keys=keys, other=other, witness=witness)
    except (Unreadable, Malformed, Untrusted, OSError) as problem:
        sys.stderr.write(f"Nothing was verified: {problem} 未能核验。\n")
        return UNREADABLE
    sys.stdout.write("\n".join(_told(log, report, keys, given=bool(options.key))) + "\n")
    return WRONG if report.findings else SOUND


def _told(
    log: Exported, report: Report, keys: Sequence[VerifierKey], *, given: bool
) -> Iterator[str]:
    yield f"log {log.origin}: entries {log.first} to {report.size - 1}, {report.checkpoints} checkpoints"
    yield from (f"key {key}" for key in keys)
    if not given:
        yield "The keys are those in the folder: compare them with keys from a place you trust, or give them with --key."
    if report.cosigned_at is not None:
        at = datetime.fromtimestamp(report.cosigned_at, UTC)
        yield f"the witness cosigned the first {report.cosigned} entries at {at:%Y-%m-%d %H:%M:%S} UTC"
        if report.size > report.cosigned:
            yield f"the {report.size - report.cosigned} entries behind them are signed by the log alone"
    yield from report.not_covered
    if not report.findings:
        kept = " that was not dropped" if report.not_covered else ""
        yield f"Nothing is wrong: every entry{kept} is the one that was signed. 未发现问题。"
        return
    yield f"WRONG. The first bad one is {report.findings[0]}"
    yield f"有误。第一处：{report.findings[0].in_chinese()}"
    yield from (f"  also {finding}" for finding in report.findings[1:])


if __name__ == "__main__":
    sys.exit(main())
