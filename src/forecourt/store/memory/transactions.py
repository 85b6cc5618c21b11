"""Units of work in memory: one after another, checked at the end, undone on an exception."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from forecourt.flows.ports import Store, Transactions
from forecourt.store.memory.constraints import Constraints
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.journal import undo
from forecourt.store.memory.schema import SCHEMA
from forecourt.store.memory.unit import MemoryStore


class MemoryTransactions(Transactions):
    """The twin of PostgresTransactions, for tests and for rebuilding state: the same answers and errors, nothing durable."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None
        self._use(MemoryDatabase())

    def _use(self, db: MemoryDatabase) -> None:
        """Work on this database from now on."""
        self._db = db
        self._constraints = Constraints(SCHEMA, db.tables)
        self._store = MemoryStore(db)  # shared by all units: making some fifty repositories takes longer than most units

    @contextmanager
    def begin(self) -> Iterator[Store]:
        if self._holder == get_ident():
            raise RuntimeError("This thread has a unit of work open already.")
        with self._lock:
            self._holder = get_ident()
            store = self._store
            kept = False
            try:
                yield store
                store.sessions.check_points({key for table, key, _ in self._db.journal if table is self._db.points})
                self._constraints.check(self._db.journal)
                self._db.journal.clear()
                kept = True
            finally:
                if not kept:
                    undo(self._db.journal)
                self._holder = None
