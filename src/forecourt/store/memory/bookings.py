"""Bookings, the queue and drivers waiting for a time slot, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import BookingId, DriverId, SiteId, Span
from forecourt.reservations import Booking, BookingRules, Habits, Ticket, WaitlistEntry
from forecourt.stations import Site
from forecourt.store.memory.database import MemoryDatabase


class Bookings:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock_pool(self, site_id: SiteId, kind: str) -> None:
        """Nothing to do: units of work run one after another."""

    def lock_fee(self, site_id: SiteId, booking_id: BookingId) -> None:
        """Nothing to do: units of work run one after another."""

    def live_at(self, site_id: SiteId) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.site_id == site_id and one.live))

    def booking(self, booking_id: BookingId) -> Booking | None:
        return self._db.bookings.get(booking_id)

    def by_number(self, site_id: SiteId, number: int) -> Booking | None:
        found = _by_start(self._db.bookings.where(lambda one: (one.site_id, one.number) == (site_id, number)))
        return found[-1] if found else None

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Booking]:
        mine = sorted(self._db.bookings.where(lambda one: one.driver_id == driver_id), key=lambda one: one.id)
        return sorted(mine, key=lambda one: one.window.start, reverse=True)[:limit]

    def live_of(self, driver_id: DriverId) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.driver_id == driver_id and one.live))

    def past_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Booking]:
        return page_of(self._db.bookings.where(lambda one: one.driver_id == driver_id and not one.live), ListOrders.BOOKINGS, request)

    def of_site(self, site_id: SiteId, span: Span) -> Sequence[Booking]:
        return _by_start(self._db.bookings.where(lambda one: one.site_id == site_id and one.window.overlaps(span)))

    def put(self, booking: Booking) -> None:
        self._db.bookings.put(booking.id, booking)

    def next_number(self) -> int:
        return next(self._db.booking_numbers)

    def rules(self, site_id: SiteId) -> BookingRules:
        site = self._db.sites.get(site_id)
        return (site and self._db.booking_rules.get((site.operator_id, site_id))) or BookingRules()

    def put_rules(self, site: Site, rules: BookingRules) -> None:
        self._db.booking_rules.put((site.operator_id, site.id), rules)

    def habits(self, site_id: SiteId, kind: str) -> Habits | None:
        site = self._db.sites.get(site_id)
        return self._db.booking_habits.get((site.operator_id, site_id, kind)) if site else None

    def put_habits(self, site: Site, kind: str, habits: Habits) -> None:
        self._db.booking_habits.put((site.operator_id, site.id, kind), habits)


class Queue:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def live_at(self, site_id: SiteId) -> Sequence[Ticket]:
        return sorted(self._db.tickets.where(lambda one: one.site_id == site_id and one.live), key=lambda one: one.sort_key)

    def live_of(self, driver_id: DriverId) -> Ticket | None:
        return next(iter(self._db.tickets.where(lambda one: one.driver_id == driver_id and one.live)), None)

    def latest_of(self, driver_id: DriverId, since: datetime) -> Ticket | None:
        mine = self._db.tickets.where(lambda one: one.driver_id == driver_id and one.joined_at >= since)
        return max(mine, key=lambda one: (one.joined_at, one.id), default=None)

    def ticket(self, ticket_id: UUID) -> Ticket | None:
        return self._db.tickets.get(ticket_id)

    def joined_in(self, site_id: SiteId, span: Span) -> Sequence[Ticket]:
        here = self._db.tickets.where(lambda one: one.site_id == site_id and span.contains(one.joined_at))
        return sorted(here, key=lambda one: (one.joined_at, one.id))

    def latest_called(self, site_id: SiteId, kind: str, limit: int = 20) -> Sequence[Ticket]:
        here = self._db.tickets.where(lambda one: (one.site_id, one.kind) == (site_id, kind) and one.first_called_at is not None)
        return sorted(sorted(here, key=lambda one: one.id), key=lambda one: one.joined_at, reverse=True)[:limit]

    def put(self, ticket: Ticket) -> None:
        self._db.tickets.put(ticket.id, ticket)


class Waitlist:
    def __init__(self, db: MemoryDatabase) -> None:
        self._known = db.waitlist

    def live_at(self, site_id: SiteId) -> Sequence[WaitlistEntry]:
        return sorted(self._known.where(lambda one: one.site_id == site_id and one.live), key=lambda one: one.sort_key)

    def live_of(self, driver_id: DriverId) -> Sequence[WaitlistEntry]:
        mine = self._known.where(lambda one: one.driver_id == driver_id and one.live)
        return sorted(mine, key=lambda one: (one.window.start, one.id))

    def wait(self, wait_id: UUID) -> WaitlistEntry | None:
        return self._known.get(wait_id)

    def put(self, wait: WaitlistEntry) -> None:
        self._known.put(wait.id, wait)


def _by_start(bookings: Sequence[Booking]) -> list[Booking]:
    return sorted(bookings, key=lambda one: (one.window.start, one.id))
