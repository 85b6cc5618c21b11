"""What waits to be applied stands in a table of its own, and a kept message is never written again.

Marking a message as applied wrote the whole row anew, with an entry in each of its four indexes. Now a commit leaves one
row per site with the numbers of what it kept, and applying deletes that.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """CREATE TABLE facts_waiting (
        operator_id uuid NOT NULL,
        site_id     uuid NOT NULL,
        first_id    bigint NOT NULL,
        ids         bigint[] NOT NULL,
        PRIMARY KEY (site_id, first_id)
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)""",
    """INSERT INTO facts_waiting SELECT operator_id, site_id, id, ARRAY[id] FROM facts WHERE applied_at IS NULL""",
    "DROP INDEX facts_waiting_index",
    "ALTER TABLE facts DROP COLUMN applied_at",
    "ALTER TABLE facts SET (fillfactor = 100)",
    """CREATE FUNCTION facts_wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO facts_waiting
        SELECT operator_id, site_id, min(id), array_agg(id ORDER BY id) FROM fresh GROUP BY operator_id, site_id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER facts_wait AFTER INSERT ON facts REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION facts_wait()""",
)


def upgrade() -> None:
    op.execute("ALTER INDEX facts_waiting RENAME TO facts_waiting_index")
    for statement in STATEMENTS:
        op.execute(statement)
