"""The stored record: PostgreSQL behind the ports of the flows, and its in-memory twin."""

from forecourt.store.backups import backup, restore
from forecourt.store.memory import MemoryTransactions
from forecourt.store.partitions import ensure_partitions
from forecourt.store.postgres import PostgresTransactions
from forecourt.store.retention import RETENTION_RULES, TEXT_RETENTION_RULES, delete_expired
from forecourt.store.schema import await_schema, migrate

__all__ = [
    "RETENTION_RULES",
    "TEXT_RETENTION_RULES",
    "MemoryTransactions",
    "PostgresTransactions",
    "await_schema",
    "backup",
    "delete_expired",
    "ensure_partitions",
    "migrate",
    "restore",
]
