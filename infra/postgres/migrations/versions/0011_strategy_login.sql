-- A strategy's own login: it writes what it did and, where it keeps research, what it learnt. It
-- sees nothing of orders, accounts or the audit trail, and changes none of them.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trading_strategist') THEN
        BEGIN
            CREATE ROLE trading_strategist NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO trading_strategist;
GRANT SELECT ON alembic_version TO trading_strategist;
GRANT SELECT, INSERT ON
    strategy_rules, market_sessions, strategy_entries, strategy_reductions, strategy_exits,
    strategy_missed, strategy_would_block,
    research_daily, research_flow, research_index, research_fx, research_listing,
    research_artifacts
    TO trading_strategist;
GRANT SELECT, INSERT, UPDATE ON
    strategy_journals, strategy_funnel, strategy_funnel_days, research_progress
    TO trading_strategist;
