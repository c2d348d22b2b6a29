-- The outbox and the feed: every event of a tenant, in commit order. Partitioned by month, because this table grows without
-- limit; no foreign key refers to it, so that a month can be dropped.

CREATE TABLE events (
    tenant_id    bigint      NOT NULL,
    position     bigint      NOT NULL CHECK (position > 0),
    created_at   timestamptz NOT NULL,
    type         text        NOT NULL,
    action       text        NOT NULL,
    ordering_key text        NOT NULL,  -- 'campaign:<id>', else 'consent:<id>'
    campaign_id  bigint,
    owner_key    text,  -- the key of the owner's address (owner_email); null if there is none
    endpoint_id  bigint,  -- the webhook endpoint that it is about, to which it is never sent
    sequence     integer     NOT NULL CHECK (sequence >= 0),  -- per campaign; 0 if there is no campaign
    account      json        NOT NULL,  -- as in Mailivery's webhooks
    data         json        NOT NULL,  -- our own member
    PRIMARY KEY (tenant_id, position, created_at)
) PARTITION BY RANGE (created_at);

-- Creates the partition for the month that contains `at`, if it does not exist. ATTACH takes a weaker lock than CREATE ...
-- PARTITION OF, so that traffic continues; concurrent calls are harmless.
CREATE FUNCTION ensure_month_partition(parent text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first_day date := date_trunc('month', at AT TIME ZONE 'UTC')::date;
    partition text := format('%s_%s', parent, to_char(first_day, 'YYYY_MM'));
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition,
        first_day::text || ' 00:00:00+00', (first_day + interval '1 month')::date::text || ' 00:00:00+00');
EXCEPTION WHEN duplicate_table OR duplicate_object OR unique_violation THEN
    RETURN;
END $$;

-- Checked at commit: a campaign at this version has its history row, and that row's event is in the outbox.
CREATE FUNCTION refuse_unrecorded_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM campaign_history h JOIN events e
            ON e.tenant_id = h.tenant_id AND e.position = h.event_position AND e.created_at = h.occurred_at
        WHERE h.tenant_id = NEW.tenant_id AND h.campaign_id = NEW.campaign_id AND h.version = NEW.version
            AND h.to_status = NEW.status AND e.campaign_id = NEW.campaign_id
    ) THEN
        RAISE EXCEPTION 'a transition is committed with its history row and its event, or not at all'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_recorded', TABLE = 'campaigns';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transition_recorded_on_insert AFTER INSERT ON campaigns
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unrecorded_transition();
CREATE CONSTRAINT TRIGGER transition_recorded_on_update AFTER UPDATE ON campaigns
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.version <> NEW.version)
    EXECUTE FUNCTION refuse_unrecorded_transition();
