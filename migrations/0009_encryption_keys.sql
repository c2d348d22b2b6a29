-- Encryption keys that have sealed values here and may still be needed. The service does not start if one of them is missing.
-- Only `hearth keys rotate` removes a row, once no sealed value needs the key and no process uses it. Belongs to no tenant.
CREATE TABLE encryption_keys (
    key_id        text        PRIMARY KEY CHECK (octet_length(key_id) BETWEEN 1 AND 32),
    fingerprint   text        NOT NULL CHECK (length(fingerprint) = 32),  -- detects a different key with the same id
    first_used_at timestamptz NOT NULL,
    -- Extended, before it expires, by every process that seals with this key.
    sealing_until timestamptz NOT NULL
);
