"""Entries stand in the order of their transactions and at their time; who does not is named, and nobody else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sealing.findings import Wrong
from sealing.leaf_order import Batch, LeafOrder

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(
    entries: list[tuple[int, datetime]], batches: list[Batch] | None = None
) -> list[tuple[int, Wrong]]:
    """Return what is said of entries given as (transaction, time)."""
    order = LeafOrder(batches or [Batch(len(entries), False, NOON + DAY)])
    return [
        (index, wrong)
        for index, (xid, at) in enumerate(entries)
        for wrong, _words in order.see(index, UUID(int=index), at, xid)
    ]


def test_entries_in_order_are_left_alone_and_so_is_a_little_time_back():
    assert seen([(3, NOON), (4, NOON - timedelta(minutes=14)), (9, NOON)]) == []


def test_one_dated_back_is_named():
    assert seen([(3, NOON), (4, NOON - DAY), (5, NOON)]) == [(1, Wrong.INSERTED)]


def test_one_dated_ahead_is_named_and_those_behind_it_are_not():
    batches = [Batch(3, False, NOON)]
    assert seen([(3, NOON), (4, NOON + DAY), (5, NOON)], batches) == [(1, Wrong.INSERTED)]


def test_a_place_exchanged_is_named():
    assert seen([(3, NOON), (9, NOON), (4, NOON)]) == [(2, Wrong.REORDERED)]


def test_transactions_count_anew_where_the_database_had_moved_and_nowhere_else():
    moved = [Batch(1, False, NOON), Batch(2, True, NOON), Batch(3, False, NOON)]
    stayed = [Batch(1, False, NOON), Batch(2, False, NOON), Batch(3, False, NOON)]
    entries = [(900, NOON), (3, NOON), (2, NOON)]
    assert seen(entries, moved) == []
    assert seen(entries, stayed) == [(1, Wrong.REORDERED), (2, Wrong.REORDERED)]


def test_where_a_batch_is_gone_the_order_is_compared_still():
    assert seen([(3, NOON), (2, NOON)], [Batch(1, False, NOON)]) == [(1, Wrong.REORDERED)]
