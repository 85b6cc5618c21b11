"""What moved an account is read a page at a time, by an index in that order. Nobody adds all its entries up any more."""

from alembic import op

revision = "0058"
down_revision = "0057"

# What an earlier step of the same upgrade has posted is checked now: an index cannot be made while that waits.
_UPGRADE = """
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
DROP INDEX ledger_entries_account;
CREATE INDEX ledger_entries_account ON ledger_entries (operator_id, account, currency, position) INCLUDE (minor);
"""


def upgrade() -> None:
    op.execute(_UPGRADE)
