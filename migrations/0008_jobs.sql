-- Work that takes longer than a request: done in slices, each committed with the job's new position, so that a process
-- that dies loses nothing and another goes on.

CREATE TABLE jobs (
    tenant_id   bigint      NOT NULL REFERENCES tenants (tenant_id),
    job_id      bigint      NOT NULL CHECK (job_id > 0),
    kind        text        NOT NULL CHECK (kind IN ('campaign_actions', 'event_replay')),
    status      text        NOT NULL CHECK (status IN ('running', 'completed', 'cancelled', 'failed')),
    parameters  json        NOT NULL,
    units       bigint[]    CHECK (array_position(units, NULL) IS NULL),  -- what it is done for, where that was given by name
    position    bigint      NOT NULL DEFAULT 0,  -- where the next slice begins; its meaning is the kind's
    total       bigint      CHECK (total >= 0),  -- null until it is known
    succeeded   bigint      NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
    failed      bigint      NOT NULL DEFAULT 0 CHECK (failed >= 0),
    stumbles    integer     NOT NULL DEFAULT 0 CHECK (stumbles >= 0),  -- slices in a row that could not be done
    due_at      timestamptz,  -- when a slice may be done; while leased, when the lease ends; null at the end
    lease_no    bigint      NOT NULL DEFAULT 0,
    actor       text        NOT NULL CHECK (length(actor) BETWEEN 1 AND 255),
    request_id  text        CHECK (length(request_id) <= 128),
    source      text        CHECK (length(source) BETWEEN 1 AND 255),  -- where it was asked for from, for the audit
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

-- What could not be done, unit by unit.
CREATE TABLE job_problems (
    tenant_id bigint NOT NULL,
    job_id    bigint NOT NULL,
    unit      bigint NOT NULL,  -- such as the campaign's id
    code      text   NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    message   text   NOT NULL CHECK (length(message) BETWEEN 1 AND 1000),
    PRIMARY KEY (tenant_id, job_id, unit),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, job_id) ON DELETE CASCADE
);
