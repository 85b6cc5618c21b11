"""The stored record: PostgreSQL behind the ports of the flows, and its in-memory twin."""

from forecourt.store.copies import backup, restore
from forecourt.store.forgetting import SPENT, WORDS, forget_spent
from forecourt.store.memory import MemoryTransactions
from forecourt.store.partitions import ensure_partitions
from forecourt.store.postgres import PostgresTransactions
from forecourt.store.schema import await_schema, migrate

__all__ = [
    "SPENT",
    "WORDS",
    "MemoryTransactions",
    "PostgresTransactions",
    "await_schema",
    "backup",
    "ensure_partitions",
    "forget_spent",
    "migrate",
    "restore",
]
