"""Repositories for bookings and their deposits, queues at sockets, and waiting lists, within a Store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId, Span
from forecourt.reservations import Booking, BookingRules, Deposit, Habits, Ticket, WaitlistEntry
from forecourt.stations import Site


class BookingRepository(Protocol):
    def lock_fee(self, site_id: SiteId, booking_id: BookingId) -> None:
        """Lock a booking's no-show fee until this unit of work ends: while it is billed or credited. Take it before any pool's lock."""

    def lock_pool(self, site_id: SiteId, kind: str) -> None:
        """Lock a site's pool of sockets of a kind until this unit of work ends; call before reading live_at."""
        ...

    def live_at(self, site_id: SiteId) -> Sequence[Booking]:
        """Every Confirmed or Bound booking of the site, by start."""
        ...

    def booking(self, booking_id: BookingId) -> Booking | None: ...
    def by_number(self, site_id: SiteId, number: int) -> Booking | None:
        """The booking of a site with a number; the one with the latest slot if there are several."""
        ...

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Booking]:
        """The driver's bookings in any state, latest slot first."""
        ...

    def live_of(self, driver_id: DriverId) -> Sequence[Booking]:
        """Every Confirmed or Bound booking of the driver, by start."""
        ...

    def past_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Booking]:
        """Bookings that are no longer live, latest first."""
        ...

    def of_site(self, site_id: SiteId, span: Span) -> Sequence[Booking]:
        """Bookings in any state whose slot overlaps the span, by start."""
        ...

    def put(self, booking: Booking) -> None: ...
    def next_number(self) -> int:
        """The next number of a sequence for all sites and operators; numbers may be skipped."""
        ...

    def rules(self, site_id: SiteId) -> BookingRules:
        """The site's own rules, or the defaults."""
        ...

    def put_rules(self, site: Site, rules: BookingRules) -> None: ...
    def habits(self, site_id: SiteId, kind: str) -> Habits | None:
        """What was last learned about drivers' habits; None if nothing has been learned yet."""
        ...

    def put_habits(self, site: Site, kind: str, habits: Habits) -> None: ...


class DepositRepository(Protocol):
    """Changing a deposit requires the lock of its booking's pool and, before that, those of its payments."""

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        """As it is now, whatever this unit of work has read before."""
        ...

    def prefetch(self, booking_ids: Collection[BookingId]) -> None:
        """An optional hint: the deposits of these bookings are about to be read, one booking at a time."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        """The open deposits of a site, oldest first."""
        ...

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        """The open deposits of a driver, oldest first."""
        ...

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        """Deposits that the driver has not paid yet, oldest first."""
        ...

    def put(self, deposit: Deposit) -> None: ...


class QueueRepository(Protocol):
    """Places in queues. The store refuses a second live place for a driver, and a socket reserved for two drivers.

    Changing a queue requires the pool's lock (BookingRepository.lock_pool).
    """

    def live_at(self, site_id: SiteId) -> Sequence[Ticket]:
        """Tickets waiting or called, for every kind of socket, in queue order."""
        ...

    def live_of(self, driver_id: DriverId) -> Ticket | None:
        """The driver's ticket that is waiting or called, at any site."""
        ...

    def latest_of(self, driver_id: DriverId, since: datetime) -> Ticket | None:
        """The driver's last ticket among those that joined since then, whether or not it is over."""
        ...

    def ticket(self, ticket_id: UUID) -> Ticket | None: ...
    def joined_in(self, site_id: SiteId, span: Span) -> Sequence[Ticket]:
        """Tickets that joined within a span, earliest first, in any state."""
        ...

    def latest_called(self, site_id: SiteId, kind: str, limit: int = 20) -> Sequence[Ticket]:
        """Tickets whose turn came, latest joined first: they show how accurate estimates are."""
        ...

    def put(self, ticket: Ticket) -> None: ...


class WaitlistRepository(Protocol):
    """Changing an entry requires the pool's lock (BookingRepository.lock_pool)."""

    def live_at(self, site_id: SiteId) -> Sequence[WaitlistEntry]:
        """Entries waiting or with an offer, for every kind of socket, in the order in which they get offers."""
        ...

    def live_of(self, driver_id: DriverId) -> Sequence[WaitlistEntry]:
        """The driver's live entries, earliest window first."""
        ...

    def wait(self, wait_id: UUID) -> WaitlistEntry | None: ...
    def put(self, wait: WaitlistEntry) -> None: ...
