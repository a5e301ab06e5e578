-- What people look at. "Today" is kst_today(); ages count from kst_now(). A view that changes is
-- dropped and made again by the next migration: CREATE OR REPLACE cannot move a column.

CREATE VIEW v_live_positions AS
WITH owned AS (
    SELECT oms_id, environment, symbol,
           sum(shares)::bigint AS allocated,
           sum(cost_krw)::bigint AS cost_krw,
           sum(shares) FILTER (WHERE lower(strategy_id) = 'kmp')::bigint AS kmp,
           sum(shares) FILTER (WHERE lower(strategy_id) = 'kpr')::bigint AS kpr,
           sum(shares) FILTER (WHERE lower(strategy_id) = 'nulrimok')::bigint AS nulrimok,
           sum(shares) FILTER (WHERE lower(strategy_id) = 'pcim')::bigint AS pcim,
           sum(shares) FILTER (WHERE lower(strategy_id) = 'dolpha1')::bigint AS dolpha1
    FROM allocations
    WHERE shares <> 0
    GROUP BY oms_id, environment, symbol
)
SELECT oms_id,
       environment,
       symbol,
       p.broker_shares,
       COALESCE(o.allocated, 0) AS allocated,
       COALESCE(o.kmp, 0) AS kmp,
       COALESCE(o.kpr, 0) AS kpr,
       COALESCE(o.nulrimok, 0) AS nulrimok,
       COALESCE(o.pcim, 0) AS pcim,
       COALESCE(o.dolpha1, 0) AS dolpha1,
       COALESCE(p.drift, 0) AS drift,
       COALESCE(p.frozen, false) AS frozen,
       o.cost_krw,
       p.price_krw,
       p.price_at,
       o.allocated * p.price_krw AS value_krw,
       o.allocated * p.price_krw - o.cost_krw AS unrealised_pnl_krw,
       p.lock_owner,
       p.lock_until,
       p.cooldown_until,
       p.balance_at
FROM positions p
FULL JOIN owned o USING (oms_id, environment, symbol)
WHERE o.allocated IS NOT NULL OR p.broker_shares <> 0 OR p.frozen OR p.drift <> 0;
COMMENT ON VIEW v_live_positions IS 'Symbols held or frozen: the broker''s shares and whose.';

CREATE VIEW v_live_allocations AS
SELECT a.oms_id,
       a.environment,
       a.strategy_id,
       a.symbol,
       a.shares,
       a.cost_krw,
       a.cost_krw::double precision / a.shares AS average_krw,
       p.price_krw,
       a.shares * p.price_krw - a.cost_krw AS unrealised_pnl_krw,
       a.stop_krw,
       (p.price_krw - a.stop_krw) * 100.0 / NULLIF(p.price_krw, 0) AS stop_distance_pct,
       a.entered_at,
       EXTRACT(epoch FROM kst_now() - a.entered_at)::bigint AS held_s,
       COALESCE(p.frozen, false) AS frozen,
       COALESCE(p.drift, 0) AS drift,
       a.trade_id
FROM allocations a
LEFT JOIN positions p USING (oms_id, symbol)
WHERE a.shares <> 0;
COMMENT ON VIEW v_live_allocations IS 'One row a strategy and symbol it holds.';

CREATE VIEW v_working_orders AS
SELECT oms_id,
       environment,
       order_id,
       broker_id,
       strategy_id,
       symbol,
       side,
       order_type,
       shares,
       filled,
       shares - filled AS remaining,
       limit_krw,
       state,
       cancelling,
       reason,
       created_at,
       EXTRACT(epoch FROM kst_now() - created_at)::bigint AS age_s,
       cancel_at,
       intent_id
FROM orders
WHERE closed_at IS NULL;
COMMENT ON VIEW v_working_orders IS 'Orders not over, UNKNOWN ones (being looked up) included.';

CREATE VIEW v_order_history AS
SELECT oms_id,
       environment,
       order_id,
       seq,
       at,
       strategy_id,
       symbol,
       event_type,
       lag(state) OVER steps AS state_before,
       state AS state_after,
       payload
FROM order_events
WINDOW steps AS (PARTITION BY oms_id, order_id ORDER BY seq);
COMMENT ON VIEW v_order_history IS 'Each step of an order with the states around it.';

CREATE VIEW v_today_intents AS
SELECT oms_id,
       environment,
       strategy_id,
       intent_type,
       count(*) AS total,
       count(*) FILTER (WHERE status = 'APPROVED') AS approved,
       count(*) FILTER (WHERE status = 'DONE') AS done,
       count(*) FILTER (WHERE status = 'DEFERRED') AS deferred,
       count(*) FILTER (WHERE status = 'REFUSED') AS refused,
       max(decided_at) AS last_at
FROM intents
WHERE decided_at >= kst_today() AND decided_at < kst_today() + 1
GROUP BY oms_id, environment, strategy_id, intent_type;
COMMENT ON VIEW v_today_intents IS 'Intents of the day in Seoul, per strategy, type and answer.';

CREATE VIEW v_today_risk AS
SELECT oms_id,
       environment,
       'PORTFOLIO' AS entity,
       trade_date,
       realised_pnl_krw,
       unrealised_pnl_krw,
       realised_pnl_krw + unrealised_pnl_krw AS pnl_krw,
       (realised_pnl_krw + unrealised_pnl_krw) * 100.0 / NULLIF(baseline_krw, 0) AS pnl_pct,
       low_pnl_krw,
       gross_krw,
       gross_krw * 100.0 / NULLIF(equity_krw, 0) AS gross_pct,
       peak_gross_krw,
       fills_count,
       turnover_krw,
       cost_krw,
       equity_krw,
       baseline_krw,
       regime,
       halted,
       halt_reason,
       safe_mode,
       updated_at
FROM risk_daily_portfolio
WHERE trade_date = kst_today()
UNION ALL
SELECT s.oms_id,
       s.environment,
       s.strategy_id,
       s.trade_date,
       s.realised_pnl_krw,
       s.unrealised_pnl_krw,
       s.realised_pnl_krw + s.unrealised_pnl_krw,
       (s.realised_pnl_krw + s.unrealised_pnl_krw) * 100.0 / NULLIF(p.baseline_krw, 0),
       s.low_pnl_krw,
       s.gross_krw,
       s.gross_krw * 100.0 / NULLIF(p.equity_krw, 0),
       s.peak_gross_krw,
       s.fills_count,
       s.turnover_krw,
       s.cost_krw,
       NULL,
       NULL,
       NULL,
       s.halted,
       s.halt_reason,
       NULL,
       s.updated_at
FROM risk_daily_strategy s
LEFT JOIN risk_daily_portfolio p USING (oms_id, trade_date)
WHERE s.trade_date = kst_today();
COMMENT ON VIEW v_today_risk IS 'The day''s P&L and exposure: one row the account, one a strategy.';

CREATE VIEW v_active_halts AS
SELECT oms_id, environment, 'PORTFOLIO' AS entity, halt.kind, halt.reason, halt.since
FROM oms_state
LEFT JOIN risk_daily_portfolio r USING (oms_id, environment, trade_date)
CROSS JOIN LATERAL (
    VALUES ('halt_entries', halt_entries, oms_state.halt_reason, r.halted_at),
           ('safe_mode', oms_state.safe_mode, NULL, NULL),
           ('flattening', flattening, NULL, NULL)
) AS halt (kind, is_on, reason, since)
WHERE halt.is_on
UNION ALL
SELECT oms_id, environment, strategy_id, 'paused', pause_reason, updated_at
FROM strategy_state
WHERE paused
UNION ALL
SELECT oms_id, environment, symbol, 'frozen', 'drift ' || drift, updated_at
FROM positions
WHERE frozen;
COMMENT ON VIEW v_active_halts IS 'What stops entries now: of the account, a strategy, a symbol.';

CREATE VIEW v_recent_trades AS
SELECT t.oms_id,
       t.environment,
       t.trade_id,
       t.strategy_id,
       t.symbol,
       t.status,
       t.setup,
       t.confidence,
       t.opened_at,
       t.closed_at,
       t.entry_shares AS shares,
       t.entry_value_krw::double precision / NULLIF(t.entry_shares, 0) AS entry_krw,
       t.exit_value_krw::double precision / NULLIF(t.exit_shares, 0) AS exit_krw,
       t.entry_cost_krw + t.exit_cost_krw AS cost_krw,
       t.realised_pnl_krw,
       t.return_pct,
       t.realised_r,
       t.exit_reason,
       m.mfe_krw,
       m.mae_krw,
       m.mfe_pct,
       m.mae_pct,
       m.mfe_r,
       m.mae_r,
       m.capture_ratio,
       m.duration_s
FROM trades t
LEFT JOIN trade_marks m USING (oms_id, trade_id)
WHERE t.opened_at >= kst_today() - 7 OR t.closed_at >= kst_today() - 7 OR t.status = 'OPEN';
COMMENT ON VIEW v_recent_trades IS 'Round trips of the last seven days, with how far they went.';

CREATE VIEW v_strategy_performance AS
SELECT oms_id,
       environment,
       strategy_id,
       count(*) AS trades,
       count(*) FILTER (WHERE status = 'CLOSED') AS closed,
       count(*) FILTER (WHERE realised_pnl_krw > 0 AND status = 'CLOSED') AS wins,
       count(*) FILTER (WHERE realised_pnl_krw <= 0 AND status = 'CLOSED') AS losses,
       count(*) FILTER (WHERE realised_pnl_krw > 0 AND status = 'CLOSED') * 100.0
           / NULLIF(count(*) FILTER (WHERE status = 'CLOSED'), 0) AS win_rate_pct,
       sum(realised_pnl_krw)::bigint AS realised_pnl_krw,
       sum(entry_cost_krw + exit_cost_krw)::bigint AS cost_krw,
       avg(realised_r) FILTER (WHERE status = 'CLOSED') AS average_r,
       avg(return_pct) FILTER (WHERE status = 'CLOSED') AS average_return_pct,
       sum(realised_pnl_krw) FILTER (WHERE realised_pnl_krw > 0)::double precision
           / NULLIF(-sum(realised_pnl_krw) FILTER (WHERE realised_pnl_krw < 0), 0)
           AS profit_factor,
       max(realised_pnl_krw) FILTER (WHERE status = 'CLOSED') AS best_krw,
       min(realised_pnl_krw) FILTER (WHERE status = 'CLOSED') AS worst_krw
FROM trades
WHERE opened_at >= kst_today() - 30
GROUP BY oms_id, environment, strategy_id;
COMMENT ON VIEW v_strategy_performance IS 'Thirty days of each strategy, by entry.';

CREATE VIEW v_fill_quality AS
SELECT oms_id,
       environment,
       strategy_id,
       side,
       count(*) AS orders,
       sum(filled)::bigint AS shares,
       avg(slip.bp) AS average_slippage_bp,
       max(slip.bp) AS worst_slippage_bp,
       sum(slip.krw)::bigint AS slippage_krw,
       avg(filled * 100.0 / shares) AS average_filled_pct,
       avg(EXTRACT(epoch FROM first_fill_at - sent_at))::double precision AS first_fill_s
FROM orders
CROSS JOIN LATERAL (
    SELECT CASE side WHEN 'BUY' THEN 1 ELSE -1 END AS sign
) AS direction
CROSS JOIN LATERAL (
    SELECT sign * (filled_value_krw - filled * price_krw) AS krw,
           sign * (filled_value_krw - filled * price_krw) * 10000.0
               / NULLIF(filled * price_krw, 0) AS bp
) AS slip
WHERE filled > 0 AND created_at >= kst_today() - 7
GROUP BY oms_id, environment, strategy_id, side;
COMMENT ON VIEW v_fill_quality IS
    'Seven days of fills against the last trade when the order was planned; positive is worse.';

CREATE VIEW v_service_health AS
SELECT life.oms_id,
       life.environment,
       life.service,
       life.mode,
       life.last_at,
       life.age_s,
       CASE
           WHEN life.mode IN ('DONE', 'STOPPING', 'STOPPED') THEN 'STOPPED'
           WHEN life.age_s IS NULL THEN 'CRITICAL'
           WHEN life.age_s < 60 THEN 'HEALTHY'
           WHEN life.age_s < 300 THEN 'WARNING'
           ELSE 'CRITICAL'
       END AS health,
       life.notices_live,
       life.last_error,
       life.version
FROM (
    SELECT o.oms_id, o.environment, 'OMS' AS service, 'RUNNING' AS mode, p.seen_at AS last_at,
           EXTRACT(epoch FROM kst_now() - p.seen_at)::bigint AS age_s,
           o.notices_live, o.last_error, o.version
    FROM oms_state o
    JOIN audit_position p USING (oms_id)
    UNION ALL
    SELECT oms_id, environment, strategy_id, mode, last_heartbeat_at,
           EXTRACT(epoch FROM kst_now() - last_heartbeat_at)::bigint,
           NULL, last_error, version
    FROM strategy_state
) AS life;
COMMENT ON VIEW v_service_health IS
    'HEALTHY below 60 s of silence, WARNING below 300 s, then CRITICAL; STOPPED when it said so.';
