-- How people are asked: administrators for their organisation, owners by invitation, delegates for shared mailboxes.

-- A link for an organisation's administrator. Its outcome is only noted, never trusted: the redirect that tells it is
-- unauthenticated, and grants nothing here.
CREATE TABLE admin_consents (
    tenant_id        bigint      NOT NULL REFERENCES tenants (tenant_id),
    admin_consent_id bigint      NOT NULL CHECK (admin_consent_id > 0),
    app_id           bigint,  -- null: the operator's application
    domain           text        NOT NULL CHECK (length(domain) BETWEEN 3 AND 253),  -- a verified domain of the organisation
    email            text        CHECK (length(email) BETWEEN 3 AND 320),  -- the mailbox that it was asked for, if one was named
    level            text        NOT NULL CHECK (level IN ('send', 'read_only', 'read_send', 'warmup')),
    status           text        NOT NULL CHECK (status IN ('open', 'granted', 'revoked')),
    outcome          text        CHECK (outcome IN ('declined', 'failed')),  -- the last return that did not grant
    outcome_code     text,
    announced        boolean     NOT NULL DEFAULT false,  -- whether the event of a refusal has been sent: once
    seed             bytea       NOT NULL,  -- sealed; the secret of the state is derived from it
    microsoft_tenant uuid,  -- as the redirect said
    granted_at       timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, admin_consent_id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES microsoft_apps (tenant_id, app_id),
    CONSTRAINT granted_has_its_time CHECK ((status = 'granted') = (granted_at IS NOT NULL))
);

CREATE INDEX granted_admin_consents ON admin_consents (tenant_id, domain, granted_at) WHERE status = 'granted';
