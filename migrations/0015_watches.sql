-- Mailboxes whose mail is watched: by a subscription at Microsoft, whose notifications say that something has changed, and
-- by sweeps over the folders, which find what has changed.

CREATE TABLE mailbox_watches (
    tenant_id       bigint      NOT NULL,
    mailbox_id      bigint      NOT NULL,
    content         text        NOT NULL CHECK (content IN ('none', 'metadata')),  -- how much of the mail is kept
    -- Mail that was received before is not shown.
    started_at      timestamptz NOT NULL,
    subscription_id text,  -- null while there is none
    subscribed_until timestamptz,
    -- SHA-256 of the secret in the notifications of the subscription, and of the subscription before it.
    secret_hash     bytea       CHECK (octet_length(secret_hash) = 32),
    former_secret_hash bytea    CHECK (octet_length(former_secret_hash) = 32),
    subscription_problem text   CHECK (length(subscription_problem) <= 200),  -- why there is none; sweeps go on
    subscribe_at    timestamptz,  -- when the subscription is created or renewed; null if it is not possible
    sweep_at        timestamptz NOT NULL,  -- when the folders are swept
    due_at          timestamptz,  -- the earlier of the two; null while the mailbox is not connected
    lease_until     timestamptz,
    lease_no        bigint      NOT NULL DEFAULT 0,
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- consecutive faults that pass
    notified_at     timestamptz,
    swept_at        timestamptz,  -- when the last complete sweep ended
    missed          bigint      NOT NULL DEFAULT 0,  -- messages that only a sweep found, and late
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, mailbox_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT subscription_has_an_end CHECK ((subscription_id IS NULL) = (subscribed_until IS NULL))
);

CREATE INDEX due_watches ON mailbox_watches (due_at) WHERE due_at IS NOT NULL;

-- The position in the changes of each folder. It is committed together with the rows that it stands for.
CREATE TABLE folder_cursors (
    tenant_id   bigint NOT NULL,
    mailbox_id  bigint NOT NULL,
    folder      text   NOT NULL CHECK (folder IN ('inbox', 'junkemail', 'sentitems')),
    link        text   NOT NULL,  -- Microsoft's address of the next page
    PRIMARY KEY (tenant_id, mailbox_id, folder),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailbox_watches (tenant_id, mailbox_id) ON DELETE CASCADE
);

-- Notifications of Microsoft that the next sweep answers. Stored before Microsoft gets its answer.
CREATE TABLE change_notifications (
    tenant_id       bigint      NOT NULL,
    mailbox_id      bigint      NOT NULL,
    notification_id bigint      NOT NULL,
    graph_id        text        CHECK (length(graph_id) <= 512),  -- of the message; null for a lifecycle event
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, mailbox_id, notification_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailbox_watches (tenant_id, mailbox_id) ON DELETE CASCADE
);

-- Messages that have arrived in watched mailboxes.
CREATE TABLE received_messages (
    tenant_id           bigint      NOT NULL,
    message_id          bigint      NOT NULL CHECK (message_id > 0),
    mailbox_id          bigint      NOT NULL,
    graph_id            text        NOT NULL CHECK (length(graph_id) BETWEEN 1 AND 512),
    folder              text        NOT NULL CHECK (folder IN ('inbox', 'junkemail')),
    kind                text        NOT NULL CHECK (kind IN ('message', 'reply', 'auto_reply', 'bounce')),
    answers             bigint,  -- the message of ours that it answers or reports about; that may be gone
    internet_message_id text        CHECK (length(internet_message_id) <= 1000),
    conversation_id     text        CHECK (length(conversation_id) <= 512),
    content             bytea,  -- sealed: sender and subject; null if they are not kept
    received_at         timestamptz NOT NULL,
    found_at            timestamptz NOT NULL,
    was_missed          boolean     NOT NULL,  -- by the subscription
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, mailbox_id),
    CONSTRAINT one_row_per_arrival UNIQUE (tenant_id, mailbox_id, graph_id)
);

CREATE INDEX received_messages_of_mailbox ON received_messages (tenant_id, mailbox_id, message_id);
