DROP TABLE order_parents;
DROP VIEW v_working_orders;
ALTER TABLE orders
    DROP COLUMN venue, DROP COLUMN time_in_force, DROP COLUMN trigger_krw, DROP COLUMN held,
    DROP COLUMN auction, DROP COLUMN parent_id;

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
