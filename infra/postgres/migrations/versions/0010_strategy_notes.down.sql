DROP VIEW exits_afterwards, missed_afterwards, entries_explained, would_block_daily, gate_funnel;
DROP FUNCTION hit_first(
    environment, text, timestamp, timestamp, double precision, double precision
);
DROP FUNCTION price_path(environment, text, timestamp, interval);
DROP FUNCTION heard_throughout(environment, text, timestamp, timestamp);
DROP FUNCTION candle_environment(environment);
DROP TABLE strategy_funnel_days, strategy_funnel, strategy_would_block, strategy_missed,
    strategy_exits, strategy_reductions, strategy_entries, market_sessions, strategy_rules,
    strategy_journals;
