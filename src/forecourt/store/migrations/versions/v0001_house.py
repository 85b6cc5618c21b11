"""The house: every table of the first release."""

import os
from importlib.resources import files

import psycopg
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("migrations run through psycopg")
    scripts = files("forecourt.store.migrations") / "sql"
    for script in sorted(scripts.iterdir(), key=lambda one: one.name):
        connection.execute(script.read_text("utf-8").encode())
    # Transaction numbers are unguessable as long as this stays in the database.
    connection.execute("INSERT INTO settings VALUES ('transaction_secret', %s)", [os.urandom(32)])
