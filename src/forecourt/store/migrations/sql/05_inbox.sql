-- 1.6 transaction numbers are a keyed permutation of this sequence.
CREATE SEQUENCE transaction_numbers AS integer MINVALUE 1;

-- Every charger message of a transaction, as received; acknowledged only after its commit.
CREATE TABLE facts (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    charger_id  text NOT NULL,
    dedupe_key  text NOT NULL,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    action      text NOT NULL,
    kind        text NOT NULL,
    transaction text,
    fact        jsonb NOT NULL,
    raw         text NOT NULL,
    flags       text[] NOT NULL,
    ack         jsonb NOT NULL,
    applied_at  timestamptz,
    PRIMARY KEY (operator_id, site_id, id),
    CONSTRAINT facts_once UNIQUE (charger_id, dedupe_key)
) WITH (fillfactor = 90);
CREATE INDEX facts_waiting ON facts (site_id, id) WHERE applied_at IS NULL;
CREATE INDEX facts_of_transaction ON facts (charger_id, transaction, id) WHERE transaction IS NOT NULL;

CREATE TABLE quarantine (
    operator_id uuid NOT NULL,
    entry_id    uuid NOT NULL,
    site_id     uuid,
    charger_id  text,
    at          timestamptz NOT NULL,
    code        text NOT NULL,
    cleared     boolean NOT NULL DEFAULT false,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, entry_id)
);
CREATE INDEX quarantine_open ON quarantine (at DESC) WHERE NOT cleared;
