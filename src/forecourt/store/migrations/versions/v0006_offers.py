"""Memberships, coupons, partners' offers: their tables, what a document's driver owes, and the zone of an operator's months."""

import psycopg
from alembic import op

revision = "0006"
down_revision = "0005"

_UPGRADE = """
-- Without partners' contributions, which did not exist before, a driver owes the whole of a document.
ALTER TABLE documents DISABLE TRIGGER documents_fixed;
ALTER TABLE documents ADD COLUMN due_minor bigint;
UPDATE documents SET due_minor = gross_minor;
ALTER TABLE documents ALTER COLUMN due_minor SET NOT NULL, ADD CONSTRAINT documents_due CHECK (due_minor BETWEEN 0 AND gross_minor);
ALTER TABLE documents ENABLE TRIGGER documents_fixed;

UPDATE operators o SET paper = paper || jsonb_build_object('zone', s.zone)
FROM (SELECT DISTINCT ON (operator_id) operator_id, paper->>'zone' AS zone FROM sites ORDER BY operator_id, slug) s
WHERE s.operator_id = o.operator_id;
UPDATE config_generation SET generation = generation + 1;

CREATE TABLE membership_plans (
    operator_id uuid NOT NULL,
    plan_id     uuid NOT NULL,
    title       text NOT NULL,
    join_code   text,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, plan_id),
    CONSTRAINT membership_plans_id UNIQUE (plan_id),
    CONSTRAINT membership_plans_code UNIQUE (operator_id, join_code)
);

CREATE TABLE plan_versions (
    operator_id uuid NOT NULL,
    plan_id     uuid NOT NULL,
    number      integer NOT NULL,
    version_id  uuid NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT plan_versions_number PRIMARY KEY (operator_id, plan_id, number),
    CONSTRAINT plan_versions_id UNIQUE (version_id)
);
CREATE TRIGGER plan_versions_fixed BEFORE UPDATE OR DELETE ON plan_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE memberships (
    operator_id   uuid NOT NULL,
    membership_id uuid NOT NULL,
    driver_id     uuid NOT NULL,
    plan_id       uuid NOT NULL,
    joined_at     timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    over          boolean NOT NULL,
    paper         jsonb NOT NULL,
    PRIMARY KEY (operator_id, membership_id),
    CONSTRAINT memberships_id UNIQUE (membership_id)
);
CREATE UNIQUE INDEX memberships_one ON memberships (driver_id) WHERE NOT over;
CREATE INDEX memberships_due ON memberships (operator_id, due_at) WHERE NOT over;
CREATE INDEX memberships_of_driver ON memberships (driver_id, joined_at DESC);
CREATE INDEX memberships_of_plan ON memberships (plan_id) WHERE NOT over;

-- source: a membership, a claim or a voucher.
CREATE TABLE offer_uses (
    use_id      uuid PRIMARY KEY,
    source      text NOT NULL,
    document_id uuid NOT NULL,
    at          timestamptz NOT NULL,
    paper       jsonb NOT NULL
);
CREATE INDEX offer_uses_of_source ON offer_uses (source, at);
CREATE INDEX offer_uses_on_document ON offer_uses (document_id);

CREATE TABLE coupons (
    operator_id uuid NOT NULL,
    coupon_id   uuid NOT NULL,
    code        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, coupon_id),
    CONSTRAINT coupons_id UNIQUE (coupon_id),
    CONSTRAINT coupons_code UNIQUE (operator_id, code)
);

CREATE TABLE coupon_claims (
    operator_id uuid NOT NULL,
    claim_id    uuid NOT NULL,
    driver_id   uuid NOT NULL,
    claimed_at  timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, claim_id),
    CONSTRAINT coupon_claims_id UNIQUE (claim_id)
);
CREATE INDEX coupon_claims_of_driver ON coupon_claims (driver_id, claimed_at);

CREATE TABLE partners (
    operator_id uuid NOT NULL,
    partner_id  uuid NOT NULL,
    handle      text NOT NULL,
    name        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, partner_id),
    CONSTRAINT partners_id UNIQUE (partner_id),
    CONSTRAINT partners_handle UNIQUE (operator_id, handle)
);

CREATE TABLE partner_offers (
    operator_id uuid NOT NULL,
    offer_id    uuid NOT NULL,
    partner_id  uuid NOT NULL,
    title       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, offer_id),
    CONSTRAINT partner_offers_id UNIQUE (offer_id)
);

CREATE TABLE vouchers (
    operator_id uuid NOT NULL,
    voucher_id  uuid NOT NULL,
    partner_id  uuid NOT NULL,
    offer_id    uuid NOT NULL,
    code        text NOT NULL,
    driver_id   uuid,
    document_id uuid,
    issued_at   timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    state       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, voucher_id),
    CONSTRAINT vouchers_id UNIQUE (voucher_id),
    CONSTRAINT vouchers_code UNIQUE (operator_id, code)
);
CREATE INDEX vouchers_of_driver ON vouchers (driver_id, issued_at DESC) WHERE driver_id IS NOT NULL;
CREATE INDEX vouchers_at_partner ON vouchers (partner_id, issued_at DESC);
CREATE INDEX vouchers_earned ON vouchers (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX vouchers_open ON vouchers (operator_id, valid_until) WHERE state = 'Open';

CREATE TABLE redemptions (
    operator_id   uuid NOT NULL,
    redemption_id uuid NOT NULL,
    partner_id    uuid NOT NULL,
    at            timestamptz NOT NULL,
    statement_id  uuid,
    paper         jsonb NOT NULL,
    PRIMARY KEY (operator_id, redemption_id),
    CONSTRAINT redemptions_id UNIQUE (redemption_id)
);
CREATE INDEX redemptions_at_partner ON redemptions (partner_id, at);
CREATE INDEX redemptions_unstated ON redemptions (partner_id, at) WHERE statement_id IS NULL;

-- The only change a redemption sees is that it comes to stand on a statement.
CREATE FUNCTION keep_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.statement_id IS NULL AND NEW.paper - 'statement_id' = OLD.paper - 'statement_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a redemption is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'redemptions_fixed';
END $$;
CREATE TRIGGER redemptions_fixed BEFORE UPDATE ON redemptions FOR EACH ROW EXECUTE FUNCTION keep_redemption();
CREATE TRIGGER redemptions_kept BEFORE DELETE ON redemptions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE partner_statements (
    operator_id  uuid NOT NULL,
    statement_id uuid NOT NULL,
    partner_id   uuid NOT NULL,
    number       text NOT NULL,
    issued_at    timestamptz NOT NULL,
    paper        jsonb NOT NULL,
    PRIMARY KEY (operator_id, statement_id),
    CONSTRAINT partner_statements_id UNIQUE (statement_id),
    CONSTRAINT partner_statements_number UNIQUE (operator_id, number)
);
CREATE INDEX partner_statements_issued ON partner_statements (operator_id, issued_at DESC);
CREATE TRIGGER partner_statements_fixed BEFORE UPDATE OR DELETE ON partner_statements FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE statements_settled (
    statement_id uuid PRIMARY KEY,
    paper        jsonb NOT NULL
);
CREATE TRIGGER statements_settled_fixed BEFORE UPDATE OR DELETE ON statements_settled FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE statement_pdfs (
    statement_id uuid PRIMARY KEY REFERENCES partner_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    sha256       text NOT NULL,
    pdf          bytea NOT NULL
);
ALTER TABLE statement_pdfs ALTER COLUMN pdf SET STORAGE EXTERNAL;
CREATE TRIGGER statement_pdfs_fixed BEFORE UPDATE OR DELETE ON statement_pdfs FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("migrations run through psycopg")
    connection.execute(_UPGRADE)
