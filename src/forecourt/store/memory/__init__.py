"""The ports in memory."""

from forecourt.store.memory.transactions import MemoryTransactions

__all__ = ["MemoryTransactions"]
