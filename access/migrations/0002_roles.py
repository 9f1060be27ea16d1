"""Makes the groups, and lets the database refuse a mix of exclusive roles and a superuser with any role."""

from django.db import migrations
from django.db.migrations.operations import RunPython, RunSQL

ROLES = [
    "clerk",
    "verifying_officer",
    "inquirer",
    "reviewing_officer",
    "auditor",
    "security_administrator",
    "system_administrator",
]


def make_groups(apps, schema_editor):
    """Make one group a role."""
    groups = apps.get_model("auth", "Group")
    for name in ROLES:
        groups.objects.using(schema_editor.connection.alias).get_or_create(name=name)


EXCLUSIVE = """
CREATE FUNCTION access_roles_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mixed integer;
BEGIN
  PERFORM 1 FROM access_user WHERE id = NEW.user_id AND is_superuser FOR UPDATE;
  IF FOUND THEN
    RAISE EXCEPTION 'refused: a superuser holds no role' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM 1 FROM access_user WHERE id = NEW.user_id FOR UPDATE;
  SELECT count(*) FILTER (WHERE role.name IN ('auditor', 'security_administrator', 'system_administrator'))
         * (count(*) - 1)
    INTO mixed
    FROM access_user_groups AS held JOIN auth_group AS role ON role.id = held.group_id
   WHERE held.user_id = NEW.user_id;
  IF mixed > 0 THEN
    RAISE EXCEPTION 'refused: this role excludes every other role' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""

NO_SUPERUSER = """
CREATE FUNCTION access_superuser_holds_no_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM access_user_groups WHERE user_id = NEW.id;
  IF NEW.is_superuser AND FOUND THEN
    RAISE EXCEPTION 'refused: a superuser holds no role' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        RunPython(make_groups, RunPython.noop),
        RunSQL(EXCLUSIVE),
        RunSQL(
            "CREATE TRIGGER roles_exclusive AFTER INSERT OR UPDATE ON access_user_groups"
            " FOR EACH ROW EXECUTE FUNCTION access_roles_exclusive()",
        ),
        RunSQL(NO_SUPERUSER),
        RunSQL(
            "CREATE TRIGGER superuser_holds_no_role BEFORE UPDATE OF is_superuser ON access_user"
            " FOR EACH ROW EXECUTE FUNCTION access_superuser_holds_no_role()",
        ),
    ]
