"""Work in the background: a queue in the same database, done by a worker that signs in as the site does."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from psycopg import errors

from sealing.jobs import MONTHS_PREPARED, prepare_months

JOBS = "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"


def work_off() -> None:
    """Do everything that waits, as the worker's process does, and return."""
    with app.replace_connector(app.connector.get_worker_connector()) as worked:
        worked.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def jobs() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(JOBS)
        return cursor.fetchall()


def test_a_job_is_part_of_the_transaction_that_asks_for_it(db):
    with transaction.atomic():
        prepare_months.defer(timestamp=0)
        transaction.set_rollback(True)
    assert jobs() == []
    with transaction.atomic():
        prepare_months.defer(timestamp=0)
    assert jobs() == [("sealing.jobs.prepare_months", "todo")]


def test_every_recurring_job_runs_to_its_end(db):
    recurring = [task for task, _ in app.periodic_registry.periodic_tasks]
    assert "sealing.jobs.prepare_months" in recurring
    for name in recurring:
        app.tasks[name].defer(timestamp=0)
    work_off()
    # At the turn of a minute the worker adds what is due then.
    assert set(jobs()) == {(name, "succeeded") for name in recurring}


def test_months_of_the_log_are_prepared_before_they_come(db, superuser_connection):
    last = superuser_connection.execute(
        "SELECT to_char(now() AT TIME ZONE 'UTC' - interval '1 day' + make_interval(months => %s), '\"sealing_auditentry_\"YYYYMM')",
        [MONTHS_PREPARED],
    ).fetchone()[0]
    superuser_connection.execute(f"DROP TABLE {last}")
    prepare_months.defer(timestamp=0)
    work_off()
    assert superuser_connection.execute("SELECT to_regclass(%s)", [last]).fetchone()[0] == last


def test_the_auditor_has_no_part_in_the_queue(auditor_connection):
    with pytest.raises(errors.InsufficientPrivilege):
        auditor_connection.execute("TABLE procrastinate_jobs")
