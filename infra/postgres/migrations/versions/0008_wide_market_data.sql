-- What a collector of more than one market writes: contracts day and night, option chains, what is
-- wrong with the data, which streams were asked for, and what strategies signalled.

ALTER TABLE stock_candles
    ADD COLUMN session text NOT NULL DEFAULT 'regular' CHECK (session IN
        ('pre', 'opening_auction', 'regular', 'closing_auction', 'after_close', 'after'));
COMMENT ON COLUMN stock_candles.session IS
    'Whose minute it is. KRX''s day and its close are made of regular and auction minutes alone.';

CREATE TABLE verified_days (
    environment environment NOT NULL,
    source text NOT NULL,
    trade_date date NOT NULL,
    symbol text NOT NULL,
    opens timestamp NOT NULL,
    closes timestamp NOT NULL,
    slots integer NOT NULL,
    candles integer NOT NULL,
    quiet integer NOT NULL,
    unsettled integer NOT NULL,
    outside integer NOT NULL,
    quiet_run integer NOT NULL,
    state text NOT NULL CHECK (state IN ('complete', 'halted', 'closed', 'incomplete')),
    verified_at timestamp NOT NULL,
    PRIMARY KEY (environment, source, trade_date, symbol)
);
COMMENT ON TABLE verified_days IS
    'How whole the candles of a day are, against the minutes which that very day has.';
COMMENT ON COLUMN verified_days.opens IS 'The first slot of that date, KST; closes: the last one.';
COMMENT ON COLUMN verified_days.quiet IS 'Slots of which the broker confirmed that nobody traded.';
COMMENT ON COLUMN verified_days.quiet_run IS 'The longest stretch of them: a halt, or no interest.';

-- Contracts: one partition a product, named by the first three characters of its codes, which is
-- what those who came before us called them (futures_101, futures_106, futures_a01).

CREATE TABLE futures_candles (
    product text NOT NULL CHECK (product ~ '^[0-9A-Z]{3}$'),
    symbol text NOT NULL CHECK (left(symbol, 3) = product),
    environment environment NOT NULL,
    session text NOT NULL CHECK (session IN ('day', 'night')),
    ts timestamp NOT NULL,
    open numeric NOT NULL,
    high numeric NOT NULL,
    low numeric NOT NULL,
    close numeric NOT NULL,
    volume bigint NOT NULL CHECK (volume >= 0),
    value bigint,
    source text NOT NULL,
    received_at timestamp NOT NULL,
    PRIMARY KEY (product, symbol, environment, session, ts),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close)
) PARTITION BY LIST (product);
COMMENT ON TABLE futures_candles IS
    'Completed one-minute candles of futures. A partition a product (futures_101), made by '
    'ensure_contract_partitions. Prices in what the contract is quoted in.';
COMMENT ON COLUMN futures_candles.ts IS
    'Start of the minute, KST. A night goes on after midnight, and so do its minutes.';

CREATE TABLE option_candles (
    LIKE futures_candles INCLUDING ALL
) PARTITION BY LIST (product);
COMMENT ON TABLE option_candles IS
    'Completed one-minute candles of options. A partition a product (options_201).';

CREATE TABLE contract_rolls (
    environment environment NOT NULL,
    product text NOT NULL,
    trade_date date NOT NULL,
    front text NOT NULL,
    next text,
    last_day date NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (environment, product, trade_date)
);
COMMENT ON TABLE contract_rolls IS
    'Which contract was the front month of a product on a day, and when it is traded last.';

CREATE FUNCTION ensure_contract_partitions(codes text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    code text;
    parent text;
    part text;
    made integer := 0;
BEGIN
    -- futures: 1 or A; options: 2, 3 or B, C (calls, puts); spreads are not kept.
    FOR code IN SELECT DISTINCT left(s, 3) FROM unnest(codes) AS s ORDER BY 1 LOOP
        IF code IS NULL OR code !~ '^[123ABC][0-9A-Z]{2}$' THEN
            RAISE EXCEPTION 'contract %: expected a code of a future or an option',
                COALESCE(quote_literal(code), 'NULL') USING ERRCODE = 'invalid_parameter_value';
        END IF;
        parent := CASE WHEN left(code, 1) IN ('1', 'A') THEN 'futures' ELSE 'options' END;
        part := parent || '_' || lower(code);
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtext('contract_candles'));
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part
                              AND relnamespace = 'public'::regnamespace);
        parent := CASE parent WHEN 'futures' THEN 'futures_candles' ELSE 'option_candles' END;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%L)',
                       parent, part, code);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION ensure_contract_partitions(text[]) IS
    'Make the missing partitions of these contracts'' products; returns how many were made.';

-- Chains, raw first: what the broker said of each option, and our own figures beside it.

CREATE TABLE option_chains (
    board text NOT NULL CHECK (board ~ '^[0-9a-z]+_[0-9a-z]+$'),
    environment environment NOT NULL,
    ts timestamp NOT NULL,
    symbol text NOT NULL,
    cp text NOT NULL CHECK (cp IN ('C', 'P')),
    strike numeric NOT NULL,
    underlying numeric,
    price numeric,
    bid numeric,
    ask numeric,
    volume bigint,
    open_interest bigint,
    iv double precision,
    delta double precision,
    gamma double precision,
    theta double precision,
    vega double precision,
    rho double precision,
    theoretical double precision,
    atm_class text,
    own_iv double precision,
    own_delta double precision,
    own_gamma double precision,
    own_theta double precision,
    own_vega double precision,
    received_at timestamp NOT NULL,
    PRIMARY KEY (board, environment, ts, symbol)
) PARTITION BY LIST (board);
COMMENT ON TABLE option_chains IS
    'Option boards as they were, one row an option and capture. A partition a board '
    '(option_chains_202509_kospi200), made by ensure_option_board.';
COMMENT ON COLUMN option_chains.board IS 'Maturity and underlying: 202509_kospi200, 2506w2_kospi200.';
COMMENT ON COLUMN option_chains.ts IS 'Minute of the capture, KST.';
COMMENT ON COLUMN option_chains.iv IS 'The broker''s implied volatility in %; NULL where it has none.';
COMMENT ON COLUMN option_chains.atm_class IS
    'The broker''s own word (ATM, ITM, OTM), kept and not relied on.';
COMMENT ON COLUMN option_chains.own_iv IS
    'Implied volatility in % after Black-76; NULL where no price implies one.';

-- Moneyness is computed from strike and underlying. ATM is the strike nearest to the underlying
-- (the lower of two as near); OTM1 and ITM1 stand next to it on their sides.

CREATE VIEW option_moneyness AS
WITH strikes AS (
    SELECT board, environment, ts, strike,
           min(underlying) AS underlying
    FROM option_chains
    WHERE underlying IS NOT NULL
    GROUP BY board, environment, ts, strike
), atm AS (
    SELECT DISTINCT ON (board, environment, ts)
           board, environment, ts, strike AS atm_strike, underlying
    FROM strikes
    ORDER BY board, environment, ts, abs(strike - underlying), strike
), ranked AS (
    SELECT s.board, s.environment, s.ts, s.strike, a.underlying, a.atm_strike,
           sign(s.strike - a.atm_strike)
               * row_number() OVER (PARTITION BY s.board, s.environment, s.ts,
                                                 sign(s.strike - a.atm_strike)
                                    ORDER BY abs(s.strike - a.atm_strike)) AS steps
    FROM strikes s
    JOIN atm a USING (board, environment, ts)
)
SELECT c.board,
       c.environment,
       c.ts,
       c.symbol,
       c.cp,
       c.strike,
       r.underlying,
       r.atm_strike,
       CASE WHEN c.cp = 'C' THEN r.steps ELSE -r.steps END::integer AS steps_out,
       CASE
           WHEN r.steps = 0 THEN 'ATM'
           WHEN (r.steps > 0) = (c.cp = 'C') THEN 'OTM' || abs(r.steps)
           ELSE 'ITM' || abs(r.steps)
       END AS moneyness,
       c.iv,
       c.delta,
       c.gamma,
       c.theta,
       c.vega,
       c.price,
       c.volume,
       c.open_interest,
       c.own_iv,
       c.own_delta,
       c.own_gamma,
       c.own_theta,
       c.own_vega,
       c.own_iv - c.iv AS iv_difference
FROM option_chains c
JOIN ranked r USING (board, environment, ts, strike);
COMMENT ON VIEW option_moneyness IS
    'Every option of a chain with its place: steps_out > 0 out of the money, 0 at it, < 0 in it.';

-- The matrix: one row a minute and metric, 42 values and the strike of each.

CREATE FUNCTION option_matrix_columns(what text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT string_agg(format(
        'max(%s) FILTER (WHERE cp = %L AND steps_out = %s) AS %s',
        what,
        side.cp,
        step,
        CASE what WHEN 'strike' THEN 'strike_' ELSE '' END || side.name || '_'
            || CASE WHEN step = 0 THEN 'atm'
                    WHEN step > 0 THEN 'otm' || step
                    ELSE 'itm' || -step END
    ), ', ' ORDER BY side.cp, step)
    FROM (VALUES ('C', 'call'), ('P', 'put')) AS side (cp, name)
    CROSS JOIN generate_series(-10, 10) AS step
$$;
COMMENT ON FUNCTION option_matrix_columns(text) IS
    'The 42 columns of a matrix as SQL: call_itm10 ... call_atm ... put_otm10.';

DO $$
BEGIN
    EXECUTE format($view$
        CREATE VIEW option_matrices AS
        SELECT board, environment, ts, metric, min(underlying) AS underlying,
               min(atm_strike) AS atm_strike, %s, %s
        FROM option_moneyness
        CROSS JOIN LATERAL (VALUES
            ('iv', iv), ('delta', delta), ('gamma', gamma), ('theta', theta), ('vega', vega),
            ('price', price::double precision), ('volume', volume::double precision),
            ('open_interest', open_interest::double precision),
            ('own_iv', own_iv), ('own_delta', own_delta), ('own_gamma', own_gamma),
            ('own_theta', own_theta), ('own_vega', own_vega), ('iv_difference', iv_difference)
        ) AS m (metric, value)
        WHERE abs(steps_out) <= 10
        GROUP BY board, environment, ts, metric
        $view$, option_matrix_columns('value'), option_matrix_columns('strike'));
END
$$;
COMMENT ON VIEW option_matrices IS
    'One row a minute and metric: values by moneyness for calls and puts, and the strike of each.';

CREATE FUNCTION ensure_option_board(board text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text := 'option_chains_' || board;
BEGIN
    IF board IS NULL OR board !~ '^[0-9a-z]+_[0-9a-z]+$' OR length(board) > 40 THEN
        RAISE EXCEPTION 'board %: expected a maturity and an underlying, 202509_kospi200',
            COALESCE(quote_literal(board), 'NULL') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass(part) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('option_chains'));
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part
                       AND relnamespace = 'public'::regnamespace) THEN
            EXECUTE format('CREATE TABLE %I (LIKE option_chains INCLUDING ALL)', part);
            EXECUTE format('ALTER TABLE option_chains ATTACH PARTITION %I FOR VALUES IN (%L)',
                           part, board);
            EXECUTE format('CREATE VIEW %I AS SELECT * FROM option_matrices WHERE board = %L',
                           'option_matrices_' || board, board);
            EXECUTE format('COMMENT ON VIEW %I IS %L', 'option_matrices_' || board,
                           'option_matrices of the board ' || board || '.');
        END IF;
    END IF;
    RETURN part;
END
$$;
COMMENT ON FUNCTION ensure_option_board(text) IS
    'Make a board''s partition and its view option_matrices_<board>; returns the partition''s name.';

-- What is wrong with what was heard, and which streams there are.

CREATE TABLE market_findings (
    environment environment NOT NULL,
    source text NOT NULL,
    trade_date date NOT NULL,
    venue text NOT NULL,
    symbol text NOT NULL DEFAULT '*',
    kind text NOT NULL,
    count bigint NOT NULL CHECK (count > 0),
    first_at timestamp NOT NULL,
    last_at timestamp NOT NULL,
    example text NOT NULL,
    recorded_at timestamp NOT NULL DEFAULT kst_now(),
    PRIMARY KEY (environment, source, trade_date, venue, symbol, kind),
    CHECK (last_at >= first_at)
);
COMMENT ON TABLE market_findings IS
    'What was found wrong with market data, counted by day, symbol and kind; the first example.';

CREATE TABLE stream_registrations (
    environment environment NOT NULL,
    source text NOT NULL,
    trade_date date NOT NULL,
    line text NOT NULL,
    grp text NOT NULL,
    type text NOT NULL,
    item text NOT NULL,
    requested_at timestamp NOT NULL,
    acknowledged_at timestamp,
    first_message_at timestamp,
    last_message_at timestamp,
    messages bigint NOT NULL DEFAULT 0,
    refused text,
    PRIMARY KEY (environment, source, trade_date, line, grp, type, item)
);
COMMENT ON TABLE stream_registrations IS
    'Each stream asked of a broker: when it was asked for, answered and first heard.';
COMMENT ON COLUMN stream_registrations.grp IS
    'The broker''s group; Kiwoom''s are known as screens 1000 and up.';

-- What strategies signalled. Nothing ever drops it: a start adds to what is there.

CREATE TABLE signals (
    environment environment NOT NULL,
    strategy_id text NOT NULL,
    symbol text NOT NULL,
    name text NOT NULL,
    ts timestamp NOT NULL,
    signal smallint CHECK (signal BETWEEN -1 AND 1),
    figures jsonb NOT NULL CHECK (jsonb_typeof(figures) = 'object'),
    reason text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, strategy_id, symbol, name, ts)
);
CREATE INDEX signals_by_symbol ON signals (environment, symbol, ts);
COMMENT ON TABLE signals IS
    'What a strategy''s rule said of a symbol, and the figures it said so from. The last word counts.';
COMMENT ON COLUMN signals.environment IS 'Where the strategy trades: paper is not real here.';
COMMENT ON COLUMN signals.ts IS 'End of the bar the signal was computed of, KST.';
COMMENT ON COLUMN signals.signal IS '1 long, -1 short, 0 neither; NULL where it is unknown.';
COMMENT ON COLUMN signals.recorded_at IS 'When the collector heard it, KST.';

REVOKE EXECUTE ON FUNCTION ensure_contract_partitions(text[]), ensure_option_board(text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_contract_partitions(text[]), ensure_option_board(text)
    TO trading_writer;
GRANT INSERT, UPDATE ON verified_days, futures_candles, option_candles, contract_rolls, option_chains,
    market_findings, stream_registrations, signals TO trading_writer;
