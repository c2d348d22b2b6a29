-- Finding due work costs by what is due, and what a cluster does once is done by one process of it.

-- Whether its endpoint is disabled, so that nobody need look at it. Set by the worker that finds it, undone by enabling.
ALTER TABLE webhook_lanes ADD COLUMN is_frozen boolean NOT NULL DEFAULT false;

-- A lane with something to send is in one of the two.
DROP INDEX due_lanes;
CREATE INDEX due_lanes ON webhook_lanes (tenant_id, endpoint_id, due_at) WHERE due_at IS NOT NULL AND NOT is_frozen;
CREATE INDEX frozen_lanes ON webhook_lanes (tenant_id, endpoint_id) WHERE due_at IS NOT NULL AND is_frozen;

-- Grants of tenants' own applications by their times, whichever application it is.
CREATE INDEX due_own_grants ON grants (due_at) WHERE state = 'live' AND due_at IS NOT NULL AND app_id IS NOT NULL;
-- What is to be forgotten or warned of is found without a look at everything else.
CREATE INDEX former_secrets ON webhook_endpoints (former_until) WHERE former_until IS NOT NULL;
CREATE INDEX ending_secrets ON microsoft_apps (secret_expires_at) WHERE retired_at IS NULL AND secret_expires_at IS NOT NULL;
CREATE INDEX refused_applications ON microsoft_apps (tenant_id, app_id) WHERE retired_at IS NULL AND refused_since IS NOT NULL;

-- What a cluster does once in each period, whichever of its processes does it. Belongs to no tenant; in no backup.
CREATE TABLE periodic_tasks (
    task            text        PRIMARY KEY CHECK (length(task) BETWEEN 1 AND 64),
    due_at          timestamptz NOT NULL,
    lease_until     timestamptz,  -- while a process runs it
    lease_no        bigint      NOT NULL DEFAULT 0,
    failures        integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- runs in a row that failed or whose process died
    last_success_at timestamptz
);

-- What one process has counted, for all processes to show. Belongs to no tenant; in no backup.
CREATE TABLE cluster_gauges (
    gauge       text             NOT NULL CHECK (length(gauge) BETWEEN 1 AND 128),
    label       text             NOT NULL,  -- '' where it has none
    label_value text             NOT NULL,
    value       double precision NOT NULL,
    PRIMARY KEY (gauge, label_value)
);
