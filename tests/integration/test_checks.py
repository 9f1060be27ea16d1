"""Each start-up check fails when its cause is made on purpose, names that cause, and stops the site."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import translation

from access.models import User
from access.roles import Role, grant
from config import checks
from sealing import keyring
from tests.database import TestDatabase

RECORDS, LOG = "registry_violationrecord", "sealing_auditentry"


class As:
    """An alias of the site inside one transaction of the superuser, seen through the eyes of a role."""

    def __init__(self, transaction: "psycopg.Connection[Any]", role: str, alias: str) -> None:
        self.transaction, self.role, self.real = transaction, role, connections[alias]

    def cursor(self) -> "psycopg.Cursor[Any]":
        self.transaction.execute(f"SET LOCAL SESSION AUTHORIZATION {self.role}")
        return self.transaction.cursor()

    def close(self) -> None:
        """Stay in the transaction."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Site:
    """The site in a transaction that spoils its database and is rolled back."""

    def __init__(self, superuser: "psycopg.Connection[Any]") -> None:
        superuser.autocommit = False
        self.superuser = superuser
        self.sign_in("default", "registry_app")
        self.sign_in("audit", "registry_auditor")

    def sign_in(self, alias: str, role: str) -> None:
        held = connections[alias]
        connections[alias] = As(self.superuser, role, alias) if not isinstance(held, As) else held
        connections[alias].role = role

    def spoil(self, sql: str) -> None:
        self.superuser.execute("SET LOCAL SESSION AUTHORIZATION DEFAULT")
        self.superuser.execute(sql)

    def leave(self) -> None:
        self.superuser.rollback()
        for alias in ("default", "audit"):
            connections[alias] = connections[alias].real


@pytest.fixture
def site(superuser_connection: "psycopg.Connection[Any]") -> Iterator[Site]:
    """Have the site use a database that can be spoiled; afterwards it is whole again."""
    made = Site(superuser_connection)
    yield made
    made.leave()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read the messages in the language they are written in."""
    with translation.override("en"):
        yield


def broken() -> dict[str, list[str]]:
    """Return what the checks find, by id."""
    found: dict[str, list[str]] = {}
    for line in checks.report():
        for message in line.broken:
            found.setdefault(message.id, []).append(f"{message.msg} {message.hint}")
    return found


def newest_partition() -> str:
    """Return the name of a partition of the log."""
    from sealing.guards import partitions

    return partitions()[-1]


def test_sound_installation_starts(db: None) -> None:
    assert broken() == {}
    checks.refuse_unsafe_start()
    call_command("check", databases=["default"])


CAUSES = [
    (f"ALTER TABLE {RECORDS} DISABLE ROW LEVEL SECURITY", "sealing.E002", "not enabled"),
    (f"ALTER TABLE {RECORDS} NO FORCE ROW LEVEL SECURITY", "sealing.E003", "not forced"),
    (f"DROP POLICY opened ON {RECORDS}", "sealing.E004", "opened"),
    (
        f"CREATE POLICY all_of_it ON {RECORDS} FOR SELECT TO registry_app USING (true)",
        "sealing.E004",
        "all_of_it",
    ),
    (f"ALTER POLICY drafts ON {RECORDS} USING (true)", "sealing.E004", "conditions"),
    (
        f"ALTER POLICY opened ON {RECORDS} USING (sealing_open(subject) OR true)",
        "sealing.E004",
        "conditions",
    ),
    (f"ALTER POLICY drafts ON {RECORDS} TO PUBLIC", "sealing.E004", "drafts"),
    (f"ALTER TABLE {RECORDS} DISABLE TRIGGER changed", "sealing.E005", "changed"),
    (f"DROP TRIGGER kept ON {RECORDS}", "sealing.E005", "kept"),
    (f"DROP TRIGGER kept_whole ON {RECORDS}", "sealing.E005", "kept_whole"),
    (f"DROP TRIGGER born ON {RECORDS}", "sealing.E005", "born"),
    (f"DROP TRIGGER corrects ON {RECORDS}", "sealing.E005", "corrects"),
    ("ALTER FUNCTION registry_corrects() SECURITY INVOKER", "sealing.E006", "registry_corrects"),
    (f"ALTER TABLE {RECORDS} ENABLE REPLICA TRIGGER kept", "sealing.E005", "kept"),
    (f"DROP TRIGGER kept ON {LOG}", "sealing.E005", LOG),
    (f"DROP TRIGGER stamped ON {LOG}", "sealing.E005", "stamped"),
    (f"ALTER TABLE {LOG} DISABLE TRIGGER kept_whole", "sealing.E005", "kept_whole"),
    ("DROP TRIGGER kept_whole ON {partition}", "sealing.E005", "kept_whole"),
    ("ALTER TABLE {partition} DISABLE TRIGGER kept", "sealing.E005", "kept"),
    ("ALTER FUNCTION sealing_open(bytea) OWNER TO registry_owner", "sealing.E006", "sealing_open"),
    ("ALTER FUNCTION sealing_open(bytea) SECURITY INVOKER", "sealing.E006", "sealing_open"),
    (
        f"ALTER FUNCTION {RECORDS}_seal(uuid, uuid) OWNER TO registry_owner",
        "sealing.E006",
        f"{RECORDS}_seal",
    ),
    ("DROP FUNCTION registry_filed(bytea[], bytea[])", "sealing.E006", "registry_filed"),
    ("ALTER FUNCTION sealing_open(bytea) RESET search_path", "sealing.E007", "search_path"),
    (
        "GRANT EXECUTE ON FUNCTION registry_filed(bytea[], bytea[]) TO PUBLIC",
        "sealing.E007",
        "everybody",
    ),
    (
        "CREATE FUNCTION peep() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
        "sealing.E007",
        "peep",
    ),
    ("DROP TRIGGER sequenced ON sealing_leaf", "sealing.E005", "sequenced"),
    ("ALTER TABLE sealing_node DISABLE TRIGGER kept", "sealing.E005", "sealing_node"),
    ("ALTER FUNCTION sealing_provable() SECURITY INVOKER", "sealing.E006", "sealing_provable"),
    ("GRANT INSERT ON sealing_leaf TO registry_app", "sealing.E009", "INSERT on sealing_leaf"),
    ("GRANT INSERT ON sealing_leaf TO registry_auditor", "sealing.E010", "INSERT on sealing_leaf"),
    (f"GRANT UPDATE ON {LOG} TO registry_app", "sealing.E009", f"UPDATE on {LOG}"),
    (f"GRANT DELETE ON {LOG} TO registry_app", "sealing.E009", f"DELETE on {LOG}"),
    (f"GRANT TRUNCATE ON {LOG} TO registry_app", "sealing.E009", f"TRUNCATE on {LOG}"),
    (f"GRANT SELECT ON {LOG} TO registry_app", "sealing.E009", f"SELECT on {LOG}"),
    (f"GRANT SELECT (person) ON {LOG} TO registry_app", "sealing.E009", f"SELECT on {LOG}"),
    ("GRANT SELECT ON {partition} TO registry_app", "sealing.E009", "{partition}"),
    (f"GRANT DELETE ON {RECORDS} TO registry_app", "sealing.E009", f"DELETE on {RECORDS}"),
    (f"GRANT TRUNCATE ON {RECORDS} TO registry_app", "sealing.E009", f"TRUNCATE on {RECORDS}"),
    (f"GRANT SELECT (subject) ON {LOG} TO registry_auditor", "sealing.E010", "subject"),
    ("GRANT SELECT ON {partition} TO registry_auditor", "sealing.E010", "subject"),
    (
        f"GRANT SELECT (name) ON {RECORDS} TO registry_auditor",
        "sealing.E010",
        f"SELECT on {RECORDS}",
    ),
    (f"GRANT INSERT ON {LOG} TO registry_auditor", "sealing.E010", f"INSERT on {LOG}"),
    ("DROP TRIGGER kept ON access_notification", "sealing.E005", "access_notification"),
    ("DROP TRIGGER kept_whole ON access_notification", "sealing.E005", "access_notification"),
    ("ALTER TABLE access_notification DISABLE TRIGGER entered", "sealing.E005", "entered"),
    (
        "DROP FUNCTION access_notifications_due(text)",
        "sealing.E006",
        "access_notifications_due",
    ),
    ("DROP TRIGGER sandbox_kept ON access_unit", "sealing.E005", "sandbox_kept"),
    (f"ALTER TABLE {LOG} DISABLE TRIGGER sandbox_apart", "sealing.E005", "sandbox_apart"),
    ("DROP TRIGGER kept ON access_copystatement", "sealing.E005", "access_copystatement"),
    ("ALTER TABLE access_copystatement DISABLE TRIGGER entered", "sealing.E005", "entered"),
    ("ALTER TABLE auditlog_logentry DISABLE TRIGGER kept", "sealing.E005", "auditlog_logentry"),
    ("DROP TRIGGER kept_whole ON auditlog_logentry", "sealing.E005", "auditlog_logentry"),
    (
        "GRANT DELETE ON auditlog_logentry TO registry_app",
        "access.E001",
        "DELETE on auditlog_logentry",
    ),
    ("DROP TRIGGER roles_exclusive ON access_user_groups", "sealing.E005", "roles_exclusive"),
    (f"DROP POLICY read_by_keeper ON {RECORDS}", "sealing.E004", "read_by_keeper"),
    (f"ALTER POLICY read_by_keeper ON {RECORDS} USING (true)", "sealing.E004", "conditions"),
    (f"DROP TRIGGER of_its_role ON {LOG}", "sealing.E005", "of_its_role"),
    (f"GRANT SELECT (subject) ON {RECORDS} TO registry_keeper", "sealing.E012", "subject"),
    (f"GRANT UPDATE ON {RECORDS} TO registry_keeper", "sealing.E012", f"UPDATE on {RECORDS}"),
    (f"GRANT SELECT ON {LOG} TO registry_keeper", "sealing.E012", f"SELECT on {LOG}"),
    ("REVOKE UPDATE (post) ON access_inquiry FROM registry_keeper", "sealing.E012", "lacks"),
    ("DROP TRIGGER rekeyed ON access_officialname", "sealing.E012", "access_officialname"),
    ("ALTER ROLE registry_keeper BYPASSRLS", "sealing.E012", "too strong"),
    ("GRANT registry_keeper TO registry_app", "sealing.E001", "member of registry_keeper"),
    ("ALTER TABLE django_session OWNER TO registry_app", "sealing.E001", "owner of tables"),
    ("GRANT CREATE ON SCHEMA public TO registry_app", "sealing.E001", "create in the schema"),
]


@pytest.mark.parametrize(("sql", "id", "cause"), CAUSES, ids=[sql for sql, _, _ in CAUSES])
def test_a_missing_guard_is_found_and_named(site: Site, sql: str, id: str, cause: str) -> None:
    partition = newest_partition()
    site.spoil(sql.format(partition=partition))
    with pytest.raises(checks.UnsafeStart) as refused:
        checks.refuse_unsafe_start()
    lines = str(refused.value).splitlines()
    named = cause.format(partition=partition)
    assert any(f"({id})" in line and named in line for line in lines), lines


def test_check_command_fails_on_a_missing_guard(site: Site) -> None:
    site.spoil(f"ALTER TABLE {RECORDS} NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(CommandError, match=r"sealing\.E003"):
        call_command("check", databases=["default"])


@pytest.mark.parametrize("alias", ["default", "audit"])
@pytest.mark.parametrize(
    ("role", "causes"),
    [
        ("registry_bootstrap", ["SUPERUSER", "BYPASSRLS", "CREATEROLE"]),
        (
            "registry_owner",
            ["owner of tables", "member of registry_definer", "create in the schema"],
        ),
    ],
)
def test_too_strong_a_role_is_refused(site: Site, alias: str, role: str, causes: list[str]) -> None:
    site.sign_in(alias, role)
    found = " ".join(broken()["sealing.E001"])
    assert f"alias {alias} signs in as {role}" in found
    for cause in causes:
        assert cause in found


@pytest.mark.parametrize("power", ["BYPASSRLS", "SUPERUSER"])
def test_power_given_to_the_sites_role_is_found(site: Site, power: str) -> None:
    site.spoil(f"ALTER ROLE registry_app {power}")
    assert power in " ".join(broken()["sealing.E001"])


def test_membership_that_reads_everything_is_found(site: Site) -> None:
    site.spoil("GRANT pg_read_all_data TO registry_auditor")
    assert "member of pg_read_all_data" in " ".join(broken()["sealing.E001"])


def test_months_that_run_out_are_a_warning_and_are_made_at_the_start(site: Site) -> None:
    from sealing.guards import partitions

    for name in partitions()[2:]:
        site.spoil(f"DROP TABLE {name}")
    assert "sealing_prepare_months" in broken()["sealing.W001"][0]
    checks.refuse_unsafe_start()
    assert broken() == {}


def test_no_month_to_write_to_is_an_error(site: Site) -> None:
    from sealing.guards import partitions

    for name in partitions():
        site.spoil(f"DROP TABLE {name}")
    assert "no partition for this month" in broken()["sealing.E011"][0]


def test_superuser_with_a_role_is_found(
    db: None, set_above_the_rule: Callable[[User], User]
) -> None:
    root = User.objects.create_user("ROOT1", "a long sample password")
    grant(user=root, role=Role.CLERK, by="tests")
    assert broken() == {}
    set_above_the_rule(root)
    assert "superuser" in broken()["access.E002"][0]


@pytest.fixture
def elsewhere(db: None) -> Iterator[dict[str, Any]]:
    """Have the alias `default` sign in with settings of the test's own."""
    held = connections["default"]
    connections["default"] = held.copy()
    yield connections["default"].settings_dict
    connections["default"].close()
    connections["default"] = held


def test_database_that_does_not_answer_is_named(elsewhere: dict[str, Any]) -> None:
    elsewhere["HOST"] = "/nowhere"
    assert "OperationalError" in broken()["sealing.E000"][0]
    with pytest.raises(checks.UnsafeStart, match=r"sealing\.E000"):
        checks.refuse_unsafe_start()


def test_database_without_tables_does_not_start(
    elsewhere: dict[str, Any], spare_database: TestDatabase
) -> None:
    elsewhere.update(spare_database.settings("app"))
    with spare_database.connect("bootstrap") as superuser:
        superuser.execute(f"DROP TABLE {RECORDS}, {LOG} CASCADE")
    with pytest.raises(checks.UnsafeStart, match=r"sealing\.E000"):
        checks.refuse_unsafe_start()


def test_key_ring_absent_open_to_others_or_incomplete(settings: Any, tmp_path: Path) -> None:
    from sealing.checks import key_ring

    settings.REGISTRY_KEYRING = tmp_path / "ring.json"
    assert "cannot be read" in next(key_ring()).msg
    keyring.make(settings.REGISTRY_KEYRING)
    assert list(key_ring()) == []
    settings.REGISTRY_KEYRING.chmod(0o644)
    assert "may be read by others" in next(key_ring()).msg
    settings.REGISTRY_KEYRING.chmod(0o600)
    ring = json.loads(settings.REGISTRY_KEYRING.read_text())
    settings.REGISTRY_KEYRING.write_text(json.dumps({**ring, "keys": ring["keys"][1:]}))
    assert "has no key for" in next(key_ring()).msg
    settings.REGISTRY_KEYRING.write_text("no ring")
    assert "not a key ring" in next(key_ring()).msg


def test_debug_in_production(settings: Any) -> None:
    settings.DEBUG = True
    assert list(checks.no_debug()) == []
    settings.PRODUCTION = True
    assert [message.id for message in checks.no_debug()] == ["config.E001"]


def test_secret_file_in_production(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRODUCTION = True
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    assert "names no file" in next(checks.secret_file()).msg
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o640)
    monkeypatch.setenv("SECRET_KEY_FILE", str(secret))
    assert "others may read" in next(checks.secret_file()).msg
    secret.chmod(0o600)
    assert list(checks.secret_file()) == []


def test_server_that_may_lose_commits_in_production(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRODUCTION = True
    assert list(checks.durable_writes()) == []
    monkeypatch.setattr(checks, "rows", lambda *_: [("off",)])
    assert [message.msg.split(" off")[0].split()[-1] for message in checks.durable_writes()] == [
        "fsync",
        "full_page_writes",
    ]


def test_process_that_holds_the_owners_connection_does_not_serve(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(settings.DATABASES, "audit")
    with pytest.raises(checks.UnsafeStart, match=r"config\.E004"):
        checks.refuse_unsafe_start()


def test_process_that_holds_the_keepers_connection_does_not_serve(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES, "keeper", {})
    with pytest.raises(checks.UnsafeStart, match=r"config\.E005"):
        checks.refuse_unsafe_start()


def test_messages_hold_no_secret(site: Site) -> None:
    site.spoil(f"ALTER TABLE {RECORDS} DISABLE ROW LEVEL SECURITY")
    with pytest.raises(checks.UnsafeStart) as refused:
        checks.refuse_unsafe_start()
    for value in (
        connections["default"].settings_dict["PASSWORD"],
        os.environ.get("SECRET_KEY", "-none-"),
    ):
        assert value not in str(refused.value)
