-- The audit trail: what every OMS of this database was told, decided and did. It is a copy; the
-- truth is each OMS's own journal, which ships it here in order, exactly once by (oms_id, seq).
-- Every row carries oms_id and environment. Money is whole KRW, sizes are whole shares.

CREATE DOMAIN oms_name AS text CHECK (VALUE ~ '^[A-Za-z0-9_.-]{1,40}$');
CREATE DOMAIN environment AS text CHECK (VALUE IN ('real', 'paper', 'sim'));
CREATE DOMAIN order_side AS text CHECK (VALUE IN ('BUY', 'SELL'));
COMMENT ON DOMAIN environment IS 'Real money, the broker''s paper server, or our simulator.';

-- The journal itself ---------------------------------------------------------------------------

CREATE TABLE audit_position (
    oms_id oms_name PRIMARY KEY,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    shipped_at timestamp NOT NULL,
    seen_at timestamp NOT NULL
);
COMMENT ON TABLE audit_position IS
    'How far each OMS has shipped its journal; moves in the transaction that ships.';
COMMENT ON COLUMN audit_position.seq IS 'The last journal row that is here.';
COMMENT ON COLUMN audit_position.seen_at IS 'When the OMS last reached this database.';

CREATE TABLE oms_events (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    turn bigint NOT NULL,
    at timestamp NOT NULL,
    at_ns bigint NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    kind text NOT NULL,
    payload jsonb NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
CREATE INDEX oms_events_kind ON oms_events (oms_id, kind, seq);
CREATE INDEX oms_events_at ON oms_events (at);
COMMENT ON TABLE oms_events IS
    'The journal, row by row: inputs (in) and what was decided from them (out).';
COMMENT ON COLUMN oms_events.turn IS 'One input and the outputs decided from it share a turn.';

CREATE TABLE audit_faults (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    at timestamp NOT NULL,
    kind text NOT NULL,
    error text NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
COMMENT ON TABLE audit_faults IS
    'Journal rows that could not be turned into table rows. They are in oms_events whole.';

-- What was asked -------------------------------------------------------------------------------

CREATE TABLE intents (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    intent_id text NOT NULL,
    seq bigint NOT NULL,
    strategy_id text NOT NULL,
    intent_type text NOT NULL,
    symbol text,
    shares bigint,
    side order_side,
    limit_krw bigint,
    stop_krw bigint,
    trigger_krw bigint,
    urgency text,
    time_horizon text,
    confidence text,
    expires_at timestamp,
    max_spread_bp double precision,
    signal_hash text,
    reason text,
    quote_krw bigint,
    quote_at timestamp,
    status text NOT NULL CHECK (status IN ('APPROVED', 'DONE', 'DEFERRED', 'REFUSED')),
    message text NOT NULL,
    approved_shares bigint,
    order_ids jsonb NOT NULL,
    retry_at timestamp,
    trace jsonb NOT NULL,
    limits_hash text NOT NULL,
    received_at timestamp NOT NULL,
    decided_at timestamp NOT NULL,
    PRIMARY KEY (oms_id, strategy_id, intent_id)
);
CREATE INDEX intents_decided ON intents (decided_at DESC);
CREATE INDEX intents_strategy ON intents (oms_id, strategy_id, decided_at DESC);
CREATE INDEX intents_symbol ON intents (symbol, decided_at DESC);
COMMENT ON TABLE intents IS 'What a strategy asked and the one answer it got. Append-only.';
COMMENT ON COLUMN intents.intent_id IS 'Chosen by the strategy; unique within it.';
COMMENT ON COLUMN intents.symbol IS 'NULL: all symbols of the strategy (FLATTEN).';
COMMENT ON COLUMN intents.quote_krw IS 'The last trade the OMS knew when it decided.';
COMMENT ON COLUMN intents.trace IS 'The controls that did not approve, and why.';

-- What was sent --------------------------------------------------------------------------------

CREATE TABLE orders (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    order_id text NOT NULL,
    seq bigint NOT NULL,
    account text NOT NULL,
    trade_date date NOT NULL,
    broker_id text,
    branch text,
    intent_id text,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    market text,
    side order_side NOT NULL,
    order_type text NOT NULL,
    shares bigint NOT NULL CHECK (shares > 0),
    limit_krw bigint,
    stop_krw bigint,
    price_krw bigint,
    time_horizon text,
    confidence text,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('PLANNED', 'SENT', 'UNKNOWN', 'WORKING', 'PARTIAL',
                                         'FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED')),
    filled bigint NOT NULL DEFAULT 0 CHECK (filled >= 0),
    filled_value_krw bigint NOT NULL DEFAULT 0,
    cost_krw bigint NOT NULL DEFAULT 0,
    cancelling boolean NOT NULL DEFAULT false,
    why text,
    refusal_code text,
    refusal_text text,
    created_at timestamp NOT NULL,
    sent_at timestamp,
    accepted_at timestamp,
    first_fill_at timestamp,
    last_fill_at timestamp,
    cancel_at timestamp,
    closed_at timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, order_id)
);
-- KIS numbers orders from 1 again each day, per account: the number alone is nobody's key.
CREATE UNIQUE INDEX orders_broker_number
    ON orders (oms_id, environment, account, trade_date, broker_id) WHERE broker_id IS NOT NULL;
CREATE INDEX orders_open ON orders (oms_id, symbol) WHERE closed_at IS NULL;
CREATE INDEX orders_created ON orders (created_at DESC);
CREATE INDEX orders_intent ON orders (oms_id, intent_id);
COMMENT ON TABLE orders IS 'One row an order, as it stands; its steps are in order_events.';
COMMENT ON COLUMN orders.order_id IS 'The OMS''s own number, given before the order leaves.';
COMMENT ON COLUMN orders.broker_id IS 'KIS order number (ODNO); unique within account and day.';
COMMENT ON COLUMN orders.intent_id IS 'NULL: the OMS''s own order (stop, flatten, repeated exit).';
COMMENT ON COLUMN orders.price_krw IS 'The last trade when the order was planned.';
COMMENT ON COLUMN orders.cost_krw IS 'Commission and tax so far.';

CREATE TABLE order_events (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    order_id text NOT NULL,
    intent_id text,
    strategy_id text,
    symbol text,
    event_type text NOT NULL,
    state text,
    at timestamp NOT NULL,
    payload jsonb NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
CREATE INDEX order_events_order ON order_events (oms_id, order_id, seq);
CREATE INDEX order_events_at ON order_events (at DESC);
COMMENT ON TABLE order_events IS 'Every step of every order. Append-only.';
COMMENT ON COLUMN order_events.state IS 'The order''s state after the step.';

CREATE TABLE executions (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    order_id text NOT NULL,
    filled bigint NOT NULL,
    seq bigint NOT NULL,
    account text NOT NULL,
    trade_date date NOT NULL,
    broker_id text,
    intent_id text,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    side order_side NOT NULL,
    shares bigint NOT NULL CHECK (shares > 0),
    value_krw bigint NOT NULL,
    average_krw double precision GENERATED ALWAYS AS (value_krw::double precision / shares) STORED,
    cost_krw bigint NOT NULL,
    source text NOT NULL CHECK (source IN ('notice', 'history')),
    exchange_time text,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, order_id, filled)
);
CREATE INDEX executions_at ON executions (at DESC);
CREATE INDEX executions_symbol ON executions (symbol, at DESC);
COMMENT ON TABLE executions IS 'Shares that changed hands, as the broker told. Append-only.';
COMMENT ON COLUMN executions.filled IS
    'Running total of the order. With our own order number it is the key: broker numbers repeat.';
COMMENT ON COLUMN executions.cost_krw IS 'Commission and tax of these shares.';
COMMENT ON COLUMN executions.exchange_time IS 'HHMMSS as the notice said; NULL from the history.';

-- What is held ---------------------------------------------------------------------------------

CREATE TABLE positions (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    symbol text NOT NULL,
    broker_shares bigint,
    broker_cost_krw bigint,
    balance_at timestamp,
    price_krw bigint,
    price_at timestamp,
    drift bigint NOT NULL DEFAULT 0,
    frozen boolean NOT NULL DEFAULT false,
    lock_owner text,
    lock_until timestamp,
    cooldown_until timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, symbol)
);
COMMENT ON TABLE positions IS 'One symbol of the account, as the broker told.';
COMMENT ON COLUMN positions.broker_shares IS 'NULL before the first balance.';
COMMENT ON COLUMN positions.drift IS
    'Broker''s shares less the strategies'', seen in two balances. 0: none.';

CREATE TABLE allocations (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    shares bigint NOT NULL,
    cost_krw bigint NOT NULL,
    stop_krw bigint,
    entered_at timestamp,
    trade_id text,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, strategy_id, symbol)
);
COMMENT ON TABLE allocations IS 'What a strategy holds of a symbol; 0 shares when it left.';
COMMENT ON COLUMN allocations.cost_krw IS 'What the shares cost, commission included.';

CREATE TABLE stop_events (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    event_type text NOT NULL CHECK (event_type IN ('SET', 'CLEARED', 'FIRED')),
    stop_krw bigint,
    price_krw bigint,
    order_id text,
    why text,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
CREATE INDEX stop_events_at ON stop_events (at DESC);
COMMENT ON TABLE stop_events IS
    'Protective stops as they were set, moved and fired. Append-only. Those in force: allocations.';

-- What it brought ------------------------------------------------------------------------------

CREATE TABLE trades (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    trade_id text NOT NULL,
    seq bigint NOT NULL,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    status text NOT NULL CHECK (status IN ('OPEN', 'CLOSED')),
    setup text,
    confidence text,
    time_horizon text,
    trade_date date NOT NULL,
    opened_at timestamp NOT NULL,
    closed_at timestamp,
    open_shares bigint NOT NULL,
    open_cost_krw bigint NOT NULL,
    entry_shares bigint NOT NULL,
    entry_value_krw bigint NOT NULL,
    entry_cost_krw bigint NOT NULL,
    exit_shares bigint NOT NULL,
    exit_value_krw bigint NOT NULL,
    exit_cost_krw bigint NOT NULL,
    initial_stop_krw bigint,
    risk_krw bigint,
    realised_pnl_krw bigint NOT NULL,
    return_pct double precision,
    realised_r double precision,
    exit_reason text,
    entry_intent_id text,
    exit_intent_id text,
    entry_order_id text,
    exit_order_id text,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, trade_id)
);
CREATE UNIQUE INDEX trades_open ON trades (oms_id, strategy_id, symbol) WHERE status = 'OPEN';
CREATE INDEX trades_opened ON trades (opened_at DESC);
CREATE INDEX trades_closed ON trades (closed_at DESC);
COMMENT ON TABLE trades IS
    'One row a round trip: from a strategy''s first share of a symbol until it holds none.';
COMMENT ON COLUMN trades.realised_pnl_krw IS 'After commission and tax of both sides.';
COMMENT ON COLUMN trades.return_pct IS 'realised_pnl_krw over what the shares cost, in percent.';
COMMENT ON COLUMN trades.risk_krw IS '(average entry - initial stop) x entry shares.';
COMMENT ON COLUMN trades.realised_r IS 'realised_pnl_krw in multiples of risk_krw.';
COMMENT ON COLUMN trades.setup IS 'The reason of the entry.';

CREATE TABLE trade_marks (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    trade_id text NOT NULL,
    high_krw bigint NOT NULL,
    high_at timestamp NOT NULL,
    low_krw bigint NOT NULL,
    low_at timestamp NOT NULL,
    marks bigint NOT NULL,
    mfe_krw bigint NOT NULL,
    mae_krw bigint NOT NULL,
    mfe_pct double precision NOT NULL,
    mae_pct double precision NOT NULL,
    mfe_r double precision,
    mae_r double precision,
    capture_ratio double precision,
    duration_s bigint NOT NULL,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, trade_id)
);
COMMENT ON TABLE trade_marks IS
    'How far a trade went its way (MFE) and against it (MAE), from the prices the OMS saw.';
COMMENT ON COLUMN trade_marks.mfe_krw IS '(highest price - average entry) x entry shares.';
COMMENT ON COLUMN trade_marks.capture_ratio IS 'realised_pnl_krw over mfe_krw; NULL while open.';

-- The day's risk -------------------------------------------------------------------------------

CREATE TABLE risk_daily_portfolio (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    baseline_krw bigint,
    equity_krw bigint,
    deposit_krw bigint,
    settled_d2_krw bigint,
    orderable_krw bigint,
    realised_pnl_krw bigint NOT NULL DEFAULT 0,
    unrealised_pnl_krw bigint,
    low_pnl_krw bigint NOT NULL DEFAULT 0,
    gross_krw bigint NOT NULL DEFAULT 0,
    peak_gross_krw bigint NOT NULL DEFAULT 0,
    positions_count bigint NOT NULL DEFAULT 0,
    orders_sent bigint NOT NULL DEFAULT 0,
    fills_count bigint NOT NULL DEFAULT 0,
    turnover_krw bigint NOT NULL DEFAULT 0,
    cost_krw bigint NOT NULL DEFAULT 0,
    halted boolean NOT NULL DEFAULT false,
    halt_reason text,
    halted_at timestamp,
    safe_mode boolean NOT NULL DEFAULT false,
    flatten_triggered boolean NOT NULL DEFAULT false,
    regime text,
    regime_set_at timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, trade_date)
);
COMMENT ON TABLE risk_daily_portfolio IS 'One row an account and day.';
COMMENT ON COLUMN risk_daily_portfolio.baseline_krw IS 'Equity that the day''s P&L starts from.';
COMMENT ON COLUMN risk_daily_portfolio.unrealised_pnl_krw IS
    'Of what strategies hold, at the last price; NULL while a price is unknown.';
COMMENT ON COLUMN risk_daily_portfolio.low_pnl_krw IS 'Lowest realised + unrealised of the day.';

CREATE TABLE risk_daily_strategy (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    strategy_id text NOT NULL,
    realised_pnl_krw bigint NOT NULL DEFAULT 0,
    realised_r double precision NOT NULL DEFAULT 0,
    unrealised_pnl_krw bigint,
    low_pnl_krw bigint NOT NULL DEFAULT 0,
    gross_krw bigint NOT NULL DEFAULT 0,
    peak_gross_krw bigint NOT NULL DEFAULT 0,
    trades_opened bigint NOT NULL DEFAULT 0,
    trades_closed bigint NOT NULL DEFAULT 0,
    wins bigint NOT NULL DEFAULT 0,
    losses bigint NOT NULL DEFAULT 0,
    fills_count bigint NOT NULL DEFAULT 0,
    turnover_krw bigint NOT NULL DEFAULT 0,
    cost_krw bigint NOT NULL DEFAULT 0,
    halted boolean NOT NULL DEFAULT false,
    halt_reason text,
    halted_at timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, trade_date, strategy_id)
);
COMMENT ON TABLE risk_daily_strategy IS 'One row a strategy and day. Halted: paused.';

-- Who is alive, and what was switched ----------------------------------------------------------

CREATE TABLE strategy_state (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    strategy_id text NOT NULL,
    mode text,
    last_heartbeat_at timestamp,
    symbols_hot bigint,
    symbols_warm bigint,
    symbols_cold bigint,
    positions bigint,
    paused boolean NOT NULL DEFAULT false,
    pause_reason text,
    last_intent_at timestamp,
    last_fill_at timestamp,
    last_error text,
    last_error_at timestamp,
    version text,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL,
    PRIMARY KEY (oms_id, strategy_id)
);
COMMENT ON TABLE strategy_state IS 'What each strategy last said of itself.';

CREATE TABLE oms_state (
    oms_id oms_name PRIMARY KEY,
    environment environment NOT NULL,
    version text NOT NULL,
    started_at timestamp NOT NULL,
    limits_hash text NOT NULL,
    trade_date date,
    session_open_at timestamp,
    session_close_at timestamp,
    safe_mode boolean NOT NULL DEFAULT false,
    halt_entries boolean NOT NULL DEFAULT false,
    halt_reason text,
    flattening boolean NOT NULL DEFAULT false,
    regime text,
    equity_krw bigint,
    orderable_krw bigint,
    balance_at timestamp,
    history_at timestamp,
    notices_live boolean,
    notices_at timestamp,
    drift_symbols bigint NOT NULL DEFAULT 0,
    query_failures bigint NOT NULL DEFAULT 0,
    contradictions bigint NOT NULL DEFAULT 0,
    last_error text,
    last_error_at timestamp,
    updated_at timestamp NOT NULL,
    updated_seq bigint NOT NULL
);
COMMENT ON TABLE oms_state IS 'One row an OMS, as it stands.';
COMMENT ON COLUMN oms_state.notices_live IS 'Whether order notices are being heard.';
COMMENT ON COLUMN oms_state.query_failures IS 'Questions to the broker that failed, today.';

CREATE TABLE flag_changes (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    flag text NOT NULL,
    subject text,
    is_on boolean NOT NULL,
    value text,
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
CREATE INDEX flag_changes_at ON flag_changes (at DESC);
COMMENT ON TABLE flag_changes IS 'Switches that bear on entries: who, when, why. Append-only.';

CREATE TABLE operator_actions (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    subject text,
    payload jsonb NOT NULL,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
COMMENT ON TABLE operator_actions IS 'What people did through the API. Append-only.';

CREATE TABLE limits_in_force (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    limits_hash text NOT NULL,
    limits jsonb NOT NULL,
    version text NOT NULL,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
COMMENT ON TABLE limits_in_force IS 'The limits an OMS traded under, from `at` on. Append-only.';

CREATE TABLE recon_log (
    oms_id oms_name NOT NULL,
    environment environment NOT NULL,
    seq bigint NOT NULL,
    recon_type text NOT NULL,
    symbol text,
    strategy_id text,
    order_id text,
    broker_shares bigint,
    allocated bigint,
    drift bigint,
    details text,
    payload jsonb NOT NULL,
    at timestamp NOT NULL,
    PRIMARY KEY (oms_id, seq)
);
CREATE INDEX recon_log_at ON recon_log (at DESC);
COMMENT ON TABLE recon_log IS
    'Where the broker and the OMS disagreed, and questions that got no answer. Append-only.';

-- Privileges -----------------------------------------------------------------------------------

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'oms_events', 'audit_faults', 'intents', 'order_events', 'executions', 'stop_events',
        'flag_changes', 'operator_actions', 'limits_in_force', 'recon_log'
    ] LOOP
        EXECUTE format('GRANT INSERT ON %I TO trading_writer', table_name);
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
            'FOR EACH ROW EXECUTE FUNCTION refuse_change()', table_name);
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY[
        'audit_position', 'orders', 'positions', 'allocations', 'trades', 'trade_marks',
        'risk_daily_portfolio', 'risk_daily_strategy', 'strategy_state', 'oms_state'
    ] LOOP
        EXECUTE format('GRANT INSERT, UPDATE ON %I TO trading_writer', table_name);
    END LOOP;
END
$$;
