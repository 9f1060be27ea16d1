"""A backup and its drill: green as it was made, red for everything that may be wrong with one.

The site has a server of its own. Every tampering is done by the superuser to the restored copy, with all guards
off, and undone; persons are made up.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import drill, postgres
from config.backup_folder import BackupFolder
from config.environment import BASE_DIR
from config.noted import noted
from config.postgres import Server
from config.restored import Restored, restored
from sealing import audit_log, keyring
from tests.faults.test_launcher import IN_NAMESPACE
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.sealing.rows import RECORDS, lookup, new_subject

ROWS = 40
LOG = "sealing_auditentry"
BACKUP_ROLE = "registry_backup"


def run(var: Path, *words: str | Path, prefix: tuple[str, ...] = (), **more: str) -> Any:
    """Run a program of the project on an installation's folder."""
    left_out = ("DATABASE_URL", "AUDIT_DATABASE_URL", "OWNER_DATABASE_URL", "REGISTRY_KEYRING")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    settings = {"REGISTRY_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [*prefix, sys.executable, *map(str, words)],
        cwd=BASE_DIR,
        env=inherited | settings | more,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Return a folder for the site, the backup and the keys, each in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="registry-backup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Server]:
    """Return a running site's server with records on file and a role for backups."""
    var = home / "site"
    made = postgres.ensure(var)
    keyring.make(var / "keyring.json")
    done = run(var, "manage.py", "migrate", "--verbosity=0", "--skip-checks")
    assert done.returncode == 0, done.stderr
    rows = write_csv(home / "made-up.csv", sound_rows(ROWS, day=date(2026, 6, 1)))
    assert run(var, "manage.py", "import_records", rows).returncode == 0
    done = run(var, "manage.py", "sequence_log", "--once")
    assert done.returncode == 0, done.stderr
    with made.connect("bootstrap", postgres.DATABASE) as superuser:
        superuser.execute(
            f"CREATE ROLE {BACKUP_ROLE} LOGIN REPLICATION BYPASSRLS PASSWORD 'made-up-password'"
        )
        superuser.execute(f"GRANT pg_read_all_data TO {BACKUP_ROLE}")
        superuser.execute(f"GRANT CONNECT ON DATABASE {postgres.DATABASE} TO {BACKUP_ROLE}")
    yield made
    made.stop()


@contextlib.contextmanager
def a_busy_site(site: Server) -> Iterator[None]:
    """Keep entering entries, and keep one transaction open that began before all of them."""
    over = threading.Event()

    def enter() -> None:
        with site.connect("app") as app:
            while not over.is_set():
                app.execute(audit_log.INSERT, audit_log.row(lookup(new_subject())))

    with site.connect("app") as slow:
        slow.execute("BEGIN")
        slow.execute(audit_log.INSERT, audit_log.row(lookup(new_subject())))
        writing = threading.Thread(target=enter)
        writing.start()
        yield
        over.set()
        writing.join()
        slow.execute("COMMIT")


@pytest.fixture(scope="module")
def made(home: Path, site: Server) -> tuple[BackupFolder, str]:
    """Return a backup of the site, made by the role for backups while the site is busy, and its digest."""
    secret = home / "backup.password"
    secret.write_text("made-up-password")
    address = site.url("app").replace("registry_app@", f"{BACKUP_ROLE}@").split("&password_file")[0]
    backup = BackupFolder(home / "backups" / "first")
    with a_busy_site(site):
        done = run(
            home / "site",
            *("-m", "config.backup", "make", backup.folder),
            BACKUP_DATABASE_URL=f"{address}&password_file={secret}",
        )
    assert done.returncode == 0, done.stderr
    return backup, done.stdout.split()[-1]


@pytest.fixture(scope="module")
def keys(home: Path, site: Server) -> Path:
    """Return a copy of the site's key ring in a place of its own."""
    copied = home / "keys" / "ring.json"
    done = run(home / "site", "-m", "config.backup", "keys", copied)
    assert done.returncode == 0, done.stderr
    return copied


def state_of(site: Server) -> Any:
    """Return where the live site stands."""
    with site.connect("bootstrap", postgres.DATABASE) as superuser:
        stands = noted(superuser, moved=lambda _rows: None)
    return stands.log, stands.sealed


def test_a_sound_backup_passes_and_the_live_site_is_not_touched(
    made: tuple[BackupFolder, str], keys: Path, site: Server, tmp_path: Path
) -> None:
    """As root, the drill is held as an ordinary user of a user namespace of its own; the tests below hold it as root."""
    prefix = IN_NAMESPACE if os.geteuid() == 0 else ()
    backup, digest = made
    before, ran = state_of(site), site.cluster.postmaster()
    tmp_path.chmod(0o711)
    words = ("-m", "config.backup", "drill", backup.folder, "--keyring", keys, "--digest", digest)
    done = run(tmp_path, *words, "--within", tmp_path, prefix=prefix)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert f"{ROWS} sealed rows" in done.stdout
    assert "样例" not in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert (state_of(site), site.cluster.postmaster()) == (before, ran)
    assert "database system was interrupted" not in site.cluster.log.read_text()


@pytest.fixture(scope="module")
def copy(made: tuple[BackupFolder, str]) -> Iterator[Restored]:
    """Return the restored copy; each test puts back what it changes."""
    with restored(made[0]) as running:
        with running.superuser() as superuser:
            superuser.execute("CREATE SCHEMA aside")
        yield running


@pytest.fixture
def faults(
    copy: Restored, keys: Path, django_db_blocker: Any, settings: Any
) -> Iterator[Callable[..., set[str]]]:
    """Return a function that tries the copy with a key ring and gives the first words of what failed."""
    from django.db import connections

    from config import environment

    kept = {alias: dict(connections.settings[alias]) for alias in ("default", "audit")}

    def lead_to(wanted: dict[str, dict[str, Any]]) -> None:
        connections.close_all()
        for alias, values in wanted.items():
            connections.settings[alias].update(values)

    def tried(ring: Path = keys) -> set[str]:
        settings.REGISTRY_KEYRING = str(ring)
        keyring.forget()
        lines = drill.of_the_copy(copy, sample=10 * ROWS, moved=lambda _what, _steps: None)
        return {" ".join(line.title.split()[:4]) for line in lines if line.faults}

    with django_db_blocker.unblock():
        lead_to({"default": environment.database("", copy.url("app"))})
        lead_to({"audit": environment.database("", copy.url("auditor"))})
        yield tried
        lead_to(kept)
    keyring.forget()


ALL_THERE = "Log and records are"
SAYS_WHAT = "Every entry of the"
MATCHED = "Every sealed row has"
ROLES = "The registry's roles have"
SITE_ROLES = "The site's database roles"
SECURITY = "Row security is on"
POLICIES = "The policies of sealed"
REFUSES = "Log and records refuse"
UNSEEN = "Without an entry nobody"
OPENS, TREE = "The key ring opens", "The tree over the"
INDEXES = "Tables and indexes are"

FIRST, LAST = (f"(SELECT id FROM {LOG} ORDER BY id {way} LIMIT 1)" for way in ("", "DESC"))
LAST_NOTED = f"(SELECT id FROM {LOG} WHERE kind = 'filing' ORDER BY id DESC LIMIT 1)"
PUT_BACK = [f"DELETE FROM {LOG} USING aside.kept WHERE kept.id = {LOG}.id"]
PUT_BACK += [f"INSERT INTO {LOG} SELECT * FROM aside.kept", "DROP TABLE aside.kept"]
REWRITTEN = f"""
UPDATE {LOG} SET official = 'X' || official, body = b.body, leaf_hash = sha256('\\x00'::bytea || b.body)
  FROM (SELECT id AS of, convert_to(replace(convert_from(body, 'UTF8'), '"official":"', '"official":"X'), 'UTF8') AS body
          FROM {LOG} WHERE id = {FIRST}) AS b WHERE id = b.of
"""


def entry_kept(which: str) -> str:
    """Return the statement that keeps an entry before something happens to it."""
    return f"CREATE TABLE aside.kept AS SELECT * FROM {LOG} WHERE id = {which}"


TAMPERED: dict[str, tuple[list[str], list[str], set[str]]] = {
    "the first entry is gone": (
        [entry_kept(FIRST), f"DELETE FROM {LOG} WHERE id = {FIRST}"],
        PUT_BACK,
        {ALL_THERE, MATCHED, TREE},
    ),
    "the end of the log is gone, and nothing points there": (
        [entry_kept(LAST_NOTED), f"DELETE FROM {LOG} WHERE id = {LAST_NOTED}"],
        PUT_BACK,
        {ALL_THERE, TREE},
    ),
    "an entry's column was changed": (
        [entry_kept(FIRST), f"UPDATE {LOG} SET official = 'X' WHERE id = {FIRST}"],
        PUT_BACK,
        {SAYS_WHAT, TREE},
    ),
    "an entry was written anew, hash and all": (
        [entry_kept(FIRST), REWRITTEN],
        PUT_BACK,
        {ALL_THERE, TREE},
    ),
    "a record is gone": (
        [
            f"CREATE TABLE aside.kept AS SELECT * FROM {RECORDS} ORDER BY id LIMIT 1",
            "ALTER TABLE aside.kept DROP COLUMN sealed",
            f"DELETE FROM {RECORDS} USING aside.kept WHERE kept.id = {RECORDS}.id",
        ],
        [
            "DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO registry_violationrecord (%1$s) SELECT %1$s FROM aside.kept',"
            " string_agg(quote_ident(attname), ',')) FROM pg_attribute"
            " WHERE attrelid = 'aside.kept'::regclass AND attnum > 0 AND NOT attisdropped); END $$",
            "DROP TABLE aside.kept",
        ],
        {ALL_THERE, MATCHED},
    ),
    "a penalty was changed": (
        [f"UPDATE {RECORDS} SET fine = fine + 1"],
        [f"UPDATE {RECORDS} SET fine = fine - 1"],
        {OPENS},
    ),
    "a trigger is gone": (
        [f"DROP TRIGGER kept ON {LOG}"],
        [
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {LOG}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()"
        ],
        {REFUSES},
    ),
    "a policy more": (
        [f"CREATE POLICY more ON {RECORDS} FOR SELECT TO registry_app USING (true)"],
        [f"DROP POLICY more ON {RECORDS}"],
        {POLICIES, UNSEEN},
    ),
    "the policy that opens is gone": (
        [f"ALTER POLICY opened ON {RECORDS} USING (false)"],
        [
            f"ALTER POLICY opened ON {RECORDS} USING (subject = decode(coalesce(current_setting("
            "'sealing.subject', true), ''), 'hex') AND sealing_open(subject))"
        ],
        {POLICIES, OPENS},
    ),
    "the owner is not bound": (
        [f"ALTER TABLE {RECORDS} NO FORCE ROW LEVEL SECURITY"],
        [f"ALTER TABLE {RECORDS} FORCE ROW LEVEL SECURITY"],
        {SECURITY, UNSEEN},
    ),
    "the site's role passes over row security": (
        ["ALTER ROLE registry_app BYPASSRLS"],
        ["ALTER ROLE registry_app NOBYPASSRLS"],
        {ROLES, SITE_ROLES, UNSEEN},
    ),
    "somebody may sign in as the definer": (
        ["ALTER ROLE registry_definer PASSWORD 'made-up'"],
        ["ALTER ROLE registry_definer PASSWORD NULL"],
        {ROLES},
    ),
    "the log cannot be read": (
        [f"REVOKE SELECT (body) ON {LOG} FROM registry_auditor"],
        [f"GRANT SELECT (body) ON {LOG} TO registry_auditor"],
        {SAYS_WHAT, TREE},
    ),
    "an index misses a row": (
        [
            "CREATE TABLE aside.kept (number integer)",
            "CREATE INDEX kept_number ON aside.kept (number)",
            "SET allow_system_table_mods = on",
            "UPDATE pg_index SET indisready = false WHERE indexrelid = 'aside.kept_number'::regclass",
            "INSERT INTO aside.kept VALUES (1)",
            "UPDATE pg_index SET indisready = true WHERE indexrelid = 'aside.kept_number'::regclass",
        ],
        ["DROP TABLE aside.kept"],
        {INDEXES},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_copy_is_found(
    copy: Restored, faults: Callable[..., set[str]], what: str
) -> None:
    tampering, undoing, expected = TAMPERED[what]
    with copy.superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        for statement in tampering:
            superuser.execute(statement)
        try:
            found = faults()
        finally:
            for statement in undoing:
                superuser.execute(statement)
    assert found == expected


def test_nothing_is_found_in_a_copy_that_is_sound(faults: Callable[..., set[str]]) -> None:
    """The control of the test above: what it undid is undone."""
    assert faults() == set()


def test_another_key_ring_is_found(faults: Callable[..., set[str]], tmp_path: Path) -> None:
    keyring.make(tmp_path / "another.json")
    assert faults(tmp_path / "another.json") == {OPENS, TREE}
    assert faults(tmp_path / "no-such-file") == {OPENS, TREE, "The key ring is"}


def test_what_is_wrong_is_told_in_the_language_of_the_drill(
    copy: Restored, faults: Callable[..., set[str]], settings: Any, tmp_path: Path
) -> None:
    keyring.make(tmp_path / "another.json")
    assert TREE in faults(tmp_path / "another.json")
    wrong, _seen = drill._tree(copy)
    assert "signature" in wrong[0]


def test_the_drill_refuses_to_look_at_any_other_database(copy: Restored) -> None:
    with pytest.raises(RuntimeError, match="does not lead to the copy"):
        list(drill.of_the_copy(copy, sample=1, moved=lambda _what, _steps: None))


Change = tuple[Callable[[BackupFolder], Path], Callable[[bytes], bytes | None]]


def largest(backup: BackupFolder) -> Path:
    """Return the largest file of a database."""
    return max((backup.data / "base").rglob("*"), key=lambda path: path.stat().st_size)


def one_bit_flipped(content: bytes) -> bytes:
    """Return the bytes with one bit in their middle changed."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def one_entry_less(content: bytes) -> bytes:
    """Return notes of a shorter log: only the digest that was kept elsewhere tells."""
    notes = json.loads(content)
    notes["noted"]["log"]["rows"] -= 1
    return json.dumps(notes).encode()


CHANGED: dict[str, Change] = {
    "a flipped bit": (largest, one_bit_flipped),
    "a file is gone": (lambda of: of.data / "global" / "pg_filenode.map", lambda _: None),
    "another manifest": (lambda of: of.data / "backup_manifest", one_bit_flipped),
    "other notes": (lambda of: of.notes_file, one_entry_less),
    "never finished": (lambda of: of.notes_file, lambda _: None),
}


@contextlib.contextmanager
def changed(backup: BackupFolder, what: str) -> Iterator[None]:
    """Change one file of a backup and nothing of its times, as long as the block lasts."""
    find, change = CHANGED[what]
    path = find(backup)
    content, known = path.read_bytes(), path.stat()
    other = change(content)
    if other is None:
        path.unlink()
    else:
        path.write_bytes(other)
        os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    try:
        yield
    finally:
        path.write_bytes(content)
        path.chmod(known.st_mode)


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_backup_is_found_before_it_is_started(
    made: tuple[BackupFolder, str], keys: Path, what: str
) -> None:
    backup, digest = made
    with changed(backup, what):
        apart, whole = drill.of_the_files(backup, ring=keys, digest=digest)
    assert not apart.faults
    assert whole.faults


def test_a_flipped_bit_makes_the_command_fail_and_starts_nothing(
    made: tuple[BackupFolder, str], keys: Path, tmp_path: Path
) -> None:
    words = ("drill", made[0].folder, "--keyring", keys, "--within", tmp_path / "absent")
    with changed(made[0], "a flipped bit"):
        done = run(tmp_path, "-m", "config.backup", *words)
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "1 of 2 hold." in done.stdout


def test_keys_and_backups_do_not_go_together(
    made: tuple[BackupFolder, str], home: Path, site: Server
) -> None:
    beside = home / "backups" / "ring.json"
    refused = run(home / "site", "-m", "config.backup", "keys", beside)
    assert (refused.returncode, beside.exists()) == (1, False)
    inside = home / "site" / "backup"
    refused = run(home / "site", "-m", "config.backup", "make", inside)
    assert (refused.returncode, inside.exists()) == (1, False)
    apart, _whole = drill.of_the_files(made[0], ring=beside)
    assert apart.faults


def test_a_folder_that_holds_something_is_left_alone(home: Path, site: Server) -> None:
    folder = home / "full"
    folder.mkdir()
    (folder / "something").touch()
    done = run(home / "site", "-m", "config.backup", "make", folder)
    assert (done.returncode, [path.name for path in folder.iterdir()]) == (1, ["something"])
