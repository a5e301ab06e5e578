-- The roles stay: other databases of the server may use them.
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    REVOKE SELECT ON TABLES FROM trading_writer, trading_reader;
REVOKE USAGE ON SCHEMA public FROM trading_writer, trading_reader;
DROP FUNCTION refuse_change();
DROP FUNCTION kst_today();
DROP FUNCTION kst_now();
