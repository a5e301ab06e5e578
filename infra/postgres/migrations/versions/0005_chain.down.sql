ALTER TABLE oms_events DROP COLUMN payload_text, DROP COLUMN prev_hash, DROP COLUMN hash;
