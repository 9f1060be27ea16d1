"""Makes the staff change log append-only for every role: it ships as an ordinary, editable table."""

from django.db import migrations
from django.db.migrations.operations import RunSQL


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_roles"),
        ("auditlog", "0017_add_actor_email"),
        ("sealing", "0001_log_and_lock"),
    ]

    operations = [
        RunSQL(
            "CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON auditlog_logentry"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()",
        ),
        RunSQL(
            "CREATE TRIGGER kept_whole BEFORE TRUNCATE ON auditlog_logentry"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()",
        ),
        RunSQL("REVOKE UPDATE, DELETE, TRUNCATE ON auditlog_logentry FROM registry_app"),
        RunSQL("GRANT SELECT ON auditlog_logentry TO registry_auditor"),
    ]
