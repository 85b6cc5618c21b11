"""Fresh databases on one test server: copies of a migrated template, made over one connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql

from forecourt.store import migrate

TEMPLATE = "forecourt_template"


class Databases:
    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._connection = psycopg.connect(server_url, autocommit=True)
        self._numbers = count(1)
        self._is_template_made = False
        self._spent: list[str] = []

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a database with the newest schema; gone when the next is asked for."""
        if not self._is_template_made:
            migrate(self._create(TEMPLATE, "template0"))
            self._is_template_made = True
        with self._lent(TEMPLATE) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without any table; gone when the next is asked for."""
        with self._lent("template0") as url:
            yield url

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _lent(self, template: str) -> Iterator[str]:
        self._drop_spent()
        name = f"test_{next(self._numbers)}"
        yield self._create(name, template)
        self._spent.append(name)

    def _drop_spent(self) -> None:
        """Not at once: PostgreSQL waits a tenth of a second for a connection that is about to end."""
        while self._spent:
            self._connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._spent.pop())))

    def _create(self, name: str, template: str) -> str:
        """Copies files: the other way, through the log, takes three times as long."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self._server_url.replace("@/forecourt?", f"@/{name}?")
