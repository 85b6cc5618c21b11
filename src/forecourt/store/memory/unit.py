"""One unit of work: the repositories over one database."""

from forecourt.store.memory.bookings import Bookings, Queue, Waitlist
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.history import History
from forecourt.store.memory.inbox import Inbox
from forecourt.store.memory.lookup import Lookup
from forecourt.store.memory.message_repositories import MessageRepositories
from forecourt.store.memory.money_repositories import MoneyRepositories
from forecourt.store.memory.offer_repositories import OfferRepositories
from forecourt.store.memory.people_repositories import PeopleRepositories
from forecourt.store.memory.plans import Plans
from forecourt.store.memory.prices import Prices, Pricing
from forecourt.store.memory.sessions import Sessions
from forecourt.store.memory.stations import NetworkStatus, Stations


class MemoryStore(PeopleRepositories, MoneyRepositories, OfferRepositories, MessageRepositories):
    """Made once for each database: a unit of work has no state of its own but the database's journal."""

    def __init__(self, db: MemoryDatabase) -> None:
        PeopleRepositories.__init__(self, db)
        MoneyRepositories.__init__(self, db)
        OfferRepositories.__init__(self, db)
        MessageRepositories.__init__(self, db)
        self.stations = Stations(db)
        self.prices = Prices(db)
        self.pricing = Pricing(db)
        self.bookings = Bookings(db)
        self.queue = Queue(db)
        self.waitlist = Waitlist(db)
        self.sessions = Sessions(db)
        self.plans = Plans(db)
        self.history = History(db)
        self.network_status = NetworkStatus(db)
        self.lookup = Lookup(db)
        self.inbox = Inbox(db)

    def prefetch_pool(self, site_id: object, kind: str, driver_id: object = None, history: int = 0) -> None:
        """Nothing to read ahead."""

    def prefetch_sites(self, site_ids: object, charge: object) -> None:
        """Nothing to read ahead."""

    def prefetch_documents(self, ids: object) -> None:
        """Nothing to read ahead."""

    def prefetch_subjects(self, ids: object) -> None:
        """Nothing to read ahead."""
