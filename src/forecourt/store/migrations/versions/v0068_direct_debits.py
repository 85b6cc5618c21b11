"""Mandates of drivers, and the files by which an operator's bank collects."""

from alembic import op

revision = "0068"
down_revision = "0067"

_UPGRADE = """
CREATE TABLE mandates (
    operator_id uuid NOT NULL,
    mandate_id  uuid NOT NULL,
    driver_id   uuid NOT NULL,
    number      text NOT NULL,
    ended_on    date,
    paper       jsonb NOT NULL,
    PRIMARY KEY (mandate_id),
    CONSTRAINT mandates_number UNIQUE (operator_id, number)
);
CREATE UNIQUE INDEX mandates_standing ON mandates (driver_id) WHERE ended_on IS NULL;
CREATE INDEX mandates_of_driver ON mandates (driver_id, number);
CREATE INDEX mandates_worded ON mandates (ended_on)
    WHERE coalesce(paper #>> '{account,iban}', '') || coalesce(paper #>> '{account,holder}', '') <> '';
CREATE TRIGGER mandates_kept BEFORE DELETE ON mandates FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TABLE collection_files (
    operator_id uuid NOT NULL,
    file_id     uuid NOT NULL,
    number      text NOT NULL,
    made_at     timestamptz NOT NULL,
    payments    uuid[] NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (file_id),
    CONSTRAINT collection_files_number UNIQUE (operator_id, number)
);
CREATE INDEX collection_files_listed ON collection_files (operator_id, made_at, file_id);
CREATE INDEX collection_files_payments ON collection_files USING gin (payments);
CREATE TRIGGER collection_files_kept BEFORE DELETE ON collection_files FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
