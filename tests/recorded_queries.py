"""What a test asks of PostgreSQL, counted."""

from threading import get_ident
from typing import Any

import psycopg
import pytest


def record_queries(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every query of this thread from now on; threads of a pool prepare connections meanwhile."""
    asked: list[tuple[Any, ...]] = []
    here, execute = get_ident(), psycopg.Connection.execute

    def noted(self: Any, *query: Any, **options: Any) -> Any:
        if get_ident() == here:
            asked.append(query)
        return execute(self, *query, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    return asked
