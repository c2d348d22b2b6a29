-- Tenants. Every tenant-owned table, here and later, has tenant_id first in its primary key, its unique constraints and its
-- foreign keys: for isolation, for fairness, and so that the schema can be distributed by it.

-- Numeric ids for everything. A process takes a block of 1,000 with one nextval and counts inside it, so that an id is known
-- before the statement that stores it. Below 2^53, so that every JSON parser keeps it exact.
CREATE SEQUENCE ids AS bigint INCREMENT BY 1000 MINVALUE 1000 MAXVALUE 9007199254740000 START WITH 100000;

CREATE TABLE tenants (
    tenant_id   bigint      PRIMARY KEY CHECK (tenant_id > 0),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    status      text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
    return_urls text[]      NOT NULL DEFAULT '{}',  -- exact prefixes of URLs to which a browser may return after consent
    -- Rate limits of each of its API keys.
    requests_per_minute integer NOT NULL DEFAULT 240 CHECK (requests_per_minute BETWEEN 1 AND 60000),
    requests_per_second integer NOT NULL DEFAULT 10 CHECK (requests_per_second BETWEEN 1 AND 1000),
    created_at  timestamptz NOT NULL,
    purge_at    timestamptz,  -- deadline for destroying the remains of a deleted tenant
    CONSTRAINT deleted_is_purged CHECK ((status = 'deleted') = (purge_at IS NOT NULL))
);

-- Features that a tenant is allowed to use, such as the 'ms-graph' flow.
CREATE TABLE tenant_features (
    tenant_id  bigint      NOT NULL REFERENCES tenants (tenant_id),
    feature    text        NOT NULL CHECK (feature IN ('ms-graph')),
    allowed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, feature)
);

-- The logo that mailbox owners see next to the tenant's name. The image itself, because our pages load nothing from other
-- hosts.
CREATE TABLE tenant_logos (
    tenant_id  bigint      PRIMARY KEY REFERENCES tenants (tenant_id),
    media_type text        NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    image      bytea       NOT NULL CHECK (length(image) BETWEEN 1 AND 262144),
    digest     bytea       NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the image, used in its path
    updated_at timestamptz NOT NULL
);

-- The daily pool of warm-up e-mails, shared by the tenant's active campaigns. It is updated in the commit that starts, pauses
-- or deletes a campaign, so the CHECK enforces the limit.
CREATE TABLE tenant_pools (
    tenant_id     bigint  PRIMARY KEY REFERENCES tenants (tenant_id),
    email_per_day integer NOT NULL CHECK (email_per_day BETWEEN 0 AND 10000000),
    reserved      integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    CONSTRAINT tenant_pool_not_exceeded CHECK (reserved <= email_per_day)
);

-- The position of the tenant's last event. The last write of a transaction takes the next position and keeps the row locked
-- until its commit, so positions are gapless and in commit order.
CREATE TABLE tenant_feeds (
    tenant_id bigint PRIMARY KEY REFERENCES tenants (tenant_id),
    position  bigint NOT NULL DEFAULT 0 CHECK (position >= 0)
);

-- An API key is `hearth_<tenant>_<key id>_<secret>`; only the digest of the secret is stored.
CREATE TABLE api_keys (
    tenant_id  bigint      NOT NULL REFERENCES tenants (tenant_id),
    key_id     bigint      NOT NULL CHECK (key_id > 0),
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    digest     bytea       NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the secret
    scopes     text[]      NOT NULL CHECK (cardinality(scopes) > 0
        AND scopes <@ ARRAY['campaigns:read', 'campaigns:write', 'messages:read', 'messages:write',
            'webhooks', 'keys']),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,  -- to the minute; written in the background
    PRIMARY KEY (tenant_id, key_id)
);

-- A tenant's own Entra application; tenants without one use the operator's application from the environment. Two secrets may
-- overlap during a rotation. Sealed, see docs/decisions/0005-sealed-secrets.md.
CREATE TABLE microsoft_apps (
    tenant_id     bigint      NOT NULL REFERENCES tenants (tenant_id),
    app_id        bigint      NOT NULL CHECK (app_id > 0),
    client_id     text        NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
    secret        bytea       NOT NULL,
    former_secret bytea,
    secret_expires_at timestamptz,  -- as entered by the operator; only used for warnings
    -- Since when Microsoft refuses the application or its secret, and the reason; null once it has accepted them again.
    refused_since timestamptz,
    refusal       text        CHECK (length(refusal) <= 255),
    created_at    timestamptz NOT NULL,
    retired_at    timestamptz,  -- no longer used; its secrets are destroyed
    PRIMARY KEY (tenant_id, app_id),
    UNIQUE (tenant_id, client_id),
    CONSTRAINT retired_has_no_secret CHECK (retired_at IS NULL OR (secret = '' AND former_secret IS NULL)),
    CONSTRAINT refusal_has_its_time CHECK ((refusal IS NULL) = (refused_since IS NULL))
);

-- Current warnings for which partners have received an event. A warning that ends and returns is sent again.
CREATE TABLE told_warnings (
    tenant_id  bigint      NOT NULL REFERENCES tenants (tenant_id),
    code       text        NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    subject_id bigint      NOT NULL,  -- the mailbox or the application
    since      timestamptz NOT NULL,  -- when the warning began; a different time makes it a new warning
    PRIMARY KEY (tenant_id, code, subject_id)
);

-- Receipts of erased mailboxes and tenants: that and when they were erased, and the number of rows per table. No foreign key
-- to the tenant, because a receipt outlives it.
CREATE TABLE erasures (
    tenant_id   bigint      NOT NULL CHECK (tenant_id > 0),
    erasure_id  bigint      NOT NULL CHECK (erasure_id > 0),
    subject     text        NOT NULL CHECK (subject IN ('mailbox', 'tenant')),
    subject_id  bigint      NOT NULL,
    cause       text        NOT NULL CHECK (cause IN ('operator', 'retention')),
    rows        jsonb       NOT NULL DEFAULT '{}',  -- erased rows per table; those of partitions count for their table
    began_at    timestamptz NOT NULL,
    finished_at timestamptz,  -- null while it runs, or if it was interrupted and must be restarted
    PRIMARY KEY (tenant_id, erasure_id)
);

-- The OpenID provider with which a tenant's people sign in to the console. This sign-in never connects a mailbox.
CREATE TABLE tenant_sign_ins (
    tenant_id  bigint      NOT NULL REFERENCES tenants (tenant_id),
    sign_in_id bigint      NOT NULL CHECK (sign_in_id > 0),
    issuer     text        NOT NULL CHECK (length(issuer) BETWEEN 8 AND 2048),
    client_id  text        NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
    secret     bytea       NOT NULL,  -- sealed
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sign_in_id),
    CONSTRAINT one_sign_in_per_tenant UNIQUE (tenant_id)
);

-- The people who may sign in there. A person is identified by the provider's subject, either from the first sign-in with a
-- verified address or as set by the operator.
CREATE TABLE console_members (
    tenant_id    bigint      NOT NULL REFERENCES tenants (tenant_id),
    member_id    bigint      NOT NULL CHECK (member_id > 0),
    email        text        NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    email_key    text        NOT NULL,
    role         text        NOT NULL CHECK (role IN ('administrator', 'manager')),
    subject      text        CHECK (length(subject) BETWEEN 1 AND 255),
    created_at   timestamptz NOT NULL,
    signed_in_at timestamptz,
    PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT one_member_per_address UNIQUE (tenant_id, email_key),
    CONSTRAINT one_member_per_subject UNIQUE (tenant_id, subject)
);

-- Console sessions of a tenant. The cookie has the session's secret; only its digest is stored. A session has no id from the
-- sequence: people sign in to a database in quarantine, whose next ids may already be in use.
CREATE TABLE console_sessions (
    tenant_id  bigint      NOT NULL REFERENCES tenants (tenant_id),
    digest     bytea       NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the secret
    -- The credential used to sign in: an API key, or a member of the tenant's own provider.
    key_id     bigint,
    member_id  bigint,
    source     text        CHECK (length(source) BETWEEN 1 AND 255),  -- the browser's address at the sign-in
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,  -- to the minute
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest),
    FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys (tenant_id, key_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, member_id) REFERENCES console_members (tenant_id, member_id) ON DELETE CASCADE,
    CONSTRAINT session_of_key_or_member CHECK (num_nonnulls(key_id, member_id) = 1)
);

CREATE INDEX console_sessions_by_key ON console_sessions (tenant_id, key_id) WHERE key_id IS NOT NULL;
CREATE INDEX console_sessions_by_member ON console_sessions (tenant_id, member_id) WHERE member_id IS NOT NULL;

-- Sessions of the operator's console, which belong to no tenant.
CREATE TABLE operator_sessions (
    digest     bytea       PRIMARY KEY CHECK (length(digest) = 32),
    source     text        CHECK (length(source) BETWEEN 1 AND 255),
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
