"""Indexes outcome and exception of the log, each followed by the key: an auditor may filter by them alone."""

from django.db import migrations
from django.db.migrations.operations import RunSQL


def index(name: str, column: str, condition: str = "") -> RunSQL:
    """Index a filter, newest first."""
    return RunSQL(
        f"CREATE INDEX {name} ON sealing_auditentry ({column}, id DESC) {condition}",
        f"DROP INDEX {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("sealing", "0001_log_and_lock")]

    operations = [
        index("sealing_log_outcome", "outcome"),
        index("sealing_log_exception", "exception", "WHERE exception <> ''"),
    ]
