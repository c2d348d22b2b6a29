-- Requests for consent: admin consent for organisations, invitations for owners, and delegates for shared mailboxes.

-- A link for an organisation's administrator. Its outcome is recorded but never trusted: the redirect that reports it is
-- unauthenticated, and grants nothing here.
CREATE TABLE admin_consents (
    tenant_id        bigint      NOT NULL REFERENCES tenants (tenant_id),
    admin_consent_id bigint      NOT NULL CHECK (admin_consent_id > 0),
    app_id           bigint,  -- null: the operator's application
    domain           text        NOT NULL CHECK (length(domain) BETWEEN 3 AND 253),  -- a verified domain of the organisation
    email            text        CHECK (length(email) BETWEEN 3 AND 320),  -- the mailbox for which it was requested, if any
    level            text        NOT NULL CHECK (level IN ('send', 'read_only', 'read_send', 'warmup')),
    shared           boolean     NOT NULL DEFAULT false,  -- whether access to shared mailboxes is approved too
    status           text        NOT NULL CHECK (status IN ('open', 'granted', 'revoked')),
    outcome          text        CHECK (outcome IN ('declined', 'failed')),  -- of the last redirect that did not grant consent
    outcome_code     text,
    announced        boolean     NOT NULL DEFAULT false,  -- whether the event of a refusal has been sent, once
    seed             bytea       NOT NULL,  -- sealed; the state's secret is derived from it
    microsoft_tenant uuid,  -- as reported by the redirect
    granted_at       timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, admin_consent_id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES microsoft_apps (tenant_id, app_id),
    CONSTRAINT granted_has_its_time CHECK ((status = 'granted') = (granted_at IS NOT NULL))
);

CREATE INDEX granted_admin_consents ON admin_consents (tenant_id, domain, granted_at) WHERE status = 'granted';

-- An owner gets a link to our page, whose button leads to Microsoft, so that programs that only open links change nothing.
-- Each press of the button creates or finds a consent, which ends with the invitation.
CREATE TABLE invitations (
    tenant_id     bigint      NOT NULL REFERENCES tenants (tenant_id),
    invitation_id bigint      NOT NULL CHECK (invitation_id > 0),
    app_id        bigint,  -- null: the operator's application
    status        text        NOT NULL CHECK (status IN ('invited', 'opened', 'completed', 'declined', 'failed', 'expired', 'revoked')),
    outcome_code  text,
    level         text        NOT NULL CHECK (level IN ('send', 'read_only', 'read_send', 'warmup')),
    shared        boolean     NOT NULL DEFAULT false,  -- whether mailboxes shared with the owner are requested too
    seed          bytea       NOT NULL,  -- sealed; the link's secret is derived from it and from the link's number
    link_no       integer     NOT NULL DEFAULT 1 CHECK (link_no > 0),  -- a resend increments it and invalidates the last link
    email         text        NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    email_key     text        NOT NULL,
    first_name    text        NOT NULL DEFAULT '' CHECK (length(first_name) <= 255),
    last_name     text        NOT NULL DEFAULT '' CHECK (length(last_name) <= 255),
    owner_email   text        CHECK (length(owner_email) BETWEEN 3 AND 320),
    language      text        NOT NULL CHECK (language IN ('en', 'de', 'fr', 'es')),
    return_url    text        CHECK (length(return_url) <= 2048),
    tags          text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 100),
    meta          json,
    consent_id    bigint,  -- the newest one; retention may have removed it
    mailbox_id    bigint,  -- the result
    campaign_id   bigint,  -- likewise, at the level warmup; it may have been purged
    -- The e-mail with the link. Null if the partner sends the link.
    mail_status   text        CHECK (mail_status IN ('queued', 'sent', 'failed')),
    mail_due_at   timestamptz,  -- when it is tried next; during that, when it may be retried
    mail_attempts integer     NOT NULL DEFAULT 0 CHECK (mail_attempts >= 0),
    mail_lease_no integer     NOT NULL DEFAULT 0,
    mail_error    text        CHECK (length(mail_error) <= 500),
    mail_sent_at  timestamptz,
    lifetime      integer     NOT NULL CHECK (lifetime BETWEEN 600 AND 2592000),  -- in seconds, for this link and later ones
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    opened_at     timestamptz,
    completed_at  timestamptz,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, invitation_id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES microsoft_apps (tenant_id, app_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT due_exactly_while_queued CHECK ((mail_due_at IS NOT NULL) = (mail_status IS NOT DISTINCT FROM 'queued')),
    CONSTRAINT completed_names_its_mailbox CHECK (status <> 'completed' OR mailbox_id IS NOT NULL)
);

CREATE INDEX due_invitation_mail ON invitations (mail_due_at) WHERE mail_due_at IS NOT NULL;
CREATE INDEX open_invitations_by_expiry ON invitations (expires_at) WHERE status IN ('invited', 'opened', 'declined', 'failed');

-- A mailbox without its own password, accessed with the token of a person to whom Exchange has given access: the delegate. It
-- is disconnected with the delegate.
CREATE TABLE shared_mailboxes (
    tenant_id         bigint      NOT NULL,
    shared_mailbox_id bigint      NOT NULL CHECK (shared_mailbox_id > 0),
    mailbox_id        bigint      NOT NULL,  -- the delegate
    address           text        NOT NULL CHECK (length(address) BETWEEN 3 AND 320),
    address_key       text        NOT NULL,
    verified_at       timestamptz NOT NULL,  -- when Graph last allowed the delegate access
    disconnected_at   timestamptz,  -- together with its delegate
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, shared_mailbox_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT one_shared_mailbox_per_address UNIQUE (tenant_id, address_key)
);

CREATE INDEX shared_mailboxes_by_delegate ON shared_mailboxes (tenant_id, mailbox_id);
