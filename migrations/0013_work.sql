-- Makes the cost of finding due work proportional to the work that is due, and lets one process of a cluster do what must be
-- done once.

-- Whether the lane's endpoint is disabled, so that workers skip it. Set by the worker that notices it, cleared by enabling.
ALTER TABLE webhook_lanes ADD COLUMN is_frozen boolean NOT NULL DEFAULT false;

-- A lane with pending deliveries is in exactly one of these.
DROP INDEX due_lanes;
CREATE INDEX due_lanes ON webhook_lanes (tenant_id, endpoint_id, due_at) WHERE due_at IS NOT NULL AND NOT is_frozen;
CREATE INDEX frozen_lanes ON webhook_lanes (tenant_id, endpoint_id) WHERE due_at IS NOT NULL AND is_frozen;

-- Grants of tenants' own applications by due time, across applications.
CREATE INDEX due_own_grants ON grants (due_at) WHERE state = 'live' AND due_at IS NOT NULL AND app_id IS NOT NULL;
-- To find rows to clean up or to warn about without scanning everything else.
CREATE INDEX former_secrets ON webhook_endpoints (former_until) WHERE former_until IS NOT NULL;
CREATE INDEX ending_secrets ON microsoft_apps (secret_expires_at) WHERE retired_at IS NULL AND secret_expires_at IS NOT NULL;
CREATE INDEX refused_applications ON microsoft_apps (tenant_id, app_id) WHERE retired_at IS NULL AND refused_since IS NOT NULL;

-- Tasks that one process of the cluster does in each period. Belongs to no tenant; in no backup.
CREATE TABLE periodic_tasks (
    task            text        PRIMARY KEY CHECK (length(task) BETWEEN 1 AND 64),
    due_at          timestamptz NOT NULL,
    lease_until     timestamptz,  -- while a process runs it
    lease_no        bigint      NOT NULL DEFAULT 0,
    failures        integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- consecutive runs that failed or whose process died
    last_success_at timestamptz
);

-- Figures counted by one process and shown by all. Belongs to no tenant; in no backup.
CREATE TABLE cluster_gauges (
    gauge       text             NOT NULL CHECK (length(gauge) BETWEEN 1 AND 128),
    label       text             NOT NULL,  -- '' if there is none
    label_value text             NOT NULL,
    value       double precision NOT NULL,
    PRIMARY KEY (gauge, label_value)
);
