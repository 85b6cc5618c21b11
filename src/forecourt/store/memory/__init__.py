"""The ports in memory, for tests of flows and for rebuilding state.

The docstrings of `forecourt.flows.ports` hold here; those in this package add what is different. Units of work run one after another, so
that locks have nothing to do and nothing need be read ahead. Values are found by looking at all of a kind. What PostgreSQL refuses is
refused when the unit of work ends (`constraints`, `schema`), even where PostgreSQL refuses it earlier, at the next query.

A repository has the same module, and its methods the same order, as in `forecourt.store.postgres`.
"""

from forecourt.store.memory.transactions import MemoryTransactions

__all__ = ["MemoryTransactions"]
