-- What strategies noted of their days: entries with their reasons, exits, missed signals, what the
-- strict switches would have stopped, and the gate funnel. All of it is made from the strategies'
-- own journals and can be made again; (seq, place) is a note's turn and its place in that turn.

CREATE TABLE strategy_journals (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    begun_ns bigint NOT NULL,
    bytes bigint NOT NULL,
    seq bigint NOT NULL,
    rules_hash text NOT NULL,
    funnel_seq bigint,
    shipped_at timestamp NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date)
);
COMMENT ON TABLE strategy_journals IS
    'How much of a strategy''s journal of a day is here. Moves with the rows it speaks of.';
COMMENT ON COLUMN strategy_journals.begun_ns IS
    'When the journal was begun, ns since the epoch: which journal this is.';
COMMENT ON COLUMN strategy_journals.bytes IS 'Bytes of the journal that are here.';
COMMENT ON COLUMN strategy_journals.seq IS 'The last turn that is here; -1: none yet.';
COMMENT ON COLUMN strategy_journals.funnel_seq IS
    'Turns that the funnel here has seen; NULL: no funnel is here.';

CREATE TABLE strategy_rules (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    rules_hash text NOT NULL CHECK (rules_hash ~ '^[0-9a-f]{12}$'),
    rules jsonb NOT NULL,
    first_at timestamp NOT NULL,
    PRIMARY KEY (strategy_id, environment, rules_hash)
);
COMMENT ON TABLE strategy_rules IS
    'Every set of rules that a strategy has run under. Append-only.';
COMMENT ON COLUMN strategy_rules.rules_hash IS
    'First 12 characters of the SHA-256 of the rules; the version in its heartbeats.';

CREATE TABLE market_sessions (
    environment environment NOT NULL,
    trade_date date NOT NULL,
    opens timestamp NOT NULL,
    closes timestamp NOT NULL,
    PRIMARY KEY (environment, trade_date),
    CHECK (opens < closes)
);
COMMENT ON TABLE market_sessions IS
    'KRX''s regular sessions as strategies were opened for them. Append-only.';
COMMENT ON COLUMN market_sessions.environment IS 'As in stock_candles: real, or sim.';

CREATE TABLE strategy_entries (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    at timestamp NOT NULL,
    rules_hash text NOT NULL,
    trip_id text NOT NULL,
    symbol text NOT NULL,
    sector text NOT NULL,
    setup text NOT NULL,
    shares bigint NOT NULL,
    entry_krw double precision NOT NULL,
    stop_krw bigint,
    signal_id text NOT NULL,
    strength double precision,
    adopted boolean NOT NULL,
    factors jsonb NOT NULL,
    filters jsonb NOT NULL,
    sizing jsonb NOT NULL,
    portfolio jsonb NOT NULL,
    latency_ms jsonb NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date, seq, place)
);
CREATE INDEX strategy_entries_trip ON strategy_entries (strategy_id, environment, trip_id);
COMMENT ON TABLE strategy_entries IS
    'A position''s first shares: why, how much, how long it took. Append-only.';
COMMENT ON COLUMN strategy_entries.factors IS '[{name, value, threshold, weight}]';
COMMENT ON COLUMN strategy_entries.filters IS
    '[{name, threshold, actual, passed, margin_pct}]; margin_pct > 0: inside the threshold.';
COMMENT ON COLUMN strategy_entries.sizing IS
    'Base risk, every multiplier, raw and final shares, and the cap that bound.';
COMMENT ON COLUMN strategy_entries.signal_id IS 'intent_id of the entry; empty where nobody asked.';

CREATE TABLE strategy_reductions (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    at timestamp NOT NULL,
    rules_hash text NOT NULL,
    trip_id text NOT NULL,
    symbol text NOT NULL,
    shares bigint NOT NULL,
    shares_left bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date, seq, place)
);
COMMENT ON TABLE strategy_reductions IS 'A part of a position was sold. Append-only.';

CREATE TABLE strategy_exits (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    at timestamp NOT NULL,
    rules_hash text NOT NULL,
    trip_id text NOT NULL,
    symbol text NOT NULL,
    sector text NOT NULL,
    setup text NOT NULL,
    entered_at timestamp NOT NULL,
    shares bigint NOT NULL,
    entry_krw double precision NOT NULL,
    exit_krw double precision,
    stop_krw bigint NOT NULL,
    entry_reason text NOT NULL,
    exit_reason text NOT NULL,
    costs_krw bigint NOT NULL,
    realised_krw bigint NOT NULL,
    risk_krw bigint NOT NULL,
    r_net double precision,
    mfe_krw double precision NOT NULL,
    mae_krw double precision NOT NULL,
    mfe_r double precision,
    mae_r double precision,
    facts jsonb NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date, seq, place)
);
CREATE INDEX strategy_exits_trip ON strategy_exits (strategy_id, environment, trip_id);
COMMENT ON TABLE strategy_exits IS
    'A position from its first share to its last, at the moment it ended. Append-only.';
COMMENT ON COLUMN strategy_exits.exit_krw IS 'NULL: the exit''s fills were not told.';
COMMENT ON COLUMN strategy_exits.mfe_krw IS 'Best price seen less the entry price, per share.';
COMMENT ON COLUMN strategy_exits.mae_krw IS 'Worst price seen less the entry price, per share.';
COMMENT ON COLUMN strategy_exits.r_net IS 'Result after costs in planned losses; NULL: none planned.';

CREATE TABLE strategy_missed (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    at timestamp NOT NULL,
    rules_hash text NOT NULL,
    symbol text NOT NULL,
    setup text NOT NULL,
    blocked_by text NOT NULL,
    reason text NOT NULL,
    maturity text NOT NULL CHECK (maturity IN ('early', 'mid', 'late')),
    strength double precision,
    price_krw bigint NOT NULL,
    stop_krw bigint,
    target_krw bigint,
    filters jsonb NOT NULL,
    blocking jsonb NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date, seq, place)
);
COMMENT ON TABLE strategy_missed IS
    'A live setup that a gate stopped, or an entry without a fill. Append-only.';
COMMENT ON COLUMN strategy_missed.stop_krw IS 'The stop it would have had; target_krw likewise.';
COMMENT ON COLUMN strategy_missed.blocking IS 'Symbols whose positions stood in the way.';

CREATE TABLE strategy_would_block (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    at timestamp NOT NULL,
    rules_hash text NOT NULL,
    symbol text NOT NULL,
    reason text NOT NULL,
    actual jsonb,
    strict jsonb,
    PRIMARY KEY (strategy_id, environment, trade_date, seq, place)
);
COMMENT ON TABLE strategy_would_block IS
    'What the strict value of a switch would have stopped and the one in force did not; once a '
    'symbol, reason and day. Append-only.';
COMMENT ON COLUMN strategy_would_block.actual IS 'NULL: not known, which strictness would stop.';

-- The funnel grows through the day: the newest word stands.

CREATE TABLE strategy_funnel (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    gate text NOT NULL,
    position integer NOT NULL,
    reached bigint NOT NULL,
    passed bigint NOT NULL,
    stopped bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date, gate)
);
COMMENT ON TABLE strategy_funnel IS
    'How many symbols came to each gate of a strategy on a day, and how many passed.';
COMMENT ON COLUMN strategy_funnel.position IS 'Place in the order of the gates, from 0.';
COMMENT ON COLUMN strategy_funnel.seq IS 'Turns of the journal that this has seen.';

CREATE TABLE strategy_funnel_days (
    strategy_id text NOT NULL,
    environment environment NOT NULL,
    trade_date date NOT NULL,
    as_of timestamp NOT NULL,
    seq bigint NOT NULL,
    rules_hash text NOT NULL,
    mode text,
    problems jsonb NOT NULL,
    health jsonb NOT NULL,
    stopped jsonb NOT NULL,
    rest jsonb NOT NULL,
    PRIMARY KEY (strategy_id, environment, trade_date)
);
COMMENT ON TABLE strategy_funnel_days IS
    'How sound a strategy''s day was: mode, health of the data, which gate stopped whom when.';
COMMENT ON COLUMN strategy_funnel_days.mode IS 'permissive or conservative; NULL: it has no modes.';
COMMENT ON COLUMN strategy_funnel_days.problems IS 'What alone would explain a lack of trades.';
COMMENT ON COLUMN strategy_funnel_days.stopped IS '{gate: {symbols, by_time: {HH:MM: symbols}}}';
COMMENT ON COLUMN strategy_funnel_days.rest IS 'Whatever else the strategy says of its day.';

-- What happened afterwards ---------------------------------------------------------------------

CREATE FUNCTION candle_environment(env environment) RETURNS environment
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (CASE env WHEN 'sim' THEN 'sim' ELSE 'real' END)::environment;
COMMENT ON FUNCTION candle_environment(environment) IS
    'Whose candles a strategy''s environment trades on: paper trades on the real market.';

CREATE FUNCTION heard_throughout(env environment, code text, since timestamp, until timestamp)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN NOT EXISTS (
    SELECT FROM market_gaps g
    JOIN market_sessions s ON s.environment = g.environment
        AND s.opens < COALESCE(g.to_at, until) AND s.closes > g.from_at
        AND s.opens < until AND s.closes > since
    WHERE g.environment = env AND g.symbol IN (code, '*') AND g.filled_at IS NULL
      AND g.from_at < until AND COALESCE(g.to_at, until) > since
);
COMMENT ON FUNCTION heard_throughout(environment, text, timestamp, timestamp) IS
    'False where a gap that nothing filled lies in the sessions between two instants.';

CREATE FUNCTION price_path(
    env environment, code text, since timestamp, later interval,
    OUT minute timestamp, OUT price_krw integer, OUT high_krw integer, OUT low_krw integer
) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH due AS (
        -- The session that the instant falls into, else the next one there is.
        SELECT opens, closes, since + later < opens AS outside,
               greatest(date_trunc('minute', since + later), opens) AS at
        FROM market_sessions
        WHERE environment = candle_environment(env) AND closes >= since + later
        ORDER BY opens
        LIMIT 1
    ), candles AS NOT MATERIALIZED (
        SELECT ts, high, low, close
        FROM stock_candles
        WHERE symbol = code AND environment = candle_environment(env) AND venue = 'KRX'
          AND session IN ('opening_auction', 'regular', 'closing_auction')
    ), found AS (
        SELECT due.at, c.ts, c.close
        FROM due
        CROSS JOIN LATERAL (
            -- A minute without a trade lies between two candles of its session, and its price is
            -- that of the one before. The next session begins with its first candle.
            (SELECT ts, close FROM candles
             WHERE NOT due.outside AND ts <= due.at AND ts >= due.opens
               AND (ts = due.at OR EXISTS (SELECT FROM candles
                                           WHERE ts > due.at AND ts <= due.closes))
             ORDER BY ts DESC LIMIT 1)
            UNION ALL
            (SELECT ts, close FROM candles
             WHERE due.outside AND ts >= due.at AND ts <= due.closes
             ORDER BY ts LIMIT 1)
        ) c
        WHERE heard_throughout(candle_environment(env), code, least(c.ts, due.at),
                               greatest(c.ts, due.at))
    )
    SELECT found.ts,
           found.close,
           CASE WHEN path.whole THEN path.high END,
           CASE WHEN path.whole THEN path.low END
    FROM found
    CROSS JOIN LATERAL (
        SELECT max(high) AS high, min(low) AS low,
               heard_throughout(candle_environment(env), code, since, found.at) AS whole
        FROM candles
        WHERE ts > date_trunc('minute', since) AND ts <= greatest(found.ts, found.at)
    ) path
$$;
COMMENT ON FUNCTION price_path(environment, text, timestamp, interval) IS
    'The price so long after an instant, and the highest and lowest until then; no row while it is '
    'not known. Outside a session the first minute of the next one counts. A minute''s price is its '
    'close; the minute of the instant itself does not count, as it began before.';

CREATE FUNCTION hit_first(
    env environment, code text, since timestamp, until timestamp, stop double precision,
    target double precision, OUT hit text, OUT at timestamp
) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN low <= stop THEN 'stop' ELSE 'target' END, ts
    FROM (
        SELECT ts, low
        FROM stock_candles
        WHERE symbol = code AND environment = candle_environment(env) AND venue = 'KRX'
          AND session IN ('opening_auction', 'regular', 'closing_auction')
          AND ts > date_trunc('minute', since) AND ts <= until
          AND (low <= stop OR high >= target)
        ORDER BY ts
        LIMIT 1
    ) first
    WHERE heard_throughout(candle_environment(env), code, since, ts)
$$;
COMMENT ON FUNCTION hit_first(
    environment, text, timestamp, timestamp, double precision, double precision
) IS
    'Which of a long position''s stop and target was reached first, and in which minute; no row '
    'where neither was. Both in one minute: the stop counts.';

-- Views ----------------------------------------------------------------------------------------

CREATE VIEW gate_funnel AS
SELECT f.strategy_id,
       f.environment,
       f.trade_date,
       f.position,
       f.gate,
       f.reached,
       f.passed,
       f.stopped,
       f.passed * 100.0::double precision / NULLIF(f.reached, 0) AS passed_pct,
       f.passed * 100.0::double precision / NULLIF(first_value(f.reached) OVER (
           PARTITION BY f.strategy_id, f.environment, f.trade_date ORDER BY f.position
       ), 0) AS left_pct,
       d.as_of,
       d.mode,
       d.rules_hash,
       d.problems
FROM strategy_funnel f
JOIN strategy_funnel_days d USING (strategy_id, environment, trade_date, seq);
COMMENT ON VIEW gate_funnel IS
    'The gates of a strategy''s day in their order: who reached, passed and was stopped, in symbols.';

CREATE VIEW would_block_daily AS
SELECT strategy_id,
       environment,
       trade_date,
       reason,
       count(DISTINCT symbol) AS symbols,
       min(at) AS first_at,
       max(at) AS last_at,
       array_agg(DISTINCT symbol) AS named
FROM strategy_would_block
GROUP BY strategy_id, environment, trade_date, reason;
COMMENT ON VIEW would_block_daily IS
    'How many symbols the strict value of each switch would have stopped on a day.';

CREATE VIEW entries_explained AS
SELECT n.strategy_id,
       n.environment,
       n.trade_date,
       n.at AS entered_at,
       x.at AS exited_at,
       n.trip_id,
       n.symbol,
       n.sector,
       n.setup,
       n.strength,
       n.adopted,
       COALESCE(x.shares, n.shares) AS shares,
       COALESCE(x.entry_krw, n.entry_krw) AS entry_krw,
       n.stop_krw,
       x.exit_krw,
       x.exit_reason,
       x.realised_krw,
       x.costs_krw,
       x.risk_krw,
       x.r_net,
       x.mfe_krw,
       x.mae_krw,
       x.mfe_krw * 100.0 / NULLIF(x.entry_krw, 0) AS mfe_pct,
       x.mae_krw * 100.0 / NULLIF(x.entry_krw, 0) AS mae_pct,
       x.mfe_r,
       x.mae_r,
       COALESCE(n.sizing ->> 'bound_by', n.sizing ->> 'cap', x.facts ->> 'bound_by') AS bound_by,
       n.factors,
       n.filters,
       n.sizing,
       n.portfolio,
       n.latency_ms,
       x.facts AS exit_facts,
       n.rules_hash,
       n.signal_id
FROM strategy_entries n
LEFT JOIN LATERAL (
    SELECT *
    FROM strategy_exits e
    WHERE e.strategy_id = n.strategy_id AND e.environment = n.environment
      AND e.trip_id = n.trip_id AND e.at >= n.at
    ORDER BY e.at, e.seq, e.place
    LIMIT 1
) x ON true;
COMMENT ON VIEW entries_explained IS
    'Every entry with its reasons, and beside it how it ended; exit columns NULL while it is held.';
COMMENT ON COLUMN entries_explained.bound_by IS 'The cap that set its size.';

CREATE VIEW missed_afterwards AS
SELECT m.strategy_id,
       m.environment,
       m.trade_date,
       m.seq,
       m.place,
       m.at,
       m.symbol,
       m.setup,
       m.blocked_by,
       m.reason,
       m.maturity,
       m.strength,
       m.price_krw,
       m.stop_krw,
       m.target_krw,
       h1.price_krw AS price_1h_krw,
       h1.high_krw AS high_1h_krw,
       h1.low_krw AS low_1h_krw,
       h4.price_krw AS price_4h_krw,
       h4.high_krw AS high_4h_krw,
       h4.low_krw AS low_4h_krw,
       h24.price_krw AS price_24h_krw,
       h24.high_krw AS high_24h_krw,
       h24.low_krw AS low_24h_krw,
       (h24.price_krw - m.price_krw) * 100.0::double precision / NULLIF(m.price_krw, 0) AS change_24h_pct,
       CASE WHEN m.stop_krw IS NULL AND m.target_krw IS NULL THEN NULL
            ELSE COALESCE(f.hit, CASE WHEN h24.high_krw IS NOT NULL THEN 'neither' END)
       END AS hit_first,
       f.at AS hit_at,
       m.rules_hash
FROM strategy_missed m
LEFT JOIN LATERAL price_path(m.environment, m.symbol, m.at, '1 hour') h1 ON true
LEFT JOIN LATERAL price_path(m.environment, m.symbol, m.at, '4 hours') h4 ON true
LEFT JOIN LATERAL price_path(m.environment, m.symbol, m.at, '24 hours') h24 ON true
LEFT JOIN LATERAL hit_first(
    m.environment, m.symbol, m.at, COALESCE(h24.minute, m.at + interval '24 hours'), m.stop_krw,
    m.target_krw
) f ON true;
COMMENT ON VIEW missed_afterwards IS
    'Missed signals with what the market did 1, 4 and 24 hours on. NULL: not known, or not yet.';
COMMENT ON COLUMN missed_afterwards.hit_first IS
    'stop, target or neither within 24 hours; NULL: not known. Both in one minute: stop.';

CREATE VIEW exits_afterwards AS
SELECT x.strategy_id,
       x.environment,
       x.trade_date,
       x.seq,
       x.place,
       x.at,
       x.trip_id,
       x.symbol,
       x.setup,
       x.exit_reason,
       x.entry_krw,
       x.exit_krw,
       x.stop_krw,
       target.krw AS target_krw,
       x.r_net,
       h1.price_krw AS price_1h_krw,
       h1.high_krw AS high_1h_krw,
       h1.low_krw AS low_1h_krw,
       h4.price_krw AS price_4h_krw,
       h4.high_krw AS high_4h_krw,
       h4.low_krw AS low_4h_krw,
       h24.price_krw AS price_24h_krw,
       h24.high_krw AS high_24h_krw,
       h24.low_krw AS low_24h_krw,
       (h24.price_krw - x.exit_krw) * 100.0 / NULLIF(x.exit_krw, 0) AS change_24h_pct,
       COALESCE(f.hit, CASE WHEN h24.high_krw IS NOT NULL THEN 'neither' END) AS hit_first,
       f.at AS hit_at,
       x.rules_hash
FROM strategy_exits x
CROSS JOIN LATERAL (
    SELECT CASE WHEN jsonb_typeof(x.facts -> 'target_krw') = 'number'
                THEN (x.facts ->> 'target_krw')::double precision END AS krw
) target
LEFT JOIN LATERAL price_path(x.environment, x.symbol, x.at, '1 hour') h1 ON true
LEFT JOIN LATERAL price_path(x.environment, x.symbol, x.at, '4 hours') h4 ON true
LEFT JOIN LATERAL price_path(x.environment, x.symbol, x.at, '24 hours') h24 ON true
LEFT JOIN LATERAL hit_first(
    x.environment, x.symbol, x.at, COALESCE(h24.minute, x.at + interval '24 hours'), x.stop_krw,
    target.krw
) f ON true;
COMMENT ON VIEW exits_afterwards IS
    'Exits with what the market did 1, 4 and 24 hours on, as if the shares had been kept.';
COMMENT ON COLUMN exits_afterwards.target_krw IS
    'Where the round trip names one (facts.target_krw); NULL: only the stop can be hit.';
COMMENT ON COLUMN exits_afterwards.hit_first IS
    'stop, target or neither within 24 hours; NULL: not known. Both in one minute: stop.';

-- Privileges -----------------------------------------------------------------------------------

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'strategy_rules', 'market_sessions', 'strategy_entries', 'strategy_reductions',
        'strategy_exits', 'strategy_missed', 'strategy_would_block'
    ] LOOP
        EXECUTE format('GRANT INSERT ON %I TO trading_writer', table_name);
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
            'FOR EACH ROW EXECUTE FUNCTION refuse_change()', table_name);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE ON strategy_journals, strategy_funnel, strategy_funnel_days TO trading_writer;
