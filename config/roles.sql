-- The database roles of the registry, and what each may do in the current database.
-- Idempotent; for PostgreSQL 15 to 18; run as a superuser in the registry's own database:
--     createdb registry && psql -d registry -f config/roles.sql
-- Passwords are set afterwards (\password registry_owner, registry_app, registry_auditor, registry_keeper,
-- registry_sequencer; never registry_definer).
--
-- registry_owner    owns the tables; used for migrations only
-- registry_app      what the site signs in as
-- registry_auditor  what the auditors' pages sign in as: nothing unless a migration grants it
-- registry_keeper   what the rotation of keys signs in as: it replaces ciphertext by ciphertext, as migrations grant it
-- registry_sequencer  what the sequencer of the audit log signs in as: reads entries, adds to the tree
-- registry_definer  owns the functions that run with their owner's rights; it has no password, so nobody signs in as it

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'registry_owner', 'registry_app', 'registry_auditor', 'registry_keeper', 'registry_sequencer', 'registry_definer'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name
        );
    END LOOP;
END
$$;
ALTER ROLE registry_definer PASSWORD NULL;

-- The owner may hand functions to the definer, or take its part by SET ROLE, but never has its rights unasked:
-- before version 16 because registry_owner is NOINHERIT, since then because the grant inherits that.
GRANT registry_definer TO registry_owner;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'REVOKE ALL ON DATABASE %I FROM registry_owner, registry_app, registry_auditor, registry_keeper,'
        ' registry_sequencer, registry_definer',
        current_database()
    );
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO registry_owner, registry_app, registry_auditor, registry_keeper,'
        ' registry_sequencer',
        current_database()
    );
END
$$;

ALTER SCHEMA public OWNER TO registry_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO registry_app, registry_auditor, registry_keeper, registry_sequencer;
GRANT USAGE, CREATE ON SCHEMA public TO registry_definer;

-- Tables are the application's to use unless their migration takes rights away; functions are nobody's until granted.
ALTER DEFAULT PRIVILEGES FOR ROLE registry_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO registry_app;
ALTER DEFAULT PRIVILEGES FOR ROLE registry_owner
    GRANT USAGE, SELECT ON SEQUENCES TO registry_app;
ALTER DEFAULT PRIVILEGES FOR ROLE registry_owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE registry_definer
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Before version 17 the lock can put an entry on disk only by ending the segment of the write-ahead log.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer < 170000 THEN
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_switch_wal() TO registry_definer;
    END IF;
END
$$;
