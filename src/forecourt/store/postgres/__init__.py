"""The ports on PostgreSQL."""

from forecourt.store.postgres.transactions import PostgresTransactions

__all__ = ["PostgresTransactions"]
