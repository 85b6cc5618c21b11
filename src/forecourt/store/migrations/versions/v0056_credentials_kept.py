"""What a partner came with to get another token lets it in until it shows that; what we offer it is kept, sealed, to be offered again.

What was offered before now cannot be offered again: only its digest was kept.
"""

from alembic import op

revision = "0056"
down_revision = "0055"

_UPGRADE = """
ALTER TABLE roaming_partners ADD COLUMN before text, ADD CONSTRAINT roaming_partners_before UNIQUE (before);
UPDATE roaming_partners SET paper = jsonb_set(paper, '{state,offer}', jsonb_build_object(
    'digest', paper#>'{state,renewing}', 'key', '', 'to', '', 'at', paper#>'{state,at}', 'over', paper#>'{state,digest}'))
WHERE renewing IS NOT NULL;
UPDATE roaming_partners SET paper = paper #- '{state,renewing}' WHERE paper->'state' ? 'renewing';
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
