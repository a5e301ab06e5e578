DROP TABLE stock_candles, market_gaps;
DROP FUNCTION ensure_candle_partition(text);
DROP FUNCTION ensure_candle_partitions(text[]);
