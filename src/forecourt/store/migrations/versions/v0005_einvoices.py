"""Beside a document's PDF, its e-invoice. Files kept before have none."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE document_pdfs ADD COLUMN xml_sha256 text NOT NULL DEFAULT '', ADD COLUMN xml bytea NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE document_pdfs ALTER COLUMN xml SET STORAGE EXTERNAL")
