-- What the collector writes: one-minute candles, one partition a symbol, and where none were heard.

CREATE TABLE stock_candles (
    symbol text NOT NULL,
    environment environment NOT NULL,
    venue text NOT NULL CHECK (venue IN ('KRX', 'NXT')),
    ts timestamp NOT NULL,
    open integer NOT NULL,
    high integer NOT NULL,
    low integer NOT NULL,
    close integer NOT NULL,
    volume bigint NOT NULL CHECK (volume >= 0),
    value bigint,
    source text NOT NULL,
    received_at timestamp NOT NULL,
    PRIMARY KEY (symbol, environment, venue, ts),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close)
) PARTITION BY LIST (symbol);
COMMENT ON TABLE stock_candles IS
    'Completed one-minute candles. A partition a symbol, made by ensure_candle_partition.';
COMMENT ON COLUMN stock_candles.environment IS
    'real: the market, whether trading is real or on paper. sim: the simulator''s.';
COMMENT ON COLUMN stock_candles.ts IS 'Start of the minute, KST.';
COMMENT ON COLUMN stock_candles.value IS 'Exchange value in KRW; NULL where not known.';
COMMENT ON COLUMN stock_candles.source IS 'ticks, rest, verified, backfill ...';

CREATE FUNCTION ensure_candle_partitions(symbols text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    code text;
    part text;
    made integer := 0;
BEGIN
    FOR code IN SELECT DISTINCT s FROM unnest(symbols) AS s ORDER BY s LOOP
        IF code IS NULL OR code !~ '^[0-9A-Z]{6}$' THEN
            RAISE EXCEPTION 'symbol %: expected six digits or capital letters',
                COALESCE(quote_literal(code), 'NULL') USING ERRCODE = 'invalid_parameter_value';
        END IF;
        part := 'stock_candles_' || lower(code);
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        -- Two collectors may want the same one; and attaching, unlike creating in place, lets
        -- those who read and write other symbols go on.
        PERFORM pg_advisory_xact_lock(hashtext('stock_candles'));
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part
                              AND relnamespace = 'public'::regnamespace);
        EXECUTE format('CREATE TABLE %I (LIKE stock_candles INCLUDING ALL)', part);
        EXECUTE format('ALTER TABLE stock_candles ATTACH PARTITION %I FOR VALUES IN (%L)',
                       part, code);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION ensure_candle_partitions(text[]) IS
    'Make the missing partitions of these symbols; returns how many were made.';

CREATE FUNCTION ensure_candle_partition(symbol text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM ensure_candle_partitions(ARRAY[symbol]);
    RETURN 'stock_candles_' || lower(symbol);
END
$$;
COMMENT ON FUNCTION ensure_candle_partition(text) IS
    'Make the partition of a symbol if it is missing; returns its name, stock_candles_005930.';

CREATE TABLE market_gaps (
    environment environment NOT NULL,
    source text NOT NULL,
    symbol text NOT NULL DEFAULT '*',
    from_at timestamp NOT NULL,
    to_at timestamp,
    reason text NOT NULL,
    filled_at timestamp,
    candles_filled integer,
    recorded_at timestamp NOT NULL DEFAULT kst_now(),
    PRIMARY KEY (environment, source, symbol, from_at),
    CHECK (to_at IS NULL OR to_at >= from_at)
);
CREATE INDEX market_gaps_from ON market_gaps (from_at DESC);
COMMENT ON TABLE market_gaps IS 'From when to when a source was not heard, and why.';
COMMENT ON COLUMN market_gaps.symbol IS '*: every symbol of the source.';
COMMENT ON COLUMN market_gaps.to_at IS 'NULL: still open.';
COMMENT ON COLUMN market_gaps.filled_at IS 'When its candles were asked for again; NULL: not yet.';

REVOKE EXECUTE ON FUNCTION ensure_candle_partition(text), ensure_candle_partitions(text[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_candle_partition(text), ensure_candle_partitions(text[])
    TO trading_writer;
GRANT INSERT, UPDATE ON stock_candles, market_gaps TO trading_writer;
