"""The log is sealed: each seal holds a digest over the entries that had waited for it and over the seal before.

Entries wait from their commit on, whenever they were written, so that one that comes late is in the next seal. Each has a salt, so that its
words could go without its digest telling who guesses them that the guess is right.
"""

from alembic import op

revision = "0071"
down_revision = "0070"

_UPGRADE = """
ALTER TABLE audit_log ADD COLUMN salt uuid NOT NULL DEFAULT gen_random_uuid();
CREATE TRIGGER audit_log_kept BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE audit_seals (
    number    bigint PRIMARY KEY CHECK (number > 0),
    sealed_at timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    total     bigint NOT NULL,
    previous  text NOT NULL,
    digest    text NOT NULL,
    entries   bigint[] NOT NULL,
    digests   text[] NOT NULL,
    CHECK (cardinality(entries) > 0 AND cardinality(entries) = cardinality(digests))
);
CREATE TRIGGER audit_seals_fixed BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seals_kept BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE audit_unsealed (id bigint PRIMARY KEY);
INSERT INTO audit_unsealed SELECT id FROM audit_log;

CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_log_waits AFTER INSERT ON audit_log
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION await_seal();

CREATE FUNCTION end_wait_for_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM audit_unsealed WHERE id IN (SELECT unnest(entries) FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_seals_end_wait AFTER INSERT ON audit_seals
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION end_wait_for_seal();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
