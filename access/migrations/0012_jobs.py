"""Lets the site's role call the functions of the job queue, which are nobody's until granted."""

from django.db import migrations

GRANT = """
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN SELECT oid::regprocedure FROM pg_proc
                  WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate%' LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO registry_app', found);
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    """After the queue's own migrations."""

    dependencies = [
        ("access", "0007_reviews"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]
