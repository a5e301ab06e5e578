-- The journal's chain: each row carries the hash of the row before it and its own. Rows that were
-- here before have none; the first one that has begins the chain.

ALTER TABLE oms_events
    ADD COLUMN payload_text text,
    ADD COLUMN prev_hash bytea,
    ADD COLUMN hash bytea;
COMMENT ON COLUMN oms_events.payload_text IS
    'The payload byte for byte as it was journaled: what the hash is taken of. jsonb keeps less.';
COMMENT ON COLUMN oms_events.prev_hash IS
    'The hash of the row before; 32 zero bytes where the chain begins, NULL before it does.';
COMMENT ON COLUMN oms_events.hash IS
    'sha256 of prev_hash and seq|turn|at_ns|direction|bytes of payload_text|kind|payload_text.';
