-- Where an order went, how long it stands, and what it waits for.

ALTER TABLE orders
    ADD COLUMN venue text NOT NULL DEFAULT 'KRX' CHECK (venue IN ('KRX', 'NXT', 'SOR')),
    ADD COLUMN time_in_force text NOT NULL DEFAULT 'DAY'
        CHECK (time_in_force IN ('DAY', 'IOC', 'FOK')),
    ADD COLUMN trigger_krw bigint,
    ADD COLUMN held boolean NOT NULL DEFAULT false,
    ADD COLUMN auction text CHECK (auction IN ('OPENING', 'CLOSING')),
    ADD COLUMN parent_id text;
CREATE INDEX orders_parent ON orders (oms_id, parent_id) WHERE parent_id IS NOT NULL;
COMMENT ON COLUMN orders.venue IS 'Where it was sent; with SOR, KIS chose KRX or NXT.';
COMMENT ON COLUMN orders.time_in_force IS
    'The OMS''s own: an IOC that the broker does not take is cancelled by the OMS.';
COMMENT ON COLUMN orders.trigger_krw IS 'The trade that wakes a stop-limit order.';
COMMENT ON COLUMN orders.held IS 'A stop the OMS kept back until a trade reached its trigger.';
COMMENT ON COLUMN orders.auction IS 'The call auction it stands for.';
COMMENT ON COLUMN orders.parent_id IS 'The TWAP or VWAP it is a slice of.';

CREATE OR REPLACE VIEW v_working_orders AS
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
       intent_id,
       venue,
       time_in_force,
       trigger_krw,
       held,
       auction,
       parent_id
FROM orders
WHERE closed_at IS NULL;
COMMENT ON VIEW v_working_orders IS 'Orders not over, UNKNOWN ones (being looked up) included.';

CREATE TABLE order_parents (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    parent_id text NOT NULL,
    seq bigint NOT NULL,
    account text NOT NULL,
    trade_date date NOT NULL,
    intent_id text NOT NULL,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    side order_side NOT NULL,
    style text NOT NULL CHECK (style IN ('TWAP', 'VWAP')),
    unfilled text NOT NULL CHECK (unfilled IN ('CARRY', 'DROP')),
    shares bigint NOT NULL CHECK (shares > 0),
    limit_krw bigint,
    slices bigint NOT NULL CHECK (slices > 0),
    taken bigint NOT NULL DEFAULT 0,
    missed bigint NOT NULL DEFAULT 0,
    ordered bigint NOT NULL DEFAULT 0,
    dropped bigint NOT NULL DEFAULT 0,
    filled bigint NOT NULL DEFAULT 0,
    reason text NOT NULL,
    why text,
    created_at timestamp NOT NULL,
    ends_at timestamp NOT NULL,
    closed_at timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, parent_id)
);
CREATE INDEX order_parents_created ON order_parents (created_at DESC);
COMMENT ON TABLE order_parents IS
    'One row an intent that leaves in slices, as it stands; its orders name it (parent_id).';
COMMENT ON COLUMN order_parents.missed IS 'Slices that had their turn without an order.';
COMMENT ON COLUMN order_parents.ordered IS
    'Shares of all its orders: what a slice left and another ordered again counts twice.';
COMMENT ON COLUMN order_parents.filled IS 'Shares, when it closed; while open, see its orders.';
COMMENT ON COLUMN order_parents.why IS 'Why the last missed slice was missed, or why it closed.';
GRANT INSERT, UPDATE ON order_parents TO trading_writer;
