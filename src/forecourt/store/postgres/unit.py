"""One unit of work: the repositories over one transaction, what they read ahead, and the order in which they write."""

from collections.abc import Collection, Sequence
from uuid import UUID

from forecourt.flows.ports import InboxRow
from forecourt.kernel import DocumentId, DriverId, PaymentId, SiteId, Span
from forecourt.stations import CardPresented, ChargerBooted, InboxItem, Message, TransactionEnded, TransactionStarted, TransactionUpdated
from forecourt.store.postgres.bookings import Bookings, Queue, Waitlist
from forecourt.store.postgres.config_cache import GENERATION, ConfigCache, ProcessCache
from forecourt.store.postgres.db_connection import DbConnection, DbQuery
from forecourt.store.postgres.inbox import Inbox
from forecourt.store.postgres.lazy_repository import LazyRepository, flush_created, flush_of
from forecourt.store.postgres.lookup import Cards, Lookup, cards_in, transaction_named_in
from forecourt.store.postgres.message_repositories import MessageRepositories
from forecourt.store.postgres.money_repositories import MoneyRepositories
from forecourt.store.postgres.offer_repositories import OfferRepositories
from forecourt.store.postgres.people_repositories import PeopleRepositories
from forecourt.store.postgres.plans import Plans
from forecourt.store.postgres.prices import Prices, Pricing
from forecourt.store.postgres.sessions import Sessions
from forecourt.store.postgres.stations import NetworkStatus, Stations

# The order in which pending changes are written, before and after the money repositories.
_FIRST = ("stations", "history", "drivers", "pricing", "bookings", "queue", "waitlist", "sessions", "plans")
_LAST = ("inbox", "factors", "sso", "apps", "notices", "outbox", "audit")


# For the holders of presented cards.
_CARD_HOLDERS = "driver_id IN (SELECT driver_id FROM tokens WHERE operator_id = %s AND uid = ANY(%s))"
_HOLDERS_WITH = (
    f"SELECT driver_id FROM group_members WHERE {_CARD_HOLDERS}",  # noqa: S608
    f"SELECT driver_id FROM memberships WHERE {_CARD_HOLDERS}",  # noqa: S608
    f"SELECT driver_id FROM vouchers WHERE state = 'Open' AND {_CARD_HOLDERS}",  # noqa: S608
    f"SELECT driver_id FROM payments WHERE holding AND session_id IS NULL AND {_CARD_HOLDERS}",  # noqa: S608
)


class PostgresStore(PeopleRepositories, MoneyRepositories, OfferRepositories, MessageRepositories):
    """Repositories do not refer to it, so that all it has read is freed when the unit ends, not at the next garbage collection."""

    stations = LazyRepository(lambda unit: Stations(unit._db, unit._config_cache))
    prices = LazyRepository(lambda unit: Prices(unit._db, unit._config_cache))
    pricing = LazyRepository(lambda unit: Pricing(unit._db))
    bookings = LazyRepository(lambda unit: Bookings(unit._db))
    queue = LazyRepository(lambda unit: Queue(unit._db))
    waitlist = LazyRepository(lambda unit: Waitlist(unit._db))
    sessions = LazyRepository(lambda unit: Sessions(unit._db, flush_of(unit, "drivers", "inbox")))
    plans = LazyRepository(lambda unit: Plans(unit._db, unit.stations, flush_of(unit, "sessions")))
    history = LazyRepository(lambda unit: unit.stations.history(unit.sessions.flush))
    network_status = LazyRepository(
        lambda unit: NetworkStatus(
            unit._db, unit.stations.flush, unit.sessions.flush, unit.bookings.flush, unit.queue.flush, unit.plans.flush
        )
    )
    lookup = LazyRepository(
        lambda unit: Lookup(unit._db, unit.drivers.flush, unit.bookings.flush, unit.sessions.flush, unit.payments.flush)
    )
    inbox = LazyRepository(lambda unit: Inbox(unit._db, unit._process_cache, unit))

    def __init__(self, db: DbConnection, config_cache: ConfigCache, process_cache: ProcessCache) -> None:
        self._db = db
        self._config_cache = config_cache
        self._process_cache = process_cache

    def flush(self) -> None:
        """Write everything pending, in one round trip if the driver can."""
        if "sessions" in vars(self):
            self.sessions.flush_points()
        with self._db.pipeline():
            flush_created(self, _FIRST)
            self.flush_money()
            flush_created(self, _LAST)
            self.flush_offers()
            self._config_cache.flush(self._db)

    def prefetch_pool(self, site_id: SiteId, kind: str, driver_id: DriverId | None = None, history: int = 0) -> None:
        queries = self.stations.pool_queries(site_id) + self.bookings.pool_queries(site_id, kind)
        if driver_id is not None:
            queries += [self.drivers.tokens_query(driver_id), self.bookings.driver_query(driver_id, history)]
        self._db.prefetch([GENERATION, *queries, *self.sessions.pool_queries(site_id), *self.queue.pool_queries(site_id)])
        self._config_cache.refresh(self._db)

    def prefetch_sites(self, site_ids: Collection[SiteId], charge: Span) -> None:
        sites = [self.stations.site(one) for one in site_ids]
        self.stations.prefetch_evses(site_ids)
        self.prices.prefetch(sites, charge.start)
        self.stations.prefetch_sites(sites)
        for repository in (self.sessions, self.bookings, self.queue, self.plans):
            repository.prefetch_sites([one.id for one in sites])
        self._db.cache_reads()

    def prefetch_documents(self, ids: Collection[DocumentId]) -> None:
        self._db.restart_read_cache()
        self.documents.prefetch_credit_notes(ids)
        self.payments.prefetch_of_documents([*ids, *self.statements.prefetch_of_documents(ids)])

    def prefetch_subjects(self, ids: Collection[UUID]) -> None:
        self._db.restart_read_cache()
        self.documents.prefetch([DocumentId(one) for one in ids])
        self.statements.prefetch([DocumentId(one) for one in ids])
        self.manual_entries.prefetch(ids)
        self.payments.prefetch([PaymentId(one) for one in ids])

    def lock_site(self, site_id: SiteId) -> None:
        self.plans.lock_site(site_id)

    def preload(self, site_id: SiteId, rows: Sequence[InboxRow]) -> None:
        evses = [(evse.id, evse.charger_id) for evse in self.stations.evses(site_id)]
        operator_id = self.stations.site(site_id).operator_id
        messages = [row.message for row in rows]
        transactions = {(message.charger_id, transaction_named_in(message)) for message in messages}
        wanted = {(charger_id, transaction) for charger_id, transaction in transactions if transaction}
        notable = sorted({message.charger_id for message in messages if not isinstance(message.fact, TransactionUpdated)})
        cards, starts = cards_in(messages), any(isinstance(one.fact, TransactionStarted) for one in messages)
        self.plans.lock_site(site_id)
        queries = [*self.stations.sockets_queries(site_id), self.sessions.preload_query(operator_id, site_id)]
        queries += [*self.plans.grants_queries(site_id), *self._card_queries(cards)]
        if notable:
            queries.append(self.stations.find_query(notable))
        if starts:
            queries += [self.bookings.live_query(site_id), *self.queue.pool_queries(site_id)]
            queries += [(having, card) for having in _HOLDERS_WITH for card in cards.items()]
        self._db.prefetch(queries)
        self.stations.preload(site_id)
        if notable:
            self.stations.preload_chargers(notable)
        self.sessions.preload(operator_id, site_id, evses, wanted)
        self.plans.grants(site_id)
        holders = self._preload_cards(cards)
        if starts:
            self._assume_most_have_nothing(holders, cards)

    def prefetch(self, said: Sequence[InboxItem]) -> None:
        """Read in one round trip: for presented cards, the tokens and who uses the sockets now; for boots, the chargers."""
        cards = cards_in(said)
        messages = [one for one in said if isinstance(one, Message)]
        boots = list({message.charger_id for message in messages if isinstance(message.fact, ChargerBooted)})
        starts = [one for one in messages if getattr(one.fact, "token", None) and not isinstance(one.fact, TransactionEnded)]
        sites = list({message.site_id for message in starts})
        unnumbered = sum(isinstance(one.fact, TransactionStarted) and not one.fact.transaction for one in messages)
        shown = {one.charger_id for one in said if isinstance(one, CardPresented)}
        begin_at = list({one.charger_id for one in starts} | shown)
        queries = self._card_queries(cards)
        if begin_at:
            queries.append(self.plans.unheld_query(begin_at))
        if boots:
            queries.append(self.stations.find_query(boots))
        if sites:
            queries += [self.bookings.find_query(sites), self.queue.find_query(sites)]
        if unnumbered:
            queries.append(self.inbox.numbers_query(unnumbered))
        if queries:
            self._db.prefetch(queries)
        self._preload_cards(cards)
        if begin_at:
            self.plans.preload_unheld(begin_at)
        if boots:
            self.stations.preload_chargers(boots)
        if sites:
            self.bookings.preload(sites)
            self.queue.preload(sites)
        charger_ids = {message.charger_id for message in starts if transaction_named_in(message)}
        if charger_ids:
            self.sessions.preload_chargers(charger_ids)

    def _card_queries(self, cards: Cards) -> list[DbQuery]:
        return [
            query
            for operator_id, uids in cards.items()
            for query in (*self.drivers.card_queries(operator_id, uids), self.payments.find_query(operator_id, uids))
        ]

    def _preload_cards(self, cards: Cards) -> set[DriverId]:
        """Read the cards' holders."""
        everybody: set[DriverId] = set()
        for operator_id, uids in cards.items():
            holders = self.drivers.preload(operator_id, uids)
            self.payments.preload(operator_id, uids, holders)
            everybody |= holders
        return everybody

    def _assume_most_have_nothing(self, holders: set[DriverId], cards: Cards) -> None:
        """Most drivers have no group, plan, voucher or hold: for them, no further query is needed."""
        of_each = (self.drivers.groups_query, self.memberships.find_query, self.partners.vouchers_query, self.payments.holds_query)
        for having, query_for in zip(_HOLDERS_WITH, of_each, strict=True):
            found = {driver_id for card in cards.items() for (driver_id,) in self._db.rows(having, *card)}
            self._db.assume_empty(query_for(one) for one in holders - found)
