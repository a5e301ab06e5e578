-- What research is made from, point in time: a figure is kept with the day it is about (as_of) and
-- the earliest instant at which anybody could have known it (available_at). A figure that is told
-- otherwise later is a further row with a later available_at, so "as known at 08:00" is a question
-- with one answer for ever. Rows are written once and stay (docs/research.md).

CREATE TABLE research_daily (
    environment environment NOT NULL,
    symbol text NOT NULL CHECK (symbol ~ '^[0-9A-Z]{6,7}$'),
    as_of date NOT NULL,
    available_at timestamp NOT NULL,
    open integer NOT NULL CHECK (open > 0),
    high integer NOT NULL,
    low integer NOT NULL CHECK (low > 0),
    close integer NOT NULL CHECK (close > 0),
    volume bigint NOT NULL CHECK (volume >= 0),
    value_krw bigint CHECK (value_krw >= 0),
    source text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, symbol, as_of, available_at),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close),
    CHECK (recorded_at >= available_at)
);
COMMENT ON TABLE research_daily IS
    'Completed days of stocks, KRW and shares. Known ten minutes after that day''s close: 15:40.';
COMMENT ON COLUMN research_daily.value_krw IS 'Value traded; NULL where the source did not tell.';

CREATE TABLE research_flow (
    environment environment NOT NULL,
    symbol text NOT NULL CHECK (symbol ~ '^[0-9A-Z]{6,7}$'),
    as_of date NOT NULL,
    available_at timestamp NOT NULL,
    foreign_net bigint,
    institution_net bigint,
    foreign_net_krw bigint,
    institution_net_krw bigint,
    source text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, symbol, as_of, available_at),
    CHECK (num_nonnulls(foreign_net, institution_net, foreign_net_krw, institution_net_krw) > 0),
    CHECK (recorded_at >= available_at)
);
COMMENT ON TABLE research_flow IS
    'Net buying of foreigners and institutions on a day, shares and KRW; NULL is not told. Known at '
    '18:00 of that day; from KIS at 15:40.';
COMMENT ON COLUMN research_flow.source IS
    'Who told. A name that ends in shares*close: the KRW figures are shares times the day''s close.';

CREATE TABLE research_index (
    environment environment NOT NULL,
    index_code text NOT NULL,
    as_of date NOT NULL,
    available_at timestamp NOT NULL,
    open numeric NOT NULL CHECK (open > 0),
    high numeric NOT NULL,
    low numeric NOT NULL CHECK (low > 0),
    close numeric NOT NULL CHECK (close > 0),
    source text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, index_code, as_of, available_at),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close),
    CHECK (recorded_at >= available_at)
);
COMMENT ON TABLE research_index IS
    'Completed days of an index, points. Codes are KIS''s: 0001 KOSPI, 1001 KOSDAQ. Known as '
    'research_daily is.';

CREATE TABLE research_fx (
    environment environment NOT NULL,
    pair text NOT NULL CHECK (pair ~ '^[A-Z]{3}/[A-Z]{3}$'),
    as_of date NOT NULL,
    available_at timestamp NOT NULL,
    close double precision NOT NULL CHECK (close > 0),
    source text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, pair, as_of, available_at),
    CHECK (recorded_at >= available_at)
);
COMMENT ON TABLE research_fx IS
    'Daily closes of a currency pair, a real series or nothing. Known at 08:00 of the day after.';

CREATE TABLE research_listing (
    environment environment NOT NULL,
    symbol text NOT NULL CHECK (symbol ~ '^[0-9A-Z]{6,7}$'),
    as_of date NOT NULL,
    available_at timestamp NOT NULL,
    market text,
    name text,
    market_cap_krw bigint CHECK (market_cap_krw > 0),
    halted boolean,
    administrative boolean,
    warning text CHECK (warning IN ('NONE', 'CAUTION', 'WARNING', 'RISK')),
    liquidation boolean,
    spac boolean,
    etf boolean,
    preferred boolean,
    source text NOT NULL,
    recorded_at timestamp NOT NULL,
    PRIMARY KEY (environment, symbol, as_of, available_at),
    CHECK (recorded_at >= available_at)
);
COMMENT ON TABLE research_listing IS
    'What a listed name was on a day; NULL is not told. Known when it was fetched; the exchange''s '
    'own file of a past day at 18:00 of that day.';

CREATE TABLE research_artifacts (
    environment environment NOT NULL,
    strategy_id text NOT NULL,
    trade_date date NOT NULL,
    content_hash text NOT NULL,
    schema_version integer NOT NULL,
    config_hash text NOT NULL,
    data_as_of date NOT NULL,
    made_at timestamp NOT NULL,
    content_text text NOT NULL,
    content jsonb NOT NULL GENERATED ALWAYS AS (content_text::jsonb) STORED,
    PRIMARY KEY (environment, strategy_id, trade_date, content_hash),
    CHECK (data_as_of < trade_date)
);
COMMENT ON TABLE research_artifacts IS
    'What a strategy''s research came to for a trade date. Made again from the same data and rules '
    'it is the same row; otherwise another one, and the newest made_at counts.';
COMMENT ON COLUMN research_artifacts.content_text IS
    'The JSON text that content_hash was taken of, byte for byte; content is the same, to query.';

CREATE TABLE research_progress (
    environment environment NOT NULL,
    source text NOT NULL,
    dataset text NOT NULL CHECK (dataset IN ('daily', 'flow', 'index', 'fx', 'listing')),
    subject text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    rows integer NOT NULL CHECK (rows >= 0),
    done_at timestamp NOT NULL,
    PRIMARY KEY (environment, source, dataset, subject, first_day, last_day),
    CHECK (first_day <= last_day)
);
COMMENT ON TABLE research_progress IS
    'Which days of what a source has been asked and has answered: written with the rows it gave, so '
    'a run that was killed goes on where it stopped.';
COMMENT ON COLUMN research_progress.subject IS 'Symbol, index code, pair; * is all of them.';

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'research_daily', 'research_flow', 'research_index', 'research_fx', 'research_listing',
        'research_artifacts'
    ] LOOP
        EXECUTE format('GRANT INSERT ON %I TO trading_writer', table_name);
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
            'FOR EACH ROW EXECUTE FUNCTION refuse_change()', table_name);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE ON research_progress TO trading_writer;
