"""Plain names: `data` for the column that holds a row's value as JSON, and for three tables what the code calls them.

Only names change, no row is rewritten. Programs from before ask for the former names (OLDEST_PROGRAM).
"""

from alembic import op

revision = "0086"
down_revision = "0085"

_TABLES = {"hand_entries": "manual_entries", "roaming_brought": "roaming_pushed", "roaming_told": "roaming_published"}

_COLUMNS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attname = 'paper' AND NOT a.attisdropped
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME COLUMN paper TO data', found.name);
    END LOOP;
END $$
"""

# What belongs to a table and carries its name: constraints (with their indexes), then the other indexes, then triggers.
_PARTS = (
    """SELECT 'ALTER TABLE {new} RENAME CONSTRAINT ' || conname || ' TO ' || replace(conname, '{old}', '{new}')
    FROM pg_constraint WHERE conrelid = '{new}'::regclass AND starts_with(conname, '{old}')""",
    """SELECT 'ALTER INDEX ' || c.relname || ' RENAME TO ' || replace(c.relname, '{old}', '{new}')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = '{new}'::regclass AND starts_with(c.relname, '{old}')""",
    """SELECT 'ALTER TRIGGER ' || tgname || ' ON {new} RENAME TO ' || replace(tgname, '{old}', '{new}')
    FROM pg_trigger WHERE tgrelid = '{new}'::regclass AND NOT tgisinternal AND starts_with(tgname, '{old}')""",
)

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION keep_tariff_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.operator_id = OLD.operator_id AND NEW.site_id = OLD.site_id AND NEW.tariff_id = OLD.tariff_id
        AND NEW.version_id = OLD.version_id AND lower(NEW.valid) = lower(OLD.valid) AND (NEW.withdrawn OR NOT OLD.withdrawn)
        AND NEW.data @> (OLD.data - 'valid_to' - 'withdrawn') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a tariff version is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tariff_versions_fixed';
END $$;

CREATE OR REPLACE FUNCTION keep_price_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.operator_id = OLD.operator_id AND NEW.site_id = OLD.site_id AND NEW.entry_id = OLD.entry_id AND NEW.tie = OLD.tie
        AND lower(NEW.valid) = lower(OLD.valid) AND (NEW.withdrawn OR NOT OLD.withdrawn)
        AND NEW.data @> (OLD.data - 'valid_to' - 'withdrawn') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an entry is never changed once kept' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_entries_fixed';
END $$;

CREATE OR REPLACE FUNCTION keep_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.statement_id IS NULL AND NEW.data - 'statement_id' = OLD.data - 'statement_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a redemption is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'redemptions_fixed';
END $$;
"""


def upgrade() -> None:
    op.execute(_COLUMNS)
    op.execute(_FUNCTIONS)
    connection = op.get_bind()
    for old, new in _TABLES.items():
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
        for query in _PARTS:
            for (statement,) in connection.exec_driver_sql(query.format(old=old, new=new)).fetchall():
                connection.exec_driver_sql(statement)
