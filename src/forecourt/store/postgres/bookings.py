"""Bookings, the queue, drivers waiting for a time; the lock and the constraints that prevent a socket from being promised or held twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import BookingId, DriverId, SiteId, Span
from forecourt.reservations import Booking, BookingRules, Bound, Habits, Ticket, WaitlistEntry
from forecourt.stations import Site
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_COLUMNS = Table(
    "bookings",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("booking_id", "uuid"),
        ("kind", "text"),
        ("driver_id", "uuid"),
        ("number", "integer"),
        ("lane", "integer"),
        ("slot", "tstzrange"),
        ("promised", "tstzrange"),
        ("state", "text"),
        ("evse_id", "uuid"),
        ("promised_w", "integer"),
        ("promised_wh", "integer"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "booking_id"),
)
_CODEC = Codec[Booking](Booking)
_RULES = Table("booking_rules", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_RULES_CODEC = Codec[BookingRules](BookingRules)
_HABITS = Table(
    "booking_habits",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("kind", "text"), ("data", "jsonb")),
    ("operator_id", "site_id", "kind"),
)
_HABITS_CODEC = Codec[Habits](Habits)
_LIVE = "state IN ('Confirmed', 'Bound')"
_LIVE_AT_SITES = f"site_id = ANY(%s) AND {_LIVE}"
_LIVE_AT = f"site_id = %s AND {_LIVE} ORDER BY lower(slot), booking_id"
_RULES_OF = "SELECT data FROM booking_rules WHERE site_id = %s"
_HABITS_OF = "SELECT data FROM booking_habits WHERE site_id = %s AND kind = %s"
_WAITING_AT = "site_id = %s AND live"
_WAITING_AT_SITES = "site_id = ANY(%s) AND live"
_OF_DRIVER = "driver_id = %s ORDER BY lower(slot) DESC, booking_id LIMIT %s"
_PAGED = PagedQuery(ListOrders.BOOKINGS, ("lower(slot)", "booking_id"))
_OVERLAPS = "slot && tstzrange(%s, %s)"

_TICKETS = Table(
    "queue_tickets",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("ticket_id", "uuid"),
        ("kind", "text"),
        ("driver_id", "uuid"),
        ("joined_at", "timestamptz"),
        ("called_at", "timestamptz"),
        ("live", "boolean"),
        ("evse_id", "uuid"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "ticket_id"),
)
_TICKET_CODEC = Codec[Ticket](Ticket)
_SLOT_WAITS = Table(
    "slot_waits",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("wait_id", "uuid"),
        ("driver_id", "uuid"),
        ("asked_at", "timestamptz"),
        ("live", "boolean"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "wait_id"),
)
_SLOT_WAIT_CODEC = Codec[WaitlistEntry](WaitlistEntry)


def _range(span: Span) -> str:
    return f"[{span.start.isoformat()},{span.end.isoformat()})"


def _record(booking: Booking) -> dict[str, object]:
    return {
        "operator_id": booking.operator_id,
        "site_id": booking.site_id,
        "booking_id": booking.id,
        "kind": booking.kind,
        "driver_id": booking.driver_id,
        "number": booking.number,
        "lane": booking.lane,
        "slot": _range(booking.window),
        "promised": _range(booking.promised),
        "state": type(booking.state).__name__,
        "evse_id": booking.state.evse_id if isinstance(booking.state, Bound) else None,
        "promised_w": booking.power.power_w if booking.power else 0,
        "promised_wh": booking.power.energy_wh if booking.power else 0,
    }


class Bookings:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._map: IdentityMap[BookingId, Booking] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)
        self._warm_sites: set[SiteId] = set()

    def lock_pool(self, site_id: SiteId, kind: str) -> None:
        self._db.lock("pool", site_id, kind)
        self._map.forget()
        self._warm_sites.clear()

    def lock_fee(self, site_id: SiteId, booking_id: BookingId) -> None:
        self.lock_pool(site_id, f"fee/{booking_id}")

    def live_at(self, site_id: SiteId) -> Sequence[Booking]:
        if site_id in self._warm_sites:
            at_site = [one for one in self._map.known.values() if one.site_id == site_id and one.live]
            return sorted(at_site, key=lambda one: (one.window.start, one.id))
        return self._map.find(_LIVE_AT, site_id)

    def pool_queries(self, site_id: SiteId, kind: str) -> list[DbQuery]:
        live_queries = [] if site_id in self._warm_sites else [self._map.find_query(_LIVE_AT, site_id)]
        return [*live_queries, (_RULES_OF, (site_id,)), (_HABITS_OF, (site_id, kind))]

    def prefetch_sites(self, site_ids: Sequence[SiteId]) -> None:
        query = f"SELECT site_id, data FROM bookings WHERE {_LIVE_AT_SITES} ORDER BY lower(slot), booking_id"  # noqa: S608
        self._db.prefetch_each((query, (list(site_ids),)), lambda one: self._map.find_query(_LIVE_AT, one), site_ids)

    def booking(self, booking_id: BookingId) -> Booking | None:
        return self._map.get(booking_id, "booking_id = %s", booking_id)

    def by_number(self, site_id: SiteId, number: int) -> Booking | None:
        return self._map.first("site_id = %s AND number = %s ORDER BY lower(slot) DESC LIMIT 1", site_id, number)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Booking]:
        return self._map.find(_OF_DRIVER, driver_id, limit)

    def live_of(self, driver_id: DriverId) -> Sequence[Booking]:
        return self._map.find(f"driver_id = %s AND {_LIVE} ORDER BY lower(slot), booking_id", driver_id)

    def past_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Booking]:
        return _PAGED.page(self._map.find, request, f"driver_id = %s AND NOT {_LIVE}", driver_id)

    def driver_query(self, driver_id: DriverId, limit: int) -> DbQuery:
        return self._map.find_query(_OF_DRIVER, driver_id, limit)

    def of_site(self, site_id: SiteId, span: Span) -> Sequence[Booking]:
        return self._map.find(f"site_id = %s AND {_OVERLAPS} ORDER BY lower(slot), booking_id", site_id, span.start, span.end)

    def put(self, booking: Booking) -> None:
        self._map.put(booking)

    def next_number(self) -> int:
        found = self._db.one("SELECT nextval('booking_numbers')")
        return int(found[0]) if found else 0

    def rules(self, site_id: SiteId) -> BookingRules:
        found = self._db.one(_RULES_OF, site_id)
        return _RULES_CODEC.read(found[0]) if found else BookingRules()

    def put_rules(self, site: Site, rules: BookingRules) -> None:
        record = {"operator_id": site.operator_id, "site_id": site.id, "data": _RULES_CODEC.pack(rules)}
        self._db.write(_RULES.upsert(), [record])

    def habits(self, site_id: SiteId, kind: str) -> Habits | None:
        found = self._db.one(_HABITS_OF, site_id, kind)
        return _HABITS_CODEC.read(found[0]) if found else None

    def put_habits(self, site: Site, kind: str, habits: Habits) -> None:
        record = {"operator_id": site.operator_id, "site_id": site.id, "kind": kind, "data": _HABITS_CODEC.pack(habits)}
        self._db.write(_HABITS.upsert(), [record])

    def find_query(self, site_ids: Sequence[SiteId]) -> DbQuery:
        """The query that `preload` runs."""
        return self._map.find_query(_LIVE_AT_SITES, site_ids)

    def live_query(self, site_id: SiteId) -> DbQuery:
        """The query that `live_at` runs."""
        return self._map.find_query(_LIVE_AT, site_id)

    def preload(self, site_ids: Sequence[SiteId]) -> None:
        """Read what is live at many sites at once. It is valid until the unit ends or locks a pool: for units that only read."""
        self._map.find(_LIVE_AT_SITES, site_ids)
        self._warm_sites.update(site_ids)

    def flush(self) -> None:
        self._map.flush()


def _ticket_record(one: Ticket) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "ticket_id": one.id,
        "kind": one.kind,
        "driver_id": one.driver_id,
        "joined_at": one.joined_at,
        "called_at": one.first_called_at,
        "live": one.live,
        "evse_id": one.called_to,
    }


class Queue:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._map: IdentityMap[UUID, Ticket] = IdentityMap(db, _TICKETS, _TICKET_CODEC, lambda one: one.id, _ticket_record)
        self._warm_sites: set[SiteId] = set()

    def live_at(self, site_id: SiteId) -> Sequence[Ticket]:
        if site_id in self._warm_sites:
            return sorted((one for one in self._map.known.values() if one.site_id == site_id and one.live), key=lambda one: one.sort_key)
        return sorted(self._map.find(_WAITING_AT, site_id), key=lambda one: one.sort_key)

    def pool_queries(self, site_id: SiteId) -> list[DbQuery]:
        return [] if site_id in self._warm_sites else [self._map.find_query(_WAITING_AT, site_id)]

    def prefetch_sites(self, site_ids: Sequence[SiteId]) -> None:
        query = f"SELECT site_id, data FROM queue_tickets WHERE {_WAITING_AT_SITES}"  # noqa: S608
        self._db.prefetch_each((query, (list(site_ids),)), lambda one: self._map.find_query(_WAITING_AT, one), site_ids)

    def live_of(self, driver_id: DriverId) -> Ticket | None:
        return self._map.first("driver_id = %s AND live", driver_id)

    def latest_of(self, driver_id: DriverId, since: datetime) -> Ticket | None:
        return self._map.first("driver_id = %s AND joined_at >= %s ORDER BY joined_at DESC, ticket_id DESC LIMIT 1", driver_id, since)

    def ticket(self, ticket_id: UUID) -> Ticket | None:
        return self._map.first("ticket_id = %s", ticket_id)

    def joined_in(self, site_id: SiteId, span: Span) -> Sequence[Ticket]:
        where = "site_id = %s AND joined_at >= %s AND joined_at < %s ORDER BY joined_at, ticket_id"
        return self._map.find(where, site_id, span.start, span.end)

    def latest_called(self, site_id: SiteId, kind: str, limit: int = 20) -> Sequence[Ticket]:
        where = "site_id = %s AND kind = %s AND called_at IS NOT NULL ORDER BY joined_at DESC, ticket_id LIMIT %s"
        return self._map.find(where, site_id, kind, limit)

    def find_query(self, site_ids: Sequence[SiteId]) -> DbQuery:
        """The query that `preload` runs."""
        return self._map.find_query(_WAITING_AT_SITES, site_ids)

    def preload(self, site_ids: Sequence[SiteId]) -> None:
        """Read what is live at many sites at once, for units that only read."""
        self._map.find(_WAITING_AT_SITES, site_ids)
        self._warm_sites.update(site_ids)

    def put(self, ticket: Ticket) -> None:
        self._map.put(ticket)

    def flush(self) -> None:
        self._map.flush()


def _wait_record(one: WaitlistEntry) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "wait_id": one.id,
        "driver_id": one.driver_id,
        "asked_at": one.requested_at,
        "live": one.live,
    }


class Waitlist:
    def __init__(self, db: DbConnection) -> None:
        self._map: IdentityMap[UUID, WaitlistEntry] = IdentityMap(db, _SLOT_WAITS, _SLOT_WAIT_CODEC, lambda one: one.id, _wait_record)

    def live_at(self, site_id: SiteId) -> Sequence[WaitlistEntry]:
        return sorted(self._map.find("site_id = %s AND live", site_id), key=lambda one: one.sort_key)

    def live_of(self, driver_id: DriverId) -> Sequence[WaitlistEntry]:
        return sorted(self._map.find("driver_id = %s AND live", driver_id), key=lambda one: (one.window.start, one.id))

    def wait(self, wait_id: UUID) -> WaitlistEntry | None:
        return self._map.get(wait_id, "wait_id = %s", wait_id)

    def put(self, wait: WaitlistEntry) -> None:
        self._map.put(wait)

    def flush(self) -> None:
        self._map.flush()
