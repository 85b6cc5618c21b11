"""Roaming partners and the tokens they vouch for. Of credentials tokens that we check, digests; those that we show are sealed."""

from alembic import op

revision = "0042"
down_revision = "0041"

_UPGRADE = """
CREATE TABLE roaming_partners (
    operator_id uuid NOT NULL,
    partner_id  uuid PRIMARY KEY,
    country     text NOT NULL,
    party       text NOT NULL,
    digest      text,
    paper       jsonb NOT NULL,
    CONSTRAINT roaming_partners_party UNIQUE (operator_id, country, party),
    CONSTRAINT roaming_partners_digest UNIQUE (digest)
);
CREATE TABLE roaming_tokens (
    operator_id  uuid NOT NULL,
    partner_id   uuid NOT NULL REFERENCES roaming_partners (partner_id) DEFERRABLE INITIALLY DEFERRED,
    country      text NOT NULL,
    party        text NOT NULL,
    uid          text NOT NULL,
    type         text NOT NULL,
    last_updated timestamptz NOT NULL,
    paper        jsonb NOT NULL,
    PRIMARY KEY (partner_id, country, party, uid, type)
);
CREATE INDEX roaming_tokens_shown ON roaming_tokens (operator_id, uid);
CREATE INDEX roaming_tokens_newest ON roaming_tokens (partner_id, last_updated DESC);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
