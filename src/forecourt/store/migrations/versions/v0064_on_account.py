"""What months' statements have to look through: documents that are not known to be paid otherwise."""

from alembic import op

revision = "0064"
down_revision = "0063"

_UPGRADE = """
CREATE INDEX documents_on_account ON documents (operator_id, issued_at)
    WHERE kind = 'INVOICE' AND due_minor > 0 AND coalesce(paper #>> '{content,parties,pays_by}', 'ACCOUNT') = 'ACCOUNT';
CREATE INDEX documents_used_for ON documents (((paper #>> '{content,parties,used_by,payer_id}')::uuid), issued_at DESC)
    WHERE paper #>> '{content,parties,used_by,payer_id}' IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
