-- Who did what: every change, every secret shown, every operator command. Rows are committed with their effect, unchained; a
-- worker chains them. They are never altered afterwards, and `hearth audit verify` detects any alteration: the chain's key is
-- sealed, so that the contents of the database do not suffice to forge it.

-- One per tenant, created with it.
CREATE TABLE audit_chains (
    tenant_id  bigint  PRIMARY KEY REFERENCES tenants (tenant_id),
    key        bytea   NOT NULL,  -- sealed; the key of every HMAC below
    position   bigint  NOT NULL DEFAULT 0 CHECK (position >= 0),  -- the last chained row
    link       bytea   NOT NULL CHECK (length(link) = 32),
    head       bytea   NOT NULL CHECK (length(head) = 32),  -- HMAC over position and link
    -- Rows up to this position were removed when their retention ended.
    cut        bigint  NOT NULL DEFAULT 0 CHECK (cut >= 0 AND cut <= position),
    cut_link   bytea   NOT NULL CHECK (length(cut_link) = 32),
    checkpoint bytea   NOT NULL CHECK (length(checkpoint) = 32)  -- HMAC over cut and cut_link
);

CREATE TABLE audit_entries (
    -- The foreign key prevents additions to the audit of an erased tenant.
    tenant_id     bigint      NOT NULL REFERENCES tenants (tenant_id),
    entry_id      uuid        NOT NULL,
    occurred_at   timestamptz NOT NULL,
    feed_position bigint      NOT NULL,  -- of the tenant's last event at the time; gives the order of chaining
    -- The content, which an erasure removes together with the salt.
    actor         text        CHECK (length(actor) BETWEEN 1 AND 255),
    action        text        CHECK (length(action) BETWEEN 1 AND 255),
    subject       text        CHECK (length(subject) BETWEEN 1 AND 255),  -- such as 'campaign:104003'
    source        text        CHECK (length(source) BETWEEN 1 AND 255),  -- an address, or the operator's host
    request_id    text        CHECK (length(request_id) <= 128),
    outcome       text        CHECK (length(outcome) BETWEEN 1 AND 255),
    salt          bytea       CHECK (length(salt) = 32),
    digest        bytea       NOT NULL CHECK (length(digest) = 32),  -- HMAC(salt, content)
    seal          bytea,  -- the sealed digest, which proves until chaining that the service wrote the row
    position      bigint      CHECK (position > 0),  -- in the chain, without gaps
    link          bytea       CHECK (length(link) = 32),
    erased_at     timestamptz,
    erasure       bytea       CHECK (length(erasure) = 32),  -- HMAC over position, digest and erased_at
    refused_at    timestamptz,  -- when it was rejected, because the service had not written it like this: never chained
    PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT one_entry_per_position UNIQUE (tenant_id, position),
    CONSTRAINT chained_or_sealed CHECK ((position IS NULL) = (link IS NULL)
        AND CASE WHEN refused_at IS NULL THEN (position IS NULL) = (seal IS NOT NULL)
            ELSE position IS NULL AND seal IS NULL END),
    CONSTRAINT erased_as_a_whole CHECK ((erased_at IS NULL) = (salt IS NOT NULL) AND (erased_at IS NULL) = (erasure IS NULL))
);

CREATE INDEX unchained_audit_entries ON audit_entries (tenant_id, feed_position, occurred_at)
    WHERE position IS NULL AND refused_at IS NULL;
CREATE INDEX refused_audit_entries ON audit_entries (tenant_id) WHERE refused_at IS NOT NULL;
CREATE INDEX audit_entries_by_subject ON audit_entries (tenant_id, subject, position);

-- Allows only the chaining of an unchained row, an erasure, the removal of the oldest rows, and the rejection of rows that
-- somebody else inserted, unchained or after the end of the chain.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- Nothing of an erased tenant is kept.
        IF OLD.position <= (SELECT cut FROM audit_chains WHERE tenant_id = OLD.tenant_id)
            OR current_setting('hearth.erasure', true) = OLD.tenant_id::text THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.refused_at IS NULL AND NEW.refused_at IS NOT NULL THEN
        IF (NEW.tenant_id, NEW.entry_id, NEW.occurred_at, NEW.feed_position, NEW.actor, NEW.action, NEW.subject, NEW.source,
                NEW.request_id, NEW.outcome, NEW.salt, NEW.digest, NEW.erased_at, NEW.erasure)
                IS NOT DISTINCT FROM (OLD.tenant_id, OLD.entry_id, OLD.occurred_at, OLD.feed_position, OLD.actor, OLD.action,
                OLD.subject, OLD.source, OLD.request_id, OLD.outcome, OLD.salt, OLD.digest, OLD.erased_at, OLD.erasure)
            AND (OLD.position IS NULL
                OR OLD.position > (SELECT position FROM audit_chains WHERE tenant_id = OLD.tenant_id)) THEN
            RETURN NEW;
        END IF;
    ELSIF (NEW.tenant_id, NEW.entry_id, NEW.occurred_at, NEW.feed_position, NEW.digest)
            IS NOT DISTINCT FROM (OLD.tenant_id, OLD.entry_id, OLD.occurred_at, OLD.feed_position, OLD.digest)
        AND (OLD.position IS NULL OR (NEW.position, NEW.link) IS NOT DISTINCT FROM (OLD.position, OLD.link))
        AND OLD.erased_at IS NULL AND NEW.refused_at IS NOT DISTINCT FROM OLD.refused_at
        AND ((NEW.actor, NEW.action, NEW.subject, NEW.source, NEW.request_id, NEW.outcome, NEW.salt)
                IS NOT DISTINCT FROM (OLD.actor, OLD.action, OLD.subject, OLD.source, OLD.request_id, OLD.outcome, OLD.salt)
            OR (NEW.erased_at IS NOT NULL AND NEW.position IS NOT NULL
                AND num_nonnulls(NEW.actor, NEW.action, NEW.subject, NEW.source, NEW.request_id, NEW.outcome) = 0))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit is only added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only', TABLE = 'audit_entries';
END $$;

CREATE TRIGGER refuse_audit_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

-- How often a mailbox's token was used, per hour. Written before the use.
CREATE TABLE token_uses (
    tenant_id  bigint      NOT NULL,
    mailbox_id bigint      NOT NULL,
    hour       timestamptz NOT NULL,
    uses       bigint      NOT NULL CHECK (uses > 0),
    PRIMARY KEY (tenant_id, mailbox_id, hour),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id)
);
