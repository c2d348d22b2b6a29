-- A consent is a link that an owner may follow until it ends. It contains everything that the campaign will be created with,
-- so that the partner's names, settings, tags and meta reach the campaign without passing through anything else.

CREATE TABLE consents (
    tenant_id            bigint      NOT NULL REFERENCES tenants (tenant_id),
    consent_id           bigint      NOT NULL CHECK (consent_id > 0),
    kind                 text        NOT NULL CHECK (kind IN ('connect', 'reconnect', 'mailbox')),  -- 'mailbox': without a campaign
    reconnects           bigint,  -- the campaign to reconnect; null if none uses the mailbox
    app_id               bigint,  -- null: the operator's application
    status               text        NOT NULL CHECK (status IN ('open', 'redeeming', 'completed', 'expired', 'revoked')),
    -- The result of the last attempt that did not complete. The link stays open.
    outcome              text        CHECK (outcome IN ('declined', 'admin_required', 'mismatched', 'scope_missing', 'failed')),
    outcome_code         text,
    announced            text[]      NOT NULL DEFAULT '{}',  -- outcome codes whose event has been sent, once per consent
    attempts             integer     NOT NULL DEFAULT 0,
    lease_until          timestamptz,
    lease_no             integer     NOT NULL DEFAULT 0,
    codes                text[]      NOT NULL DEFAULT '{}',  -- base64url SHA-256 of each claimed authorization code: none is redeemed twice
    seed                 bytea       NOT NULL,  -- sealed; state secret, nonce and PKCE verifier are derived from it
    level                text        NOT NULL CHECK (level IN ('send', 'read_only', 'read_send', 'warmup')),
    shared               boolean     NOT NULL DEFAULT false,  -- whether mailboxes shared with the owner are requested too
    return_url           text        CHECK (length(return_url) <= 2048),
    campaign_id          bigint,  -- the result of a completed consent
    mailbox_id           bigint,  -- likewise; for a reconnect, set from the beginning
    invitation_id        bigint,  -- the invitation whose button was pressed
    email                text        NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    email_key            text        NOT NULL,
    first_name           text        NOT NULL DEFAULT '' CHECK (length(first_name) <= 255),
    last_name            text        NOT NULL DEFAULT '' CHECK (length(last_name) <= 255),
    owner_email          text        CHECK (length(owner_email) BETWEEN 3 AND 320),
    email_per_day        integer     NOT NULL CHECK (email_per_day BETWEEN 0 AND 2000),
    response_rate        integer     NOT NULL CHECK (response_rate BETWEEN 0 AND 100),
    with_rampup          boolean     NOT NULL,
    rampup_speed         text        NOT NULL CHECK (rampup_speed IN ('slow', 'normal', 'fast')),
    timezone             text        NOT NULL CHECK (length(timezone) BETWEEN 1 AND 64),
    sending_schedule     text        CHECK (length(sending_schedule) BETWEEN 1 AND 64),  -- a preset's name, or
    sending_windows      json,  -- the partner's own windows, as the API shows them
    warmup_audience_type text        NOT NULL CHECK (warmup_audience_type IN ('inherit', 'all', 'business', 'consumer')),
    tags                 text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 100),
    meta                 json,
    external_id          text        CHECK (length(external_id) BETWEEN 1 AND 255),  -- copied to its campaign
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    expires_at           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, consent_id),
    FOREIGN KEY (tenant_id, reconnects) REFERENCES campaigns (tenant_id, campaign_id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, campaign_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES microsoft_apps (tenant_id, app_id),
    CONSTRAINT consent_has_one_schedule CHECK ((sending_schedule IS NULL) <> (sending_windows IS NULL)),
    CONSTRAINT reconnect_names_its_mailbox CHECK (kind <> 'reconnect' OR mailbox_id IS NOT NULL),
    CONSTRAINT only_a_reconnect_reconnects CHECK (kind = 'reconnect' OR reconnects IS NULL),
    CONSTRAINT completed_names_its_campaign
        CHECK (status <> 'completed' OR (mailbox_id IS NOT NULL
            AND (campaign_id IS NOT NULL OR kind = 'mailbox' OR (kind = 'reconnect' AND reconnects IS NULL))))
);

CREATE INDEX open_consents_by_address ON consents (tenant_id, email_key) WHERE status IN ('open', 'redeeming');
CREATE INDEX consents_by_address ON consents (tenant_id, email_key, consent_id);
CREATE INDEX consents_by_campaign ON consents (tenant_id, coalesce(campaign_id, reconnects), consent_id);
CREATE INDEX consents_by_external_id ON consents (tenant_id, external_id, consent_id) WHERE external_id IS NOT NULL;
CREATE INDEX open_consents_by_campaign ON consents (tenant_id, reconnects) WHERE status IN ('open', 'redeeming');
CREATE INDEX open_consents_by_mailbox ON consents (tenant_id, mailbox_id) WHERE status IN ('open', 'redeeming');
CREATE INDEX open_consents_by_expiry ON consents (expires_at) WHERE status IN ('open', 'redeeming');
CREATE INDEX open_consents_by_invitation ON consents (tenant_id, invitation_id) WHERE status IN ('open', 'redeeming');
