"""What each account came to so far is kept beside its entries, added up by the statement that inserts them.

The trigger comes first: whoever posts meanwhile waits for it, and what was posted before is there to be added up.
"""

from alembic import op

revision = "0054"
down_revision = "0053"

_EACH = "operator_id, account, currency"
_SUMS = "coalesce(sum(minor) FILTER (WHERE minor > 0), 0), coalesce(-sum(minor) FILTER (WHERE minor < 0), 0)"
STATEMENTS = (
    """CREATE TABLE ledger_balances (
        operator_id  uuid NOT NULL,
        account      text COLLATE "C" NOT NULL,
        currency     text NOT NULL,
        debit_minor  bigint NOT NULL,
        credit_minor bigint NOT NULL,
        PRIMARY KEY (operator_id, account, currency)
    ) WITH (fillfactor = 50)""",
    f"""CREATE FUNCTION ledger_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO ledger_balances AS kept
        SELECT {_EACH}, {_SUMS} FROM fresh GROUP BY {_EACH} ORDER BY operator_id, account COLLATE "C", currency
        ON CONFLICT ({_EACH}) DO UPDATE
            SET debit_minor = kept.debit_minor + EXCLUDED.debit_minor, credit_minor = kept.credit_minor + EXCLUDED.credit_minor;
        RETURN NULL;
    END $$""",  # noqa: S608
    """CREATE TRIGGER ledger_entries_added_up AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_add_up()""",
    f"INSERT INTO ledger_balances SELECT {_EACH}, {_SUMS} FROM ledger_entries GROUP BY {_EACH}",  # noqa: S608
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
