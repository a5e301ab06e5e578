DROP TABLE audit_position, oms_events, audit_faults, intents, orders, order_events, executions,
    positions, allocations, stop_events, trades, trade_marks, risk_daily_portfolio,
    risk_daily_strategy, strategy_state, oms_state, flag_changes, operator_actions,
    limits_in_force, recon_log;
DROP DOMAIN oms_name;
DROP DOMAIN environment;
DROP DOMAIN order_side;
