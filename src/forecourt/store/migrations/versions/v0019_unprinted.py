"""Documents whose files are still to be made, as a queue of their own: finding the next ones no longer reads all that were made."""

from alembic import op

revision = "0019"
down_revision = "0017"

_UPGRADE = """
CREATE TABLE unprinted_documents (
    operator_id uuid NOT NULL,
    document_id uuid NOT NULL,
    issued_at   timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    PRIMARY KEY (operator_id, document_id),
    CONSTRAINT unprinted_documents_document UNIQUE (document_id)
);
CREATE INDEX unprinted_documents_due ON unprinted_documents (due_at, document_id);
INSERT INTO unprinted_documents
SELECT operator_id, document_id, issued_at, issued_at FROM documents
WHERE NOT EXISTS (SELECT FROM document_pdfs WHERE document_pdfs.document_id = documents.document_id);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
