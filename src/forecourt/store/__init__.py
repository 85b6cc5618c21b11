"""The record: PostgreSQL behind the ports of the flows, and its in-memory twin."""

from forecourt.store.memory import MemoryTransactions
from forecourt.store.migrate import migrate
from forecourt.store.partitions import ensure_partitions
from forecourt.store.postgres import PostgresTransactions

__all__ = ["MemoryTransactions", "PostgresTransactions", "ensure_partitions", "migrate"]
