"""One unit of work: the repositories over one database."""

from forecourt.store.memory.complaints import Complaints, Disputes, Paybacks
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.debts import Bank, Clearing, Debts, DirectDebits, Dunning, Runs
from forecourt.store.memory.guests import Guests
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
