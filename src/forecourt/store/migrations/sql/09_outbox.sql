-- Work for couriers. seq is the order of keeping; items of one lane and key are delivered in it.
CREATE TABLE outbox (
    operator_id     uuid NOT NULL,
    site_id         uuid,
    item_id         uuid NOT NULL,
    seq             bigint GENERATED ALWAYS AS IDENTITY,
    lane            text NOT NULL,
    key             text NOT NULL,
    idempotency_key text NOT NULL,
    due_at          timestamptz NOT NULL,
    claimed_until   timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    error           text NOT NULL DEFAULT '',
    done_at         timestamptz,
    outcome         text NOT NULL DEFAULT '',
    paper           jsonb NOT NULL,
    PRIMARY KEY (operator_id, item_id),
    CONSTRAINT outbox_id UNIQUE (item_id),
    CONSTRAINT outbox_once UNIQUE (idempotency_key)
) WITH (fillfactor = 80);
CREATE INDEX outbox_due ON outbox (lane, due_at, seq) WHERE done_at IS NULL;
CREATE INDEX outbox_line ON outbox (lane, key, seq) WHERE done_at IS NULL;
CREATE INDEX outbox_history ON outbox (key, seq);
