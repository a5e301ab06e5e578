DROP FUNCTION ensure_contract_partitions(text[]);
DROP FUNCTION ensure_option_board(text);
DROP FUNCTION option_matrix_columns(text);
DROP VIEW option_matrices;
DROP VIEW option_moneyness;
DROP TABLE option_chains, option_candles, futures_candles, contract_rolls;
DROP TABLE market_findings, stream_registrations, verified_days, signals;
ALTER TABLE stock_candles DROP COLUMN session;
