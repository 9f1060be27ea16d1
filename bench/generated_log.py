"""A log of any size for the benchmarks: years of entries as a busy installation would have them. Every fact is made up.

Made by the server from numbers, month by month, each month before its indexes: what is random comes from a hash of the
entry's number, so two runs make the same log but for its times. Every entry is in the tree; the tree's inner nodes are
left out, as no page that is measured reads one. Needs the bootstrap superuser, since nobody else may write a past.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stdnum.iso7064 import mod_11_2

from sealing.subject import log_index

LOG = "sealing_auditentry"
MONTHS = 24
UNITS, OFFICIALS_EACH, PERSONS, KNOWN_PERSONS = 800, 20, 3_000_000, 4_000
#: Of each five entries one is a filing and four belong to an inquiry; the last of a thread comes this many entries later.
THREAD_ENDS_AFTER = 20_000
PROVISIONS = ("MINORS-62", "PRESCHOOL-44", "TEACHERS-15", "GUARDS-17", "FIREARMS-8")
REASONS = (
    *("post_missing", "letter_expired", "unit_not_authorised", "two_officials_required"),
    *("official_not_named", "authorisation_expired", "purpose_missing", "case_missing"),
    *("letter_missing", "undertaking_missing", "budget_exhausted", "not_state_regulation"),
)

# OFFSET 0 keeps the planner from working a fact out again wherever it is named.
# Chance of an entry or a thread, from 0 to 1; `squeezed` makes the first of a list the likelier, as in life.
FUNCTIONS = """
CREATE FUNCTION pg_temp.chance(n bigint, about integer) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, about) & 1048575) / 1048576.0;
CREATE FUNCTION pg_temp.unit(place integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'U' || lpad(place::text, 5, '0');
CREATE FUNCTION pg_temp.part(which integer, share float8) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN floor(which * share)::integer
"""
KNOWN = "CREATE TEMP TABLE known (place integer PRIMARY KEY, person text NOT NULL)"
MONTH = f"""
INSERT INTO {{part}} (id, subject, at, person, kind, outcome, unit, official, exception, provision, reasons, inquiry, body, leaf_hash)
SELECT id, sha256(convert_to(person || id::text, 'UTF8')), at, person, kind, outcome, unit, official, exception, provision, reasons,
       inquiry, body, sha256('\\x00'::bytea || body)
FROM (
  SELECT *, convert_to(jsonb_build_object('format', 1, 'id', id, 'stated_at', at, 'kind', kind, 'outcome', outcome,
      'person', person, 'unit', unit, 'official', official, 'exception', exception, 'provision', provision,
      'reasons', reasons, 'inquiry', inquiry,
      'details', CASE kind WHEN 'search' THEN '{{"page": "list"}}' WHEN 'copies' THEN '{{"act": "no_copy"}}' ELSE '{{}}' END::jsonb
    )::text, 'UTF8') AS body
  FROM (
    SELECT at, kind, outcome,
      (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8' || substr(random, 4, 15))::uuid AS id,
      CASE WHEN kind = 'search' THEN '' ELSE coalesce(known.person, encode(sha256(convert_to('p' || drawn, 'UTF8')), 'hex')) END AS person,
      CASE WHEN kind = 'search' THEN '' ELSE pg_temp.unit(unit) END AS unit,
      CASE WHEN kind = 'search' THEN 'A' ELSE pg_temp.unit(unit) || '-' END || lpad(official::text, 2, '0') AS official,
      CASE WHEN kind IN ('filing', 'search') THEN '' WHEN ground < 0.6 THEN 'case_handling' ELSE 'state_regulation' END AS exception,
      CASE WHEN kind IN ('filing', 'search') OR ground < 0.6 THEN ''
           ELSE (%(provisions)s::text[])[1 + pg_temp.part({len(PROVISIONS)}, (ground - 0.6) / 0.4)] END AS provision,
      CASE WHEN outcome <> 'denied' THEN '{{}}'::text[]
           WHEN why < 0.7 THEN ARRAY[(%(reasons)s::text[])[1 + pg_temp.part({len(REASONS)}, why ^ 2)]]
           ELSE (%(reasons)s::text[])[1 + pg_temp.part({len(REASONS)}, why ^ 2) : 2 + pg_temp.part({len(REASONS)}, why ^ 2)] END AS reasons,
      CASE WHEN kind IN ('filing', 'search') THEN '' ELSE substr(md5('i' || thread), 1, 20) END AS inquiry
    FROM (
      SELECT %(begins)s::timestamptz + (%(ends)s::timestamptz - %(begins)s::timestamptz) * ((n - %(first)s) / %(count)s::float8) AS at,
        md5(n::text) AS random, thread, ground, why,
        pg_temp.part({UNITS}, pg_temp.chance(thread, 2) ^ 3) AS unit,
        pg_temp.part({OFFICIALS_EACH}, pg_temp.chance(thread, 3) ^ 2) AS official,
        pg_temp.part({PERSONS}, pg_temp.chance(thread, 4) ^ 2) AS drawn,
        CASE WHEN slot = 0 THEN CASE WHEN ends < 0.02 THEN 'search' ELSE 'filing' END
             WHEN slot = 1 THEN 'inquiry'
             WHEN ends < 0.10 THEN CASE WHEN slot = 2 THEN 'inquiry' ELSE 'filing' END
             WHEN ends < 0.16 THEN 'review'
             WHEN slot = 4 THEN 'copies' ELSE 'lookup' END AS kind,
        CASE WHEN slot = 0 THEN CASE WHEN ends < 0.02 THEN 'done' ELSE 'filed' END
             WHEN ends < 0.10 THEN CASE WHEN slot < 3 THEN 'denied' ELSE 'filed' END
             WHEN ends < 0.16 THEN CASE slot WHEN 1 THEN 'under_review' WHEN 4 THEN 'granted' ELSE 'done' END
             WHEN slot = 4 THEN 'done' WHEN slot = 3 THEN 'disclosed' ELSE 'granted' END AS outcome
      FROM (
        SELECT n, slot, thread, pg_temp.chance(thread, 1) AS ends, pg_temp.chance(thread, 5) AS ground, pg_temp.chance(n, 6) AS why
        FROM (SELECT n, (n %% 5)::integer AS slot, CASE WHEN n %% 5 = 4 THEN n - {THREAD_ENDS_AFTER} ELSE n END / 5 AS thread
              FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS n) AS numbered OFFSET 0
) AS chances OFFSET 0
) AS acts LEFT JOIN known ON known.place = acts.drawn OFFSET 0
) AS entries OFFSET 0
) AS stated
"""
LEAVES = f"""
INSERT INTO sealing_leaf SELECT row_number() OVER (ORDER BY id) - 1, id, leaf_hash FROM {LOG} ORDER BY id
"""
BATCH = """
INSERT INTO sealing_batch (number, size, watermark, system_identifier, reconciled)
SELECT 1, count(*), pg_current_xact_id(), (SELECT system_identifier FROM pg_control_system()), false FROM sealing_leaf
"""
CHECKPOINT = """
INSERT INTO sealing_checkpoint (origin, size, root, note)
SELECT 'made.up/log', size, sha256('made up'), 'made up' FROM sealing_batch
"""


def known_persons() -> list[tuple[str, str]]:
    """Return the made-up ID numbers of the persons asked about most, each with its keyed hash; the first is asked about most."""
    numbers = (f"110105{1950 + place % 50}0101{place // 50:03d}" for place in range(KNOWN_PERSONS))
    whole = (number + mod_11_2.calc_check_digit(number) for number in numbers)
    return [(number, log_index("resident_id", number)) for number in whole]


def unit(place: int) -> str:
    """Return the code of a unit; the first has asked most."""
    return f"U{place:05d}"


def official(of: int, place: int) -> str:
    """Return the number of an official of a unit; the first of each has asked most."""
    return f"{unit(of)}-{place:02d}"


def months(now: datetime) -> list[tuple[datetime, datetime]]:
    """Return beginning and end of each month of the log, oldest first; the last ends now."""
    begins, found = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), []
    ends = now
    for _ in range(MONTHS):
        found.append((begins, ends))
        ends = begins
        begins = (begins - timedelta(days=1)).replace(day=1)
    return found[::-1]


def fill(superuser: Any, entries: int, *, on_month: Callable[[str, int], None]) -> None:
    """Put so many entries into an empty log, spread evenly over its months up to now, with their leaves, and gather statistics."""
    for statement in (
        "SET session_replication_role = replica",
        "SET maintenance_work_mem = '1GB'",
        "SET jit = off",
    ):
        superuser.execute(statement)
    for statement in FUNCTIONS.split(";\n"):
        superuser.execute(statement)
    superuser.execute(KNOWN)
    with superuser.cursor().copy("COPY known FROM STDIN") as rows:
        for place, (_number, person) in enumerate(known_persons()):
            rows.write_row((place, person))
    done = 0
    for begins, ends, count in _shares(entries):
        _month(superuser, begins, ends, first=done + 1, count=count)
        done += count
        on_month(f"{begins:%Y-%m}", done)
    for statement in (
        LEAVES,
        BATCH,
        CHECKPOINT,
        f"VACUUM ANALYZE {LOG}",
        "VACUUM ANALYZE sealing_leaf",
    ):
        superuser.execute(statement)
    superuser.execute("CHECKPOINT")


def _shares(entries: int) -> Iterator[tuple[datetime, datetime, int]]:
    spans = months(datetime.now(UTC))
    whole = (spans[-1][1] - spans[0][0]).total_seconds()
    for begins, ends in spans:
        yield begins, ends, max(1, int(entries * (ends - begins).total_seconds() / whole))


def _month(superuser: Any, begins: datetime, ends: datetime, *, first: int, count: int) -> None:
    """Make a month's table, fill it, and take it in with its indexes."""
    part = f"{LOG}_{begins:%Y%m}"
    following = (begins + timedelta(days=32)).replace(day=1)
    superuser.execute(f"DROP TABLE IF EXISTS {part}")
    superuser.execute(f"CREATE TABLE {part} (LIKE {LOG} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    told = {"begins": begins, "ends": ends, "first": first, "count": count}
    superuser.execute(
        MONTH.replace("{part}", part),
        {**told, "provisions": list(PROVISIONS), "reasons": list(REASONS)},
    )
    superuser.execute(
        f"ALTER TABLE {LOG} ATTACH PARTITION {part}"
        f" FOR VALUES FROM (sealing_first_key('{begins:%Y-%m-%d}')) TO (sealing_first_key('{following:%Y-%m-%d}'))"
    )
