"""The ground the benchmarks stand on: a database of their own, sealed rows in any number, and twins without guards.

A twin has the columns and indexes of a table of the registry and none of its triggers, policies and checks; the
application may do what it likes with it. All persons are made up: most rows hold random bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from tests.database import TestDatabase, copy

RECORDS, RECORDS_TWIN = "registry_violationrecord", "bench_record"
LOG, LOG_TWIN = "sealing_auditentry", "bench_entry"
ID_NUMBER, NAME = "11010519491231002X", "样本人物甲"

TWINS = (
    f"CREATE TABLE {RECORDS_TWIN} (LIKE {RECORDS} INCLUDING INDEXES INCLUDING DEFAULTS INCLUDING GENERATED)",
    f"CREATE TABLE {LOG_TWIN} (LIKE {LOG} INCLUDING INDEXES INCLUDING DEFAULTS)",
    f"GRANT SELECT, INSERT, UPDATE ON {RECORDS_TWIN}, {LOG_TWIN} TO registry_app",
)
# Rows as wide as real ones: an envelope is 32 bytes longer than its text.
FILLING = """
INSERT INTO {table} (id, subject, decision_key, duplicate_key, content_digest, law, organ_code, organ_name,
  organ_level, decided_on, acted_on, offence_code, warning, fine, foreigner_measure, execution, decision_number, name,
  sex, birth_date, id_type, id_number, nationality, address, guardian_name, facts, licence_revoked, execution_reason,
  stage, origin, clerk, clerk_unit, verified_by, created_at, entry, sealed_at)
SELECT gen_random_uuid(), sha256(n::text::bytea), sha256(('d' || n)::bytea), sha256(('a' || n)::bytea),
  sha256(('c' || n)::bytea), '2025', '110105000000', '样例机关', 'county', '2026-05-01', '2026-04-01',
  'PSL2025-026-1-1', true, 500, 'none', 'executed', b.m, b.s, b.s, b.s, b.s, b.m, b.s, b.m, b.s, b.l, b.s, b.s,
  'to_verify', 'import', 'import', '110105000000', '', now(), gen_random_uuid(), now()
FROM generate_series(%s::int, %s::int) AS n,
  LATERAL (SELECT decode(repeat(md5(n::text), 3), 'hex') AS s, decode(repeat(md5(n::text), 5), 'hex') AS m,
                  decode(repeat(md5(n::text), 12), 'hex') AS l) AS b
"""


@contextmanager
def own_database() -> Iterator[TestDatabase]:
    """Give a migrated database of our own, with Django signed in to it as the site is; drop it afterwards."""
    made = copy("_bench")
    try:
        for alias, role in {"default": "app", "audit": "auditor", "sequencer": "sequencer"}.items():
            connections[alias].close()
            connections.settings[alias].update(made.settings(role))
        with made.connect("bootstrap") as superuser:
            for statement in TWINS:
                superuser.execute(statement)
        yield made
    finally:
        connections.close_all()
        made.drop()


def fill(database: TestDatabase, *, first: int, last: int) -> None:
    """Put numbered rows of random content into the records and into their twin, guards off; wait until all is on disk."""
    with database.connect("bootstrap") as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in (RECORDS, RECORDS_TWIN):
            superuser.execute(FILLING.format(table=table), [first, last])
            superuser.execute(f"VACUUM ANALYZE {table}")
        superuser.execute("CHECKPOINT")


def one_record(database: TestDatabase) -> bytes:
    """File one sealed record that a school may learn of, and its like in the twin; return its subject."""
    from sealing.subject import lock_index
    from tests.integration.sealing.rows import sealed_record

    subject = lock_index("resident_id", ID_NUMBER)
    known = {"id_number": ID_NUMBER, "name": NAME}
    sealed_record(subject, **known, offence_code="PSL2025-051-1-0a", detention_days=5)
    with database.connect("bootstrap") as superuser:
        columns = superuser.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND attgenerated = '' AND NOT attisdropped",
            [RECORDS],
        ).fetchone()[0]
        superuser.execute(
            f"INSERT INTO {RECORDS_TWIN} ({columns}) SELECT {columns} FROM {RECORDS} WHERE subject = %s",
            [subject],
        )
    return subject


def inquirer(number: int = 0) -> Any:
    """Make a school, its authorisation and its official, numbered; return the official."""
    from access import authorisations
    from access.models import Unit, User
    from access.roles import Role, grant

    today = timezone.localdate()
    unit = Unit.objects.create(code=f"U90{number}", name="样本学校", kind="school")
    official = User.objects.create_user(f"F90{number}1", unit=unit)
    grant(user=official, role=Role.INQUIRER, by="bench")
    authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today,
        officials=[official],
        by="bench",
    )
    return official


def granted_inquiry(official: Any) -> Any:
    """Make one granted inquiry about the one record's person."""
    from access.inquiry import Inquiry
    from access.provisions import provision
    from access.scopes import provision_scope

    return Inquiry.objects.create(
        unit=official.unit,
        made_by=official,
        made_on=timezone.localdate(),
        officials=[official.number],
        undertaking=True,
        exception="state_regulation",
        provision="MINORS-62",
        purpose="聘用",
        post="教师",
        case_number="",
        letter_number="函1号",
        id_type="resident_id",
        id_number=ID_NUMBER,
        name=NAME,
        status="granted",
        scope=provision_scope(provision("MINORS-62")).as_dict(),
        expires_at=timezone.now() + timedelta(days=1),
    )


def execute(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
