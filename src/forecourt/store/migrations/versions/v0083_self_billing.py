"""Files of self-billed documents. Programs from before would issue hosts' statements without their tax (OLDEST_PROGRAM)."""

from alembic import op

revision = "0083"
down_revision = "0082"

_UPGRADE = """
CREATE TABLE self_billed_files (
    statement_id uuid NOT NULL REFERENCES partner_statements (statement_id) DEFERRABLE INITIALLY DEFERRED,
    document_id  uuid NOT NULL,
    sha256       text NOT NULL,
    pdf          bytea NOT NULL,
    xml_sha256   text NOT NULL,
    xml          bytea NOT NULL,
    PRIMARY KEY (statement_id, document_id)
);
ALTER TABLE self_billed_files ALTER COLUMN pdf SET STORAGE EXTERNAL;
CREATE TRIGGER self_billed_files_fixed BEFORE UPDATE OR DELETE ON self_billed_files FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
