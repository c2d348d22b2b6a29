-- Encryption keys that have sealed something here and may still be needed. The service does not start without one of
-- them. A row is removed by `hearth keys rotate` alone, when no sealed value has its key and no process uses it. The
-- table belongs to no tenant.
CREATE TABLE encryption_keys (
    key_id        text        PRIMARY KEY CHECK (octet_length(key_id) BETWEEN 1 AND 32),
    fingerprint   text        NOT NULL CHECK (length(fingerprint) = 32),  -- tells another key of the same id apart
    first_used_at timestamptz NOT NULL,
    -- Renewed by every process whose newest key it is, before it runs out.
    sealing_until timestamptz NOT NULL
);
