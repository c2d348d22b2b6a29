-- A campaign is one use of a mailbox. Its status changes only as campaign_transitions allows, one version at a time, and the
-- database itself rejects a commit that changes it without a history row and an event.

-- The allowed transitions; they belong to no tenant. A test compares this table with the rules, row by row.
CREATE TABLE campaign_transitions (
    from_status text NOT NULL CHECK (from_status IN ('none', 'pending', 'active', 'paused', 'deleted')),
    command     text NOT NULL,
    to_status   text NOT NULL CHECK (to_status IN ('pending', 'active', 'paused', 'deleted')),
    PRIMARY KEY (from_status, command, to_status)
);

INSERT INTO campaign_transitions (from_status, command, to_status) VALUES
    ('none',    'consent',   'pending'),
    ('pending', 'start',     'active'),
    ('pending', 'resume',    'active'),
    ('pending', 'consent',   'pending'),
    ('pending', 'reconnect', 'pending'),
    ('pending', 'delete',    'deleted'),
    ('active',  'pause',     'paused'),
    ('active',  'consent',   'active'),
    ('active',  'reconnect', 'active'),
    ('active',  'fault',     'paused'),
    ('active',  'delete',    'deleted'),
    ('paused',  'start',     'active'),
    ('paused',  'resume',    'active'),
    ('paused',  'consent',   'pending'),
    ('paused',  'reconnect', 'paused'),
    ('paused',  'delete',    'deleted');

CREATE TABLE campaigns (
    tenant_id            bigint      NOT NULL REFERENCES tenants (tenant_id),
    campaign_id          bigint      NOT NULL CHECK (campaign_id > 0),
    mailbox_id           bigint      NOT NULL,
    consent_id           bigint      NOT NULL,  -- the last one that connected it; no foreign key, because consents refer to campaigns
    status               text        NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'deleted')),
    version              integer     NOT NULL CHECK (version > 0),
    settings_version     integer     NOT NULL DEFAULT 1 CHECK (settings_version > 0),
    event_sequence       integer     NOT NULL DEFAULT 0 CHECK (event_sequence >= 0),
    connection_problem   text,  -- a code, while the connection has a fault
    email                text        NOT NULL CHECK (length(email) BETWEEN 3 AND 320),  -- as requested
    email_key            text        NOT NULL,  -- the same, case-folded and IDNA-normalised
    mailbox_address      text        NOT NULL CHECK (length(mailbox_address) BETWEEN 3 AND 320),  -- as reported by Graph
    first_name           text        NOT NULL DEFAULT '' CHECK (length(first_name) <= 255),
    last_name            text        NOT NULL DEFAULT '' CHECK (length(last_name) <= 255),
    owner_email          text        CHECK (length(owner_email) BETWEEN 3 AND 320),
    smtp_type            text        NOT NULL CHECK (smtp_type IN ('outlook', 'office 365')),
    email_per_day        integer     NOT NULL CHECK (email_per_day BETWEEN 0 AND 2000),
    response_rate        integer     NOT NULL CHECK (response_rate BETWEEN 0 AND 100),
    with_rampup          boolean     NOT NULL,
    rampup_speed         text        NOT NULL CHECK (rampup_speed IN ('slow', 'normal', 'fast')),
    timezone             text        NOT NULL CHECK (length(timezone) BETWEEN 1 AND 64),
    sending_schedule     text        CHECK (length(sending_schedule) BETWEEN 1 AND 64),  -- a preset's name, or
    sending_windows      json,  -- the partner's own windows, as the API shows them
    warmup_audience_type text        NOT NULL CHECK (warmup_audience_type IN ('inherit', 'all', 'business', 'consumer')),
    tags                 text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 100),
    meta                 json,  -- json, not jsonb: the partner's own text, byte for byte
    external_id          text        CHECK (length(external_id) BETWEEN 1 AND 255),  -- its id in the service it was imported from
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    deleted_at           timestamptz,
    stalls_at            timestamptz,  -- when the stall event is due; null if it is not pending, and once sent
    PRIMARY KEY (tenant_id, campaign_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT campaign_has_one_schedule CHECK ((sending_schedule IS NULL) <> (sending_windows IS NULL)),
    CONSTRAINT only_pending_stalls CHECK (stalls_at IS NULL OR status = 'pending'),
    CONSTRAINT deleted_when_it_says CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
);

CREATE UNIQUE INDEX one_live_campaign_per_mailbox ON campaigns (tenant_id, mailbox_id) WHERE status <> 'deleted';
CREATE INDEX live_campaigns ON campaigns (tenant_id, campaign_id) WHERE status <> 'deleted';
CREATE INDEX live_campaigns_by_email ON campaigns (tenant_id, email_key) WHERE status <> 'deleted';
CREATE INDEX live_campaigns_by_address ON campaigns (tenant_id, lower(mailbox_address)) WHERE status <> 'deleted';
CREATE INDEX live_campaigns_by_tag ON campaigns USING gin (tags) WHERE status <> 'deleted';
CREATE INDEX stalling_campaigns ON campaigns (stalls_at) WHERE stalls_at IS NOT NULL;
CREATE INDEX campaigns_by_external_id ON campaigns (tenant_id, external_id) WHERE external_id IS NOT NULL;

-- One row per version: who changed the campaign, when, why, from and to which status, and with which event.
CREATE TABLE campaign_history (
    tenant_id        bigint      NOT NULL,
    campaign_id      bigint      NOT NULL,
    version          integer     NOT NULL CHECK (version > 0),
    from_status      text        NOT NULL,
    command          text        NOT NULL,
    to_status        text        NOT NULL,
    actor            text        NOT NULL CHECK (length(actor) BETWEEN 1 AND 255),
    reason           text        CHECK (length(reason) <= 1000),
    request_id       text        CHECK (length(request_id) <= 128),
    event_position   bigint      NOT NULL,
    occurred_at      timestamptz NOT NULL,  -- also created_at of the event
    PRIMARY KEY (tenant_id, campaign_id, version),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, campaign_id),
    FOREIGN KEY (from_status, command, to_status) REFERENCES campaign_transitions (from_status, command, to_status)
);

CREATE FUNCTION refuse_illegal_campaign_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a campaign begins pending at version 1'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_begins_pending', TABLE = 'campaigns';
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        -- An erasure names its tenant in a setting of its transaction.
        IF OLD.status <> 'deleted' AND current_setting('hearth.erasure', true) IS DISTINCT FROM OLD.tenant_id::text THEN
            RAISE EXCEPTION 'only a deleted campaign may be purged'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_purged_when_deleted', TABLE = 'campaigns';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.tenant_id <> OLD.tenant_id OR NEW.campaign_id <> OLD.campaign_id OR NEW.mailbox_id <> OLD.mailbox_id THEN
        RAISE EXCEPTION 'a campaign keeps its tenant, its id and its mailbox'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_keeps_identity', TABLE = 'campaigns';
    END IF;
    IF NEW.status = OLD.status AND NEW.version = OLD.version THEN
        RETURN NEW;  -- no transition: new settings, or a new connection problem
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a transition adds exactly 1 to the version'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_version_plus_one', TABLE = 'campaigns';
    END IF;
    IF NOT EXISTS (SELECT FROM campaign_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'a campaign does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_transition_allowed', TABLE = 'campaigns';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_illegal_campaign_change BEFORE INSERT OR UPDATE OR DELETE ON campaigns
    FOR EACH ROW EXECUTE FUNCTION refuse_illegal_campaign_change();
