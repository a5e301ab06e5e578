DROP VIEW v_live_positions, v_live_allocations, v_working_orders, v_order_history, v_today_intents,
    v_today_risk, v_active_halts, v_recent_trades, v_strategy_performance, v_fill_quality,
    v_service_health;
