-- Webhook delivery. A lane is the queue of one endpoint for one campaign: its head is sent, its successors wait. Lanes never
-- wait for each other. Workers claim lanes, not deliveries.

CREATE TABLE webhook_endpoints (
    tenant_id       bigint      NOT NULL REFERENCES tenants (tenant_id),
    endpoint_id     bigint      NOT NULL CHECK (endpoint_id > 0),
    url             text        NOT NULL CHECK (length(url) BETWEEN 8 AND 2048),
    events          text[]      NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 100),  -- '*' for every type
    -- Only this owner's events are sent there; null for all. Addresses are compared by key.
    owner_email     text        CHECK (length(owner_email) BETWEEN 3 AND 255),
    owner_key       text,
    description     text        CHECK (length(description) BETWEEN 1 AND 255),
    secret          bytea,  -- sealed; destroyed on deletion
    -- The secret before a rotation, which also signs until former_until.
    former_secret   bytea,
    former_until    timestamptz,
    -- 'deleted' is hidden and receives nothing; the row is removed with its lanes soon after.
    status          text        NOT NULL CHECK (status IN ('enabled', 'disabled', 'deleted')),
    disabled_reason text        CHECK (disabled_reason IN ('requested', 'failing', 'gone')),
    -- Consecutive failures over all its lanes; after ten the endpoint is blocked for increasing periods.
    failures        integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    failing_since   timestamptz,
    blocked_until   timestamptz,
    -- Whether the feed says that it is failing or disabled, and not yet that it has recovered.
    is_announced    boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id),
    CONSTRAINT owner_has_a_key CHECK ((owner_email IS NULL) = (owner_key IS NULL)),
    CONSTRAINT secret_until_deletion CHECK ((secret IS NULL) = (status = 'deleted')),
    CONSTRAINT former_secret_has_an_end CHECK ((former_secret IS NULL) = (former_until IS NULL)),
    CONSTRAINT reason_exactly_when_disabled CHECK ((disabled_reason IS NOT NULL) = (status = 'disabled'))
);

CREATE INDEX deleted_endpoints ON webhook_endpoints (tenant_id, endpoint_id) WHERE status = 'deleted';

CREATE TABLE webhook_lanes (
    tenant_id   bigint      NOT NULL,
    endpoint_id bigint      NOT NULL,
    lane_key    text        NOT NULL,  -- the events' ordering key; 'replay:<id>' for a replay, 'replay:<job>:<ordering key>' for many
    next        bigint      NOT NULL DEFAULT 1,  -- the head: the first delivery not yet settled
    last        bigint      NOT NULL,            -- the newest delivery
    attempt     integer     NOT NULL DEFAULT 0 CHECK (attempt >= 0),  -- attempts to send the head so far
    due_at      timestamptz,  -- when the head may be sent; while leased, when the lease ends; null if empty
    lease_no    bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, endpoint_id, lane_key),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, endpoint_id) ON DELETE CASCADE,
    CONSTRAINT due_exactly_when_pending CHECK ((due_at IS NULL) = (next > last))
);

CREATE INDEX due_lanes ON webhook_lanes (tenant_id, endpoint_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_deliveries (
    tenant_id        bigint      NOT NULL,
    endpoint_id      bigint      NOT NULL,
    lane_key         text        NOT NULL,
    number           bigint      NOT NULL CHECK (number > 0),
    event_position   bigint      NOT NULL,
    event_created_at timestamptz NOT NULL,
    status           text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'exhausted')),
    delivered_at     timestamptz,
    exhausted_at     timestamptz,
    PRIMARY KEY (tenant_id, endpoint_id, lane_key, number),
    FOREIGN KEY (tenant_id, endpoint_id, lane_key)
        REFERENCES webhook_lanes (tenant_id, endpoint_id, lane_key) ON DELETE CASCADE,
    CONSTRAINT delivered_at_a_time CHECK ((delivered_at IS NOT NULL) = (status = 'delivered')),
    CONSTRAINT exhausted_at_a_time CHECK ((exhausted_at IS NOT NULL) = (status = 'exhausted'))
);

-- The deliveries of an event, and the newest deliveries of an endpoint.
CREATE INDEX deliveries_by_event ON webhook_deliveries (tenant_id, endpoint_id, event_position, lane_key, number);
-- On a column that an accepted delivery never changes, so that settling it updates no index.
CREATE INDEX exhausted_deliveries ON webhook_deliveries (tenant_id, endpoint_id, event_position, lane_key, number)
    WHERE exhausted_at IS NOT NULL;

-- Every attempt and its response. Partitioned by month like the events.
CREATE TABLE webhook_attempts (
    tenant_id    bigint      NOT NULL,
    endpoint_id  bigint      NOT NULL,
    lane_key     text        NOT NULL,
    number       bigint      NOT NULL,
    attempted_at timestamptz NOT NULL,
    lease_no     bigint      NOT NULL,
    attempt      integer     NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('accepted', 'refused', 'unreachable', 'gone')),
    status_code  integer,
    duration_ms  integer     NOT NULL CHECK (duration_ms >= 0),
    answer       text        CHECK (octet_length(answer) <= 4096),  -- the first 1 kB of the response
    error        text        CHECK (length(error) <= 1000),
    PRIMARY KEY (tenant_id, endpoint_id, lane_key, number, lease_no, attempted_at)
) PARTITION BY RANGE (attempted_at);
