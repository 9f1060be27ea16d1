"""What witnesses said of the log's checkpoints: rows that only the sequencer adds and nobody changes.

From the first cosignature on, the lock opens only while the last one is fresh enough. One statement an item; nothing
here has a reverse.
"""

from importlib import import_module

from django.db import migrations
from django.db.migrations.operations import RunSQL

APP, DEFINER = "registry_app", "registry_definer"
tree = import_module("sealing.migrations.0004_tree")

# Which witness (its verifier key), which state of the log, its line, the time in that line and when it came.
COSIGNATURE = """
CREATE TABLE sealing_cosignature (
  witness text CHECK (witness <> ''),
  origin text CHECK (origin <> ''),
  size bigint CHECK (size >= 0),
  cosigned_at bigint CHECK (cosigned_at > 0),
  line text NOT NULL CHECK (octet_length(line) BETWEEN 1 AND 4096),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, size, witness, cosigned_at)
)
"""
# A line belongs to a checkpoint that is here, and its time of arrival is the database's.
RECEIVED = """
CREATE FUNCTION sealing_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM sealing_checkpoint AS head WHERE head.origin = NEW.origin AND head.size = NEW.size;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: a cosignature of no checkpoint' USING ERRCODE = 'foreign_key_violation';
  END IF;
  NEW.received_at := clock_timestamp();
  RETURN NEW;
END $$
"""
ASKED_LAST = """  IF waiting < unsigned THEN
    RAISE EXCEPTION 'refused: the log''s tree waits to be signed'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
"""
# No witness ever: nothing to wait for. The newest line counts by when it came, whatever it says itself.
ASKED_NOW = """  SELECT max(received_at) INTO waiting FROM sealing_cosignature;
  IF waiting < uncosigned THEN
    RAISE EXCEPTION 'refused: the log''s tree waits to be cosigned'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
"""
DECLARED = """    (SELECT seconds FROM sealing_patience WHERE step = 'signing'));
"""
DECLARED_NOW = """  uncosigned timestamptz := clock_timestamp() - make_interval(secs =>
    (SELECT seconds FROM sealing_patience WHERE step = 'cosigning'));
"""
PROVABLE = (
    tree.PROVABLE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace(DECLARED, DECLARED + DECLARED_NOW)
    .replace(ASKED_LAST, ASKED_LAST + ASKED_NOW)
)


class Migration(migrations.Migration):
    dependencies = [("sealing", "0005_reindex")]

    operations = [
        RunSQL(COSIGNATURE),
        RunSQL("CREATE INDEX sealing_cosignature_received ON sealing_cosignature (received_at)"),
        *tree.kept("sealing_cosignature"),
        *tree.function(RECEIVED, "sealing_received()"),
        RunSQL(
            "CREATE TRIGGER timed BEFORE INSERT ON sealing_cosignature"
            " FOR EACH ROW EXECUTE FUNCTION sealing_received()"
        ),
        RunSQL(f"GRANT SELECT ON sealing_cosignature TO {APP}"),
        RunSQL("INSERT INTO sealing_patience VALUES ('cosigning', 14400)"),
        RunSQL(f"SET LOCAL ROLE {DEFINER}"),
        RunSQL(PROVABLE),
        # What its maker was granted went over to the definer with the function.
        RunSQL("GRANT EXECUTE ON FUNCTION sealing_provable() TO registry_owner"),
        RunSQL("SET LOCAL ROLE NONE"),
    ]
