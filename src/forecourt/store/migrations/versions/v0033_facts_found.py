"""One index finds a message again and finds those of a charge; another named each message's operator besides its site.

A start is the exception: its number may be ours, and then a repeat comes without it. Starts are few and have an index of their own.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

STATEMENTS = (
    "ALTER TABLE facts DROP CONSTRAINT facts_once, DROP CONSTRAINT facts_pkey, ADD PRIMARY KEY (site_id, id)",
    "DROP INDEX facts_of_transaction",
    """CREATE UNIQUE INDEX facts_once ON facts
    (charger_id, (CASE WHEN kind = 'TransactionStarted' THEN '' ELSE coalesce(transaction, '') END), dedupe_key)""",
    "CREATE INDEX facts_of_start ON facts (charger_id, transaction) WHERE kind = 'TransactionStarted'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
