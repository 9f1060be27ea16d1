"""Rotation: ciphertext made with an older key is put away for ciphertext of the same text under the newest.

Runs as the database role `registry_keeper`. What is left to do is read from the rows themselves, so a rotation that
was cut off is started again. A batch is entered before it is read, by the keys of its rows; it is written in one
transaction with the entry of what was done. A row whose text is not what its digest says is left as it is.
Knows no record: what proves a row is taught by those above, through `proofs`.
"""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models

from sealing import audit_log
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.cipher import Unopenable, version_of
from sealing.fields import Envelope, SealedField, sealed_fields, sealed_models
from sealing.guards import sealed_tables
from sealing.keyring import KeyringError, Purpose, keyring
from sealing.subject import NOBODY

ALIAS = "keeper"
BATCH_ROWS = 200
OFFICIAL = "keeper"
_ONE_ROTATION = 136_2027

Key = Any


@dataclass(frozen=True)
class Proof:
    """Which clear columns of a row its digest needs, and the digest of what the row says; None where it has none."""

    columns: Sequence[str]
    digest: Callable[[Any], bytes | None]


proofs: dict[str, Proof] = {}


class RotationStopped(Exception):
    """The database did not let a batch be rekeyed whole: nothing of it was written."""


def held(using: str = ALIAS) -> dict[str, dict[int, int]]:
    """Return, for each table, how many sealed values each version of the key has; 0 is what is no envelope."""
    counted = {}
    for model in sealed_models():
        table = model._meta.db_table
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}_versions()")  # noqa: S608 - our own model
            counted[table] = dict(cursor.fetchall())
    return counted


def only_one(using: str = ALIAS) -> bool:
    """Take the lock that one rotation at a time holds, until the connection is closed; False where it is taken."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_ROTATION])
        return bool(cursor.fetchone()[0])


def note(act: str, *, using: str = ALIAS, **details: Any) -> None:
    """Enter what was done to the key ring."""
    audit_log.enter_alone(_entry(Outcome.DONE, act=act, **details), using=using)


def _entry(outcome: Outcome, **details: Any) -> Entry:
    return Entry(kind=Kind.ROTATION, outcome=outcome, official=OFFICIAL, details=details)


def _nobody_listens(_values: int) -> None:
    """Take a report and do nothing."""


@dataclass(kw_only=True)
class Rotation:
    """One run to the version of the content key in use; `values` counts sealed values, `rewritten` rows. `left` names the rows that were not touched: (table, key)."""

    version: int = field(default_factory=lambda: keyring().current(Purpose.CONTENT).id)
    using: str = ALIAS
    on_progress: Callable[[int], None] = _nobody_listens
    rewritten: int = 0
    values: int = 0
    left: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> None:
        """Rekey every row, and once more those that were stored meanwhile with the version before.

        Raises NotEntered, RotationStopped or a DatabaseError between two batches; what was done stays done.
        """
        before = -1
        while self.values > before:
            before = self.values
            for model in sealed_models():
                for keys in self._batches(model):
                    self._rekey(model, keys)

    def _batches(self, model: "type[models.Model]") -> Iterator[list[Key]]:
        table, after = model._meta.db_table, None
        while True:
            with connections[self.using].cursor() as cursor:
                cursor.execute(
                    f"SELECT * FROM {table}_due(%s, %s, %s)",  # noqa: S608 - our own model
                    [self.version, after, BATCH_ROWS],
                )
                found = [key for (key,) in cursor.fetchall()]
            if not found:
                return
            after = found[-1]
            if fresh := [key for key in found if (table, str(key)) not in self.left]:
                yield fresh

    def _rekey(self, model: "type[models.Model]", keys: list[Key]) -> None:
        table = model._meta.db_table
        named = {"table": table, "version": self.version}
        opening = _entry(Outcome.GRANTED, **named, rows=[str(key) for key in keys])
        entered = audit_log.enter_alone(opening, using=self.using)
        with audit_log.committed(using=self.using):
            self._present(entered)
            rows = self._rows(model, keys)
            sound = [row for row in rows if is_sound(row)]
            written = _write(sound, using=self.using)
            left = {str(row.pk) for row in rows} - {str(row.pk) for row in sound}
            done = _entry(
                Outcome.DONE,
                **named,
                act="rekeyed",
                opened=str(entered.id),
                rewritten=len(sound),
                left=sorted(left),
            )
            audit_log.enter(done, using=self.using)
        self.rewritten += len(sound)
        self.left |= {(table, key) for key in left}
        self.values += written
        self.on_progress(written)

    def _present(self, entered: Entered) -> None:
        with connections[self.using].cursor() as cursor:
            cursor.execute("SELECT sealing_present(%s, %s)", [entered.id, NOBODY])

    def _rows(self, model: "type[models.Model]", keys: list[Key]) -> list[models.Model]:
        """Read and hold the rows, no more of each than it takes. A row of a locked table is never missing."""
        table = model._meta.db_table
        proof = proofs[table].columns if table in proofs else ()
        read = [sealed.name for sealed in sealed_fields(model)]
        rows = model._base_manager.using(self.using).filter(pk__in=keys)
        found = list(rows.only(*read, *proof).order_by("pk").select_for_update())
        if table in sealed_tables() and len(found) != len(keys):
            raise RotationStopped("Not every row of the batch was open to the keeper.")
        return found


def is_sound(row: Any) -> bool:
    """Say whether every sealed value opens in its place and the row says what its digest was made of."""
    proof = proofs.get(row._meta.db_table)
    try:
        for sealed in sealed_fields(type(row)):
            getattr(row, sealed.attname)
        stated = proof.digest(row) if proof else None
    except (Unopenable, KeyringError, ValueError):
        return False
    return stated is None or hmac.compare_digest(stated, bytes(row.content_digest))


def _write(rows: list[models.Model], *, using: str) -> int:
    """Put new envelopes of the same texts in the place of the old ones; return how many."""
    if not rows:
        return 0
    sealed = sealed_fields(type(rows[0]))
    made = [[_renewed(one, row) for row in rows] for one in sealed]
    changed = sum(
        new is not row.__dict__[one.attname]
        for one, column in zip(sealed, made, strict=True)
        for row, new in zip(rows, column, strict=True)
    )
    with connections[using].cursor() as cursor:
        cursor.execute(_update(type(rows[0]), sealed, using), [[row.pk for row in rows], *made])
        if cursor.rowcount != len(rows):
            raise RotationStopped("Not every row of the batch could be written.")
    return changed


def _renewed(sealed: SealedField, row: models.Model) -> bytes | None:
    """Return the envelope a row gets: a new one, tried before it is used, or the one it has."""
    old = row.__dict__[sealed.attname]
    if old is None or version_of(old) >= keyring().current(Purpose.CONTENT).id:
        return old
    text = sealed.opened(row, bytes(old))
    new = Envelope(sealed.sealed(row, text))
    if sealed.opened(row, new) != text:
        raise RotationStopped("A new envelope does not open to the same text.")
    return new


def _update(model: "type[models.Model]", sealed: list[SealedField], using: str) -> str:
    key: models.Field[Any, Any] = model._meta.pk
    columns = [str(one.column) for one in sealed]
    types = [key.db_type(connections[using]), *["bytea"] * len(columns)]
    arrays = ", ".join(f"%s::{name}[]" for name in types)
    table, name = model._meta.db_table, key.column
    return (
        f"UPDATE {table} SET {', '.join(f'{column} = new.{column}' for column in columns)}"  # noqa: S608 - our own model
        f" FROM unnest({arrays}) AS new (key, {', '.join(columns)}) WHERE {table}.{name} = new.key"
    )
