-- Answers to requests with an Idempotency-Key, kept for 24 hours. A call that makes no request to Microsoft inserts its
-- finished row in the commit of its effect; one that does holds the row under a lease meanwhile.

CREATE TABLE idempotency_keys (
    tenant_id   bigint      NOT NULL REFERENCES tenants (tenant_id),
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea       NOT NULL CHECK (length(fingerprint) = 32),  -- SHA-256 of method, path and decoded body
    status_code integer     CHECK (status_code BETWEEN 200 AND 299),
    answer      bytea,  -- sealed: headers and body; null while the call runs
    lease_until timestamptz,
    lease_no    integer     NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT finished_or_leased CHECK ((answer IS NULL) = (lease_until IS NOT NULL)),
    CONSTRAINT answer_has_status CHECK ((answer IS NULL) = (status_code IS NULL))
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
