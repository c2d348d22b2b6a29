-- A mailbox is an account at Microsoft, identified by (tid, oid) and never by an address. A grant holds the tokens of one
-- consent.

CREATE TABLE mailboxes (
    tenant_id           bigint      NOT NULL REFERENCES tenants (tenant_id),
    mailbox_id          bigint      NOT NULL CHECK (mailbox_id > 0),
    tid                 uuid        NOT NULL,  -- Microsoft tenant, from the verified id_token
    oid                 uuid        NOT NULL,  -- account within it, likewise
    address             text        NOT NULL CHECK (length(address) BETWEEN 3 AND 320),  -- as reported by Graph
    address_key         text        NOT NULL,  -- the requested address, case-folded and IDNA-normalised
    user_principal_name text        NOT NULL,
    account_type        text        NOT NULL CHECK (account_type IN ('personal', 'organisation')),
    grant_id            bigint,
    problem             text,  -- a CONNECTION_... code, while its connection does not work
    problem_since       timestamptz,
    last_success_at     timestamptz,  -- when a call with its token last succeeded, to the hour
    standalone          boolean     NOT NULL DEFAULT false,  -- connected independently: it outlives its campaigns
    disconnected_at     timestamptz,  -- by its partner; the tokens are destroyed, the id is kept for a reconnect
    deleted_at          timestamptz,  -- by its partner; no longer shown
    purge_at            timestamptz,  -- deadline for destroying the remains of a deleted mailbox
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, mailbox_id),
    CONSTRAINT problem_has_its_time CHECK ((problem IS NULL) = (problem_since IS NULL)),
    CONSTRAINT deleted_is_disconnected CHECK (deleted_at IS NULL OR (disconnected_at IS NOT NULL AND grant_id IS NULL)),
    CONSTRAINT deleted_is_purged CHECK ((deleted_at IS NULL) = (purge_at IS NULL)),
    CONSTRAINT one_mailbox_per_identity UNIQUE (tenant_id, tid, oid)
);

CREATE INDEX mailboxes_by_address ON mailboxes (tenant_id, address_key);

-- Tokens are sealed with AES-256-GCM, bound to (tenant, grant, purpose). A grant that is no longer live keeps its row,
-- because the history of campaigns refers to it, but has no tokens.
CREATE TABLE grants (
    tenant_id        bigint      NOT NULL,
    grant_id         bigint      NOT NULL CHECK (grant_id > 0),
    mailbox_id       bigint      NOT NULL,
    app_id           bigint,  -- null: the operator's application
    level            text        NOT NULL CHECK (level IN ('send', 'read_only', 'read_send', 'warmup')),
    scopes           text[]      NOT NULL,
    state            text        NOT NULL CHECK (state IN ('live', 'dead', 'replaced')),
    problem          text,  -- the code that ended it, if dead
    access_token     bytea,
    access_expires_at timestamptz,
    refresh_token    bytea,
    version          integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    lease_until      timestamptz,
    lease_no         integer     NOT NULL DEFAULT 0,
    -- A process died between requesting a new token and storing it: Microsoft may have invalidated the old one.
    interrupted      boolean     NOT NULL DEFAULT false,
    due_at           timestamptz,  -- when it needs attention next; during that, when it may be retried
    retries         integer     NOT NULL DEFAULT 0 CHECK (retries >= 0),  -- consecutive transient faults
    suspected_problem text,  -- a problem that Graph has reported once; confirmed if Graph reports it again later
    suspected_at     timestamptz,  -- when Graph first reported it
    created_at       timestamptz NOT NULL,
    refreshed_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, grant_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES microsoft_apps (tenant_id, app_id),
    CONSTRAINT suspicion_has_its_time CHECK ((suspected_problem IS NULL) = (suspected_at IS NULL)),
    CONSTRAINT live_grant_has_tokens CHECK (state <> 'live' OR refresh_token IS NOT NULL),
    CONSTRAINT ended_grant_has_none CHECK (state = 'live' OR (refresh_token IS NULL AND access_token IS NULL))
);

-- Separate indexes, so that the grants of an application that Microsoft refuses, possibly all of them, are not even scanned.
CREATE INDEX due_grants ON grants (due_at) WHERE state = 'live' AND due_at IS NOT NULL AND app_id IS NULL;
CREATE INDEX due_grants_by_application ON grants (tenant_id, app_id, due_at)
    WHERE state = 'live' AND due_at IS NOT NULL AND app_id IS NOT NULL;
CREATE INDEX idle_grants ON grants (refreshed_at) WHERE state = 'live';
CREATE UNIQUE INDEX one_live_grant_per_mailbox ON grants (tenant_id, mailbox_id) WHERE state = 'live';

ALTER TABLE mailboxes ADD FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, grant_id);
