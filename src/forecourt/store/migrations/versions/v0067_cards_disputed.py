"""What a dispute blocks is kept with the token, beside what a person blocks."""

from alembic import op

revision = "0067"
down_revision = "0066"

_UPGRADE = """
UPDATE tokens SET paper = tokens.paper || jsonb_build_object('disputed', blocking.ids) ||
    CASE WHEN tokens.paper->>'blocked_by' IS NULL THEN '{"status": "ACTIVE"}'::jsonb ELSE '{}' END
FROM (SELECT operator_id, uid, jsonb_agg(dispute_id ORDER BY dispute_id) AS ids
      FROM disputes, jsonb_array_elements_text(paper->'blocked') AS uid GROUP BY operator_id, uid) AS blocking
WHERE tokens.operator_id = blocking.operator_id AND tokens.uid = blocking.uid AND tokens.paper->>'status' = 'BLOCKED'
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
