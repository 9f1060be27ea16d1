"""Moving a table to a new version of the index keys: values for each row are laid ready, then all change at once.

Runs as the database role `registry_keeper`. What is left to do is read from the tables themselves, so a run that was
cut off is started again. Lookups go on by the old values until the move commits; whoever files waits for the move,
not for what is laid ready before. A row that is not proven holds the move up: it could never be found again.
Knows no record: which values a row stands under is taught by those above.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connections, models

from sealing import audit_log, index_version, key_versions, keyring
from sealing.audit_log import Entry, Kind, Outcome
from sealing.index_version import INDEXES
from sealing.indexed import Indexed, indexes
from sealing.keyring import KeyringError
from sealing.rotation import ALIAS, BATCH_ROWS, OFFICIAL, RotationStopped, is_sound, proofs
from sealing.subject import NOBODY

_WRITING = 136_2028
STATE = "SELECT version, next_version, held, waiting FROM sealing_index"
# A keeper that is gone must not hold up filing until its statement ends.
WATCHFUL = "SET client_connection_check_interval = '2s'"


@dataclass(frozen=True)
class State:
    """Where the database stands: the version in force, the one that is made ready, rows in all and rows ready."""

    version: int
    next: int | None
    rows: int
    ready: int


def state(using: str = ALIAS) -> State:
    """Return where the database stands."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"{STATE}, {indexes()[0].table}_index_counts()")
        version, following, rows, ready = cursor.fetchone()
    return State(version, following, rows, ready)


def agree(ring: Path, *, using: str = ALIAS) -> bool:
    """Put to use in the ring what the database stands under already; say whether a cut-off run was ended by that."""
    version, held = state(using).version, keyring.Keyring.load(ring)
    waits = [purpose for purpose in INDEXES if held.key(purpose, version).waits]
    for purpose in waits:
        key_versions.put_to_use(ring, purpose, version)
    keyring.forget()
    return bool(waits)


@dataclass(kw_only=True)
class Reindexing:
    """One run to a version of the index keys that waits in the ring. `left` names rows that are not proven."""

    version: int
    using: str = ALIAS
    on_progress: Callable[[int], None] = lambda _rows: None
    ready: int = 0
    moved: int = 0
    left: set[str] = field(default_factory=set)

    @property
    def indexed(self) -> Indexed:
        """Return the table that is moved."""
        return indexes()[0]

    def run(self) -> None:
        """Make every row ready, and move them all; with a row that is left nothing is moved.

        Raises NotEntered, RotationStopped or a DatabaseError; what was made ready stays so.
        """
        self._begin()
        self._make_ready()
        if self.left:
            return
        with self._nobody_files():
            self._make_ready()
            if not self.left:
                self._move()

    def _begin(self) -> None:
        entered = audit_log.enter_alone(self._entry(act="index_begun"), using=self.using)
        with audit_log.committed(using=self.using):
            stated = [self.version, index_version.key_check(self.version)]
            self._present(entered.id)
            self._call(f"SELECT {self.indexed.table}_reindex_begun(%s, %s)", stated)

    def _make_ready(self) -> None:
        after: UUID | None = None
        while keys := self._batch(after):
            after = keys[-1]
            if fresh := [key for key in keys if str(key) not in self.left]:
                self._ready(fresh)

    def _batch(self, after: UUID | None) -> list[UUID]:
        with connections[self.using].cursor() as cursor:
            sql = f"SELECT * FROM {self.indexed.table}_unindexed(%s, %s)"  # noqa: S608 - our own model
            cursor.execute(sql, [after, BATCH_ROWS])
            return [key for (key,) in cursor.fetchall()]

    def _ready(self, keys: list[UUID]) -> None:
        rows = [str(key) for key in keys]
        opening = Entry(
            kind=Kind.ROTATION,
            outcome=Outcome.GRANTED,
            official=OFFICIAL,
            details={"act": "index_made", "version": self.version, "rows": rows},
        )
        entered = audit_log.enter_alone(opening, using=self.using)
        with audit_log.committed(using=self.using):
            self._present(entered.id)
            found = list(self._rows(keys))
            if len(found) != len(keys):
                raise RotationStopped("Not every row of the batch was open to the keeper.")
            sound = [row for row in found if is_sound(row)]
            self._lay_ready(sound)
            self.left |= {str(row.pk) for row in found} - {str(row.pk) for row in sound}
        self.ready += len(sound)
        self.on_progress(len(sound))

    def _rows(self, keys: list[UUID]) -> "models.QuerySet[Any]":
        reads = {*self.indexed.reads, *proofs[self.indexed.table].columns}
        rows = self.indexed.model._base_manager.using(self.using).filter(pk__in=keys)
        return rows.only(*sorted(reads)).order_by("pk").select_for_update()

    def _lay_ready(self, rows: list[Any]) -> None:
        with index_version.under(self.version):
            values = [self.indexed.values(row) for row in rows]
        columns = ["record", "index_version", *self.indexed.columns]
        holes = ", ".join(
            ["%s::uuid[]", "%s::integer[]", *["%s::bytea[]"] * len(self.indexed.columns)]
        )
        sql = f"INSERT INTO {self.indexed.waiting} ({', '.join(columns)}) SELECT * FROM unnest({holes})"  # noqa: S608
        each = [list(column) for column in zip(*values, strict=True)]
        if rows:
            self._call(sql, [[row.pk for row in rows], [self.version] * len(rows), *each])

    def _move(self) -> None:
        entered = audit_log.enter_alone(self._entry(act="index_moved"), using=self.using)
        with audit_log.committed(using=self.using):
            self._present(entered.id)
            self.moved = self._call(f"SELECT {self.indexed.table}_reindex()", [])
            details = {"act": "index_moved", "version": self.version, "rewritten": self.moved}
            done = Entry(
                kind=Kind.ROTATION, outcome=Outcome.DONE, official=OFFICIAL, details=details
            )
            audit_log.enter(done, using=self.using)

    def _entry(self, *, act: str) -> Entry:
        return Entry(
            kind=Kind.ROTATION,
            outcome=Outcome.GRANTED,
            official=OFFICIAL,
            details={"act": act, "index": self.version},
        )

    @contextmanager
    def _nobody_files(self) -> Iterator[None]:
        """Hold back whoever would write index values: what is ready stays all there is."""
        self._call(WATCHFUL, [])
        self._call("SELECT pg_advisory_lock(%s)", [_WRITING])
        try:
            yield
        finally:
            if connections[self.using].is_usable():
                self._call("SELECT pg_advisory_unlock(%s)", [_WRITING])

    def _present(self, entry: UUID) -> None:
        self._call("SELECT sealing_present(%s, %s)", [entry, NOBODY])

    def _call(self, sql: str, parameters: list[Any]) -> Any:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0] if cursor.description else None


def next_version(ring: Path) -> int:
    """Write a version of both index keys that waits, and return it; the one that waits already where there is one.

    Raises KeyringError when the two are not of one version.
    """
    versions = {key_versions.add(ring, purpose) for purpose in INDEXES}
    keyring.forget()
    if len(versions) != 1:
        raise KeyringError("The index keys in the ring are not of one version.")
    return versions.pop()
