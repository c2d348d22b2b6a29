-- Work that takes longer than a request. It is done in slices, each committed with the job's new position, so that nothing is
-- lost if a process dies and another continues.

CREATE TABLE jobs (
    tenant_id   bigint      NOT NULL REFERENCES tenants (tenant_id),
    job_id      bigint      NOT NULL CHECK (job_id > 0),
    kind        text        NOT NULL CHECK (kind IN ('campaign_actions', 'event_replay')),
    status      text        NOT NULL CHECK (status IN ('running', 'completed', 'cancelled', 'failed')),
    parameters  json        NOT NULL,
    units       bigint[]    CHECK (array_position(units, NULL) IS NULL),  -- the units to process, if they were listed
    position    bigint      NOT NULL DEFAULT 0,  -- where the next slice begins; its meaning depends on the kind
    total       bigint      CHECK (total >= 0),  -- null until it is known
    succeeded   bigint      NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
    failed      bigint      NOT NULL DEFAULT 0 CHECK (failed >= 0),
    retries    integer     NOT NULL DEFAULT 0 CHECK (retries >= 0),  -- consecutive failed slices
    due_at      timestamptz,  -- when the next slice may run; while leased, when the lease ends; null when finished
    lease_no    bigint      NOT NULL DEFAULT 0,
    actor       text        NOT NULL CHECK (length(actor) BETWEEN 1 AND 255),
    request_id  text        CHECK (length(request_id) <= 128),
    source      text        CHECK (length(source) BETWEEN 1 AND 255),  -- the address that requested it, for the audit
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    finished_at timestamptz,
    end_reason  text        CHECK (end_reason IN ('REQUESTED', 'KEY_REVOKED', 'MEMBER_REMOVED', 'GIVEN_UP')),
    PRIMARY KEY (tenant_id, job_id),
    CONSTRAINT due_exactly_while_running CHECK ((due_at IS NOT NULL) = (status = 'running')),
    CONSTRAINT finished_exactly_at_the_end CHECK ((finished_at IS NULL) = (status = 'running')),
    CONSTRAINT reason_exactly_when_cut_short CHECK ((end_reason IS NOT NULL) = (status IN ('cancelled', 'failed')))
);

CREATE INDEX due_jobs ON jobs (tenant_id, due_at) WHERE due_at IS NOT NULL;

-- The units that failed.
CREATE TABLE job_problems (
    tenant_id bigint NOT NULL,
    job_id    bigint NOT NULL,
    unit      bigint NOT NULL,  -- such as the campaign's id
    code      text   NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    message   text   NOT NULL CHECK (length(message) BETWEEN 1 AND 1000),
    PRIMARY KEY (tenant_id, job_id, unit),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, job_id) ON DELETE CASCADE
);
