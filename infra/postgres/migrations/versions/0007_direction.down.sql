DROP VIEW v_live_allocations;
DROP VIEW v_recent_trades;
CREATE OR REPLACE VIEW v_live_positions AS
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

ALTER TABLE allocations DROP COLUMN direction;
ALTER TABLE trades DROP COLUMN direction;
