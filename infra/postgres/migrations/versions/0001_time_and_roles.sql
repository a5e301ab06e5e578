-- Time. Every timestamp in this database is KST without a zone, and "today" is the date in Seoul,
-- wherever the server stands. The session setting kst.now overrides the clock: tests set it, and so
-- does whoever looks at a simulated or a past day.

CREATE FUNCTION kst_now() RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(
    NULLIF(current_setting('kst.now', true), '')::timestamp,
    now() AT TIME ZONE 'Asia/Seoul'
);
COMMENT ON FUNCTION kst_now() IS
    'Now in KST, without a zone. SET kst.now = ''2025-03-14 09:00'' moves it for a session.';

CREATE FUNCTION kst_today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN kst_now()::date;
COMMENT ON FUNCTION kst_today() IS 'The date in Seoul.';

-- What is written once stays as it was written. Retention alone may delete, and says so.

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('kst.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Old rows leave by retention, which sets kst.retention = on.';
END
$$;
COMMENT ON FUNCTION refuse_change() IS
    'Trigger of append-only tables. Deleting needs SET LOCAL kst.retention = on.';

-- Roles are groups without a login; who logs in is a member (infra/postgres/init).
-- Another database of the same server may be making them at this moment.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['trading_writer', 'trading_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO trading_writer, trading_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO trading_writer, trading_reader;
GRANT SELECT ON alembic_version TO trading_writer, trading_reader;
