"""The restore drill: a backup is brought up in an empty cluster, and everything it must be good for is tried there.

Each thing tried is a line, with what was found wrong. A backup whose files were changed is not started. Changes
nothing but the copy, where it enters lookups of its own to read some rows as the site would, and prints no content.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.backup_folder import BackupFolder, lies_with
from config.noted import LOG, SEALED_TABLES, noted
from config.restored import Restored

OWNER, APP, AUDITOR = "registry_owner", "registry_app", "registry_auditor"
MOST_TOLD = 3
ROWS_AT_ONCE = 2_000

TOO_STRONG = """
SELECT rolname FROM pg_authid
 WHERE rolname IN ('registry_owner', 'registry_app', 'registry_auditor', 'registry_keeper', 'registry_sequencer',
                   'registry_definer')
   AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
        OR (rolname = 'registry_definer' AND rolpassword IS NOT NULL))
"""
UNMATCHED = """
SELECT count(*) FROM ({sealed}) AS record
  FULL JOIN (SELECT id FROM sealing_auditentry WHERE kind = 'filing' AND outcome = 'filed') AS filed
    ON filed.id = record.entry
 WHERE filed.id IS NULL OR record.entry IS NULL
"""
SEALED = "SELECT entry FROM {table} WHERE sealed_at IS NOT NULL"
SAMPLE = "SELECT subject FROM {table} WHERE sealed_at IS NOT NULL ORDER BY random() LIMIT %s"
OF_A_SUBJECT = "SELECT * FROM {table} WHERE subject = %s AND sealed_at IS NOT NULL"
INDEXES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am am ON am.oid = c.relam JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relkind = 'i' AND am.amname = 'btree' AND i.indisvalid AND c.relpersistence = 'p'
"""
TABLES = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p'"

ALL_THERE = "Log and records are all there, as noted when the backup was made."
SAYS_WHAT_WAS_HASHED = "Every entry of the log says what was hashed."
ENTERED = "Every sealed row has its filing entry, and every filing entry its row."
NO_POWER = "The registry's roles have no power over the guards."
UNSEEN = "Without an entry nobody sees a sealed row."
OPENS = "The key ring opens rows drawn by lot, and their content is what was sealed."
TREE = "The tree over the log is that of its entries."
SOUND = "Tables and indexes are sound (amcheck)."

Found = tuple[list[str], str]
Moved = Callable[[str, int], None]
"""Called with what is being done and how many of its steps since the last call."""


@dataclass(frozen=True)
class Line:
    """One thing that was tried: what must hold, how much was looked at, what was found wrong."""

    title: str
    faults: tuple[str, ...] = ()
    seen: str = ""


def of_the_files(backup: BackupFolder, *, ring: Path, digest: str = "") -> list[Line]:
    """Try the backup as it lies there; with any fault here it must not be started."""
    beside = ("the key ring lies with the backup",) if lies_with(ring, backup.folder) else ()
    pinned = "" if digest else "no digest was given: who can change all of it is not found out"
    return [
        Line("The key ring is kept apart from the backup.", beside),
        Line("Every file is as it was written.", tuple(backup.faults(digest=digest)), pinned),
    ]


def of_the_copy(copy: Restored, *, sample: int, moved: Moved) -> Iterator[Line]:
    """Try a running copy, one line after the other. Django's two connections must lead to it."""
    _refuse_another_database(copy)
    with closing(copy.superuser()) as superuser:
        yield _tried(ALL_THERE, lambda: _same_as_noted(copy, superuser, moved))
        yield _tried(SAYS_WHAT_WAS_HASHED, lambda: _entries(copy, moved))
        yield _tried(ENTERED, lambda: _filed(superuser))
        yield _tried(NO_POWER, lambda: _roles(superuser))
        yield from _guarantees()
        yield _tried(UNSEEN, lambda: _nobody_sees(copy, superuser))
        yield _tried(OPENS, lambda: _opened(copy, superuser, sample, moved))
        yield _tried(TREE, lambda: _tree(copy))
        yield _tried(SOUND, lambda: _indexes(superuser, moved))


def _tried(title: str, look: Callable[[], Found]) -> Line:
    """Look, and take for a fault what the database refuses to show or the key ring cannot open."""
    import psycopg
    from django.db import Error

    from sealing.keyring import KeyringError

    try:
        faults, seen = look()
    except (psycopg.Error, Error) as problem:
        faults, seen = [f"the database answered with {type(problem).__name__}"], ""
    except KeyringError:
        faults, seen = ["the key ring cannot be read"], ""
    more = len(faults) - MOST_TOLD
    told = (*faults[:MOST_TOLD], *([f"and {more} more"] if more > 0 else []))
    return Line(title, told, seen)


def _refuse_another_database(copy: Restored) -> None:
    from django.db import connections

    for alias in ("default", "audit"):
        settings = connections[alias].settings_dict
        if (settings["HOST"], settings["NAME"]) != (
            str(copy.cluster.socket_dir),
            copy.notes.database,
        ):
            raise RuntimeError(f"The alias {alias} does not lead to the copy.")


def _same_as_noted(copy: Restored, superuser: Any, moved: Moved) -> Found:
    """The log's and the tables' ends are what a backup loses first, and the one thing that no row can tell."""
    was = copy.notes.noted
    now = noted(superuser, horizon=was.horizon, moved=lambda rows: moved("counting", rows))
    piles = {"log": (was.log, now.log)}
    for table in sorted({*was.sealed, *now.sealed}):
        piles[table] = (was.sealed.get(table), now.sealed.get(table))  # type: ignore[assignment]
    faults = [
        f"{name}: {before.rows if before else 'no'} rows were noted, {after.rows if after else 'no'} are there"
        if (before and before.rows) != (after and after.rows)
        else f"{name}: other rows than were noted"
        for name, (before, after) in piles.items()
        if before != after
    ]
    seen = f"{was.log.rows} entries, {sum(pile.rows for pile in was.sealed.values())} sealed rows"
    return faults, seen


def _entries(copy: Restored, moved: Moved) -> Found:
    """As the auditors' role, which reads all of an entry that is in its body."""
    from sealing.recomputed import COLUMNS, difference

    faults, seen = [], 0
    query = f"SELECT {', '.join(COLUMNS)} FROM {LOG} ORDER BY id"  # noqa: S608
    with (
        closing(copy.connect(AUDITOR)) as auditor,
        auditor.transaction(),
        auditor.cursor(name="entries") as cursor,
    ):
        cursor.execute(query.encode())
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            found = [wrong for row in rows if (wrong := difference(row))]
            faults += [f"entry {wrong.entry}: {wrong.column}" for wrong in found]
            seen += len(rows)
            moved("reading the log", len(rows))
    return faults, f"{seen} entries"


def _filed(superuser: Any) -> Found:
    sealed = " UNION ALL ".join(SEALED.format(table=table) for table in _sealed_tables(superuser))
    ((alone,),) = superuser.execute(UNMATCHED.format(sealed=sealed)).fetchall()
    return [f"{alone} without the other"] if alone else [], ""


def _roles(superuser: Any) -> Found:
    strong = [f"{name} is too strong" for (name,) in superuser.execute(TOO_STRONG)]
    return strong, ""


def _guarantees() -> Iterator[Line]:
    """What the site checks before it starts, asked of the copy: no warnings, and nothing about this machine."""
    from django.utils.translation import override

    from config import checks

    of_this_machine = {guarantee.title for guarantee in checks.GUARANTEES}
    with override("en"):
        for line in checks.report():
            broken = [str(message.msg) for message in line.broken if message.is_serious()]
            if line.title not in of_this_machine:
                yield Line(str(line.title), tuple(broken))


def _nobody_sees(copy: Restored, superuser: Any) -> Found:
    """Neither the site nor the owner of the tables sees a sealed row without an entry."""
    faults = []
    for role in (APP, OWNER):
        with closing(copy.connect(role)) as connection:
            for table in _sealed_tables(superuser):
                counted = f"SELECT count(*) FROM {table} WHERE sealed_at IS NOT NULL"  # noqa: S608
                ((count,),) = connection.execute(counted.encode()).fetchall()
                faults += [f"{role} sees {count} sealed rows of {table}"] if count else []
    return faults, ""


def _opened(copy: Restored, superuser: Any, sample: int, moved: Moved) -> Found:
    """Some rows, drawn by lot, read as the site reads them and opened with the key ring that was given."""
    from registry.reopening import TABLE, fault

    drawn = superuser.execute(SAMPLE.format(table=TABLE), [sample]).fetchall()
    faults, seen = [], 0
    # A backup is older than the lock has patience for; what is tried here is whether its rows open.
    superuser.execute("UPDATE sealing_patience SET seconds = 2147483647")
    with closing(copy.connect(APP)) as app:
        for (subject,) in sorted(set(drawn)):
            rows = _looked_up(app, TABLE, subject)
            if not rows:
                faults.append("a granted lookup opens nothing")
            faults += [f"record {row['id']}: {wrong}" for row in rows if (wrong := fault(row))]
            seen += len(rows)
            moved("opening rows", 1)
    return faults, f"{seen} rows" if drawn else "there are none"


def _looked_up(app: Any, table: str, subject: bytes) -> list[dict[str, Any]]:
    """Return the sealed rows of a subject, read under a granted entry, which only the copy's log gets."""
    from psycopg.rows import dict_row

    from sealing import audit_log
    from sealing.audit_log import Entry, Kind, Outcome

    entry = Entry(
        kind=Kind.LOOKUP, outcome=Outcome.GRANTED, subject=subject, details={"drill": True}
    )
    app.execute(audit_log.INSERT, audit_log.row(entry))
    with app.transaction(), app.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])
        cursor.execute(OF_A_SUBJECT.format(table=table), [subject])
        return list(cursor.fetchall())


def _tree(copy: Restored) -> Found:
    """What `manage.py verify_log` says of the copy, as of the backup: entries were on their way into the tree then.

    Nothing is compared with the signer's memory, which went on after the backup or is not at hand.
    """
    from django.utils.translation import override

    from sealing.finding_words import told
    from sealing.log_verification import verify

    as_of = datetime.fromisoformat(copy.notes.made_at)
    seen = verify(None, on_progress=lambda _done, _of: None, as_of=as_of)
    with override("en"):
        return [told(finding) for finding in seen.findings], f"{seen.size} entries in the tree"


def _indexes(superuser: Any, moved: Moved) -> Found:
    """Tables and indexes by PostgreSQL's own extension `amcheck`, every row looked up in every index."""
    if not superuser.execute("SELECT FROM pg_available_extensions WHERE name = 'amcheck'").rowcount:
        return [], "not looked at: the extension is not installed"
    import psycopg

    superuser.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
    looked_at = {
        name: f"SELECT {call}"
        for query, call in (
            (INDEXES, "bt_index_check(%s::regclass, true)"),
            (TABLES, "msg FROM verify_heapam(%s::regclass) LIMIT 1"),
        )
        for (name,) in superuser.execute(query).fetchall()
    }
    faults = []
    for name, sql in looked_at.items():
        try:
            if superuser.execute(sql, [name]).fetchall()[:1] not in ([], [("",)]):
                faults.append(f"{name} is damaged")
        except psycopg.Error:
            faults.append(f"{name} is damaged")
        moved("checking indexes", 1)
    return faults, f"{len(looked_at)} of them"


def _sealed_tables(superuser: Any) -> list[str]:
    return [name for (name,) in superuser.execute(SEALED_TABLES)]
