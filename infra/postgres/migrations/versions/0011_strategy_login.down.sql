REVOKE ALL ON ALL TABLES IN SCHEMA public FROM trading_strategist;
REVOKE USAGE ON SCHEMA public FROM trading_strategist;
