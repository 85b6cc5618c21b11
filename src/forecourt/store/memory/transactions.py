"""Units of work in memory: one after another, checked at the end, undone on an exception."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from forecourt.flows.ports import Store, Transactions
from forecourt.store.memory.claims import Complaints, Disputes, Paybacks
from forecourt.store.memory.debts import Bank, Clearing, DirectDebits, Dunning, Owed, Runs
from forecourt.store.memory.drawers import undo
from forecourt.store.memory.guests import Guests
from forecourt.store.memory.messages import AuditLog, CommandLog, Inbox, LogSeals, Outbox
from forecourt.store.memory.money import ByHand, Documents, Ledger, Payments, Roamed
from forecourt.store.memory.offers import Coupons, Entitlements, Memberships
from forecourt.store.memory.partners import Partners, Questions, Roaming
from forecourt.store.memory.people import Apps, Bookings, Drivers, Factors, Notices, SingleSignOns
from forecourt.store.memory.prices import Prices, Pricing
from forecourt.store.memory.queue import Queue, Waitlist
from forecourt.store.memory.sessions import Plans, Sessions
from forecourt.store.memory.statements import AccountStatements, Takings
from forecourt.store.memory.stations import History, Lookup, Standing, Stations
from forecourt.store.memory.wallets import Cards, Deposits, Wallets
from forecourt.store.memory.world import World


class MemoryStore:
    def __init__(self, world: World) -> None:
        self.stations = Stations(world)
        self.drivers = Drivers(world)
        self.prices = Prices(world)
        self.pricing = Pricing(world)
        self.bookings = Bookings(world)
        self.queue = Queue(world)
        self.waitlist = Waitlist(world)
        self.sessions = Sessions(world)
        self.plans = Plans(world)
        self.standing = Standing(world)
        self.history = History(world)
        self.lookup = Lookup(world)
        self.documents = Documents(world)
        self.takings = Takings(world)
        self.ledger = Ledger(world)
        self.owed = Owed(world, self.ledger)
        self.bank = Bank(world)
        self.debits = DirectDebits(world)
        self.by_hand = ByHand(world)
        self.payments = Payments(world)
        self.dunning = Dunning(world)
        self.runs = Runs(world)
        self.statements = AccountStatements(world)
        self.wallets = Wallets(world)
        self.disputes = Disputes(world)
        self.clearing = Clearing(world)
        self.paybacks = Paybacks(world)
        self.complaints = Complaints(world)
        self.roamed = Roamed(world)
        self.guests = Guests(world)
        self.deposits = Deposits(world)
        self.factors = Factors(world)
        self.sso = SingleSignOns(world)
        self.apps = Apps(world)
        self.notices = Notices(world)
        self.cards = Cards(world)
        self.inbox = Inbox(world)
        self.outbox = Outbox(world)
        self.audit = AuditLog(world)
        self.log_seals = LogSeals(world)
        self.memberships = Memberships(world)
        self.entitlements = Entitlements(world)
        self.coupons = Coupons(world)
        self.partners = Partners(world)
        self.questions = Questions(world)
        self.roaming = Roaming(world)
        self.commands = CommandLog(world)

    def expect_pool(self, site_id: object, kind: str, driver_id: object = None, history: int = 0) -> None:
        """Nothing to read ahead."""

    def expect_sites(self, site_ids: object, charge: object) -> None:
        """Nothing to read ahead."""

    def expect_documents(self, ids: object) -> None:
        """Nothing to read ahead."""

    def expect_subjects(self, ids: object) -> None:
        """Nothing to read ahead."""


class MemoryTransactions(Transactions):
    """The twin of PostgresTransactions, for tests and for rebuilding state: the same answers and errors, nothing durable."""

    def __init__(self) -> None:
        self._world = World()
        self._store = MemoryStore(self._world)  # shared by all units: making some fifty repositories takes longer than most units
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
                store.sessions.check_points({key for drawer, key, _ in self._world.journal if drawer is self._world.points})
                self._world.check()
                self._world.journal.clear()
                kept = True
            finally:
                if not kept:
                    undo(self._world.journal)
                self._holder = None
