"""Units of work in memory: one after another, checked at the end, undone on an exception."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from forecourt.flows.ports import Store, Transactions
from forecourt.store.memory.complaints import Complaints, Disputes, Paybacks
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.debts import Bank, Clearing, Debts, DirectDebits, Dunning, Runs
from forecourt.store.memory.guests import Guests
from forecourt.store.memory.journal import undo
from forecourt.store.memory.messages import AuditLog, CommandResults, Inbox, LogSeals, Outbox
from forecourt.store.memory.money import ByHand, Documents, Ledger, Payments
from forecourt.store.memory.offers import Coupons, Entitlements, Memberships
from forecourt.store.memory.partners import Partners, Questions, Roamed, Roaming
from forecourt.store.memory.people import Apps, Bookings, Drivers, Factors, Notices, SingleSignOns
from forecourt.store.memory.prices import Prices, Pricing
from forecourt.store.memory.queue import Queue, Waitlist
from forecourt.store.memory.sessions import Plans, Sessions
from forecourt.store.memory.statements import AccountStatements, BillingTotals
from forecourt.store.memory.stations import History, Lookup, NetworkStatus, Stations
from forecourt.store.memory.wallets import Cards, Deposits, Wallets


class MemoryStore:
    def __init__(self, db: MemoryDatabase) -> None:
        self.stations = Stations(db)
        self.drivers = Drivers(db)
        self.prices = Prices(db)
        self.pricing = Pricing(db)
        self.bookings = Bookings(db)
        self.queue = Queue(db)
        self.waitlist = Waitlist(db)
        self.sessions = Sessions(db)
        self.plans = Plans(db)
        self.network_status = NetworkStatus(db)
        self.history = History(db)
        self.lookup = Lookup(db)
        self.documents = Documents(db)
        self.billing_totals = BillingTotals(db)
        self.ledger = Ledger(db)
        self.debts = Debts(db, self.ledger)
        self.bank = Bank(db)
        self.direct_debits = DirectDebits(db)
        self.manual_entries = ByHand(db)
        self.payments = Payments(db)
        self.dunning = Dunning(db)
        self.job_runs = Runs(db)
        self.statements = AccountStatements(db)
        self.wallets = Wallets(db)
        self.disputes = Disputes(db)
        self.clearing = Clearing(db)
        self.paybacks = Paybacks(db)
        self.complaints = Complaints(db)
        self.roaming_charges = Roamed(db)
        self.guests = Guests(db)
        self.deposits = Deposits(db)
        self.factors = Factors(db)
        self.sso = SingleSignOns(db)
        self.apps = Apps(db)
        self.notices = Notices(db)
        self.cards = Cards(db)
        self.inbox = Inbox(db)
        self.outbox = Outbox(db)
        self.audit = AuditLog(db)
        self.log_seals = LogSeals(db)
        self.memberships = Memberships(db)
        self.entitlements = Entitlements(db)
        self.coupons = Coupons(db)
        self.partners = Partners(db)
        self.questions = Questions(db)
        self.roaming = Roaming(db)
        self.commands = CommandResults(db)

    def prefetch_pool(self, site_id: object, kind: str, driver_id: object = None, history: int = 0) -> None:
        """Nothing to read ahead."""

    def prefetch_sites(self, site_ids: object, charge: object) -> None:
        """Nothing to read ahead."""

    def prefetch_documents(self, ids: object) -> None:
        """Nothing to read ahead."""

    def prefetch_subjects(self, ids: object) -> None:
        """Nothing to read ahead."""


class MemoryTransactions(Transactions):
    """The twin of PostgresTransactions, for tests and for rebuilding state: the same answers and errors, nothing durable."""

    def __init__(self) -> None:
        self._db = MemoryDatabase()
        self._store = MemoryStore(self._db)  # shared by all units: making some fifty repositories takes longer than most units
        self._lock = Lock()
        self._holder: int | None = None

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
                self._db.check()
                self._db.journal.clear()
                kept = True
            finally:
                if not kept:
                    undo(self._db.journal)
                self._holder = None
