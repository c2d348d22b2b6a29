-- Messages that partners send from their mailboxes. A worker leases a mailbox's lane and submits its messages one by one, so
-- that Microsoft never sees two submissions of one mailbox at a time.

CREATE TABLE message_transitions (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);

INSERT INTO message_transitions (from_status, to_status) VALUES
    ('scheduled', 'submitting'), ('scheduled', 'failed'), ('scheduled', 'held'), ('scheduled', 'suppressed'),
    ('scheduled', 'cancelled'),
    ('queued', 'submitting'), ('queued', 'failed'), ('queued', 'held'), ('queued', 'suppressed'),
    ('queued', 'cancelled'),
    ('submitting', 'accepted'), ('submitting', 'sent'), ('submitting', 'failed'), ('submitting', 'bounced'),
    ('submitting', 'replied'), ('submitting', 'unknown'), ('submitting', 'queued'),
    ('accepted', 'sent'), ('accepted', 'bounced'), ('accepted', 'replied'),
    ('sent', 'bounced'), ('sent', 'replied'),
    ('bounced', 'bounced'), ('bounced', 'replied'), ('replied', 'replied'),
    ('unknown', 'accepted'), ('unknown', 'sent'), ('unknown', 'bounced'), ('unknown', 'replied'),
    ('held', 'queued'), ('held', 'suppressed'), ('held', 'cancelled');

CREATE TABLE messages (
    tenant_id           bigint      NOT NULL,
    message_id          bigint      NOT NULL CHECK (message_id > 0),
    mailbox_id          bigint      NOT NULL,
    status              text        NOT NULL CHECK (status IN ('scheduled', 'queued', 'submitting', 'accepted', 'sent',
        'failed', 'bounced', 'replied', 'unknown', 'held', 'suppressed', 'cancelled')),
    reason              text        CHECK (length(reason) <= 100),  -- a code, where the status needs one
    microsoft_code      text        CHECK (length(microsoft_code) <= 100),  -- the error code of Graph, where it is the reason
    content             bytea       NOT NULL,  -- sealed: recipients, subject, body
    recipients          integer     NOT NULL CHECK (recipients BETWEEN 1 AND 500),
    stamp               uuid        NOT NULL,  -- the mark on the message at Microsoft
    draft_id            text,  -- Microsoft's id of the draft; null if none was created
    internet_message_id text,
    conversation_id     text,
    send_at             timestamptz NOT NULL,
    due_at              timestamptz,  -- when the worker continues with it; null if there is nothing to do
    attempts            integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- consecutive faults that pass
    looks               integer     NOT NULL DEFAULT 0 CHECK (looks >= 0),  -- how often the copy was looked for
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    submitted_at        timestamptz,  -- when Microsoft was last asked to send it
    accepted_at         timestamptz,
    sent_at             timestamptz,
    failed_at           timestamptz,
    bounced_at          timestamptz,
    replied_at          timestamptz,
    auto_replied_at     timestamptz,  -- when a program first answered it
    report              bytea,  -- sealed: what servers have reported about its recipients
    cancelled_at        timestamptz,
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT waiting_message_is_due CHECK (status NOT IN ('scheduled', 'queued', 'submitting') OR due_at IS NOT NULL),
    CONSTRAINT submitted_at_a_time CHECK (submitted_at IS NOT NULL OR status NOT IN ('submitting', 'accepted', 'sent', 'unknown')),
    CONSTRAINT reason_where_needed CHECK (reason IS NOT NULL OR status NOT IN ('failed', 'unknown', 'held', 'suppressed'))
);

CREATE INDEX messages_of_mailbox ON messages (tenant_id, mailbox_id, message_id);
CREATE INDEX due_messages ON messages (tenant_id, mailbox_id, due_at, message_id) WHERE due_at IS NOT NULL;
CREATE INDEX held_messages ON messages (tenant_id, mailbox_id) WHERE status = 'held';
CREATE INDEX messages_by_internet_id ON messages (tenant_id, mailbox_id, internet_message_id)
    WHERE internet_message_id IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (tenant_id, mailbox_id, conversation_id)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX messages_by_stamp ON messages (tenant_id, stamp);

CREATE FUNCTION refuse_illegal_message_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('scheduled', 'queued') THEN
            RAISE EXCEPTION 'a message begins scheduled or queued'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'message_begins_waiting', TABLE = 'messages';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.tenant_id <> OLD.tenant_id OR NEW.message_id <> OLD.message_id OR NEW.mailbox_id <> OLD.mailbox_id
        OR NEW.stamp <> OLD.stamp THEN
        RAISE EXCEPTION 'a message keeps its tenant, its id, its mailbox and its stamp'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'message_keeps_identity', TABLE = 'messages';
    END IF;
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT FROM message_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'a message does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'message_transition_allowed', TABLE = 'messages';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_illegal_message_change BEFORE INSERT OR UPDATE ON messages
    FOR EACH ROW EXECUTE FUNCTION refuse_illegal_message_change();

-- One row for each mailbox that has sent something.
CREATE TABLE submission_lanes (
    tenant_id   bigint      NOT NULL,
    mailbox_id  bigint      NOT NULL,
    due_at      timestamptz,  -- when the first of its messages is due; null if none is
    lease_until timestamptz,
    lease_no    bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, mailbox_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id)
);

CREATE INDEX due_submission_lanes ON submission_lanes (due_at) WHERE due_at IS NOT NULL;
