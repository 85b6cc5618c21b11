"""What flows need for bookings and the money behind them, the queue at sockets, and who waits for a time: repositories within a Store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId, Span
from forecourt.reservations import Booking, BookingRules, Deposit, Habits, Ticket, WaitlistEntry
from forecourt.stations import Site


class BookingBook(Protocol):
    def lock_fee(self, site_id: SiteId, booking_id: BookingId) -> None:
        """Held while what not coming costs is billed, or taken back; before any pool's lock."""

    def lock_pool(self, site_id: SiteId, kind: str) -> None:
        """Hold the pool of a site's sockets of a kind until this unit of work ends; call before reading live_at."""
        ...

    def live_at(self, site_id: SiteId) -> Sequence[Booking]:
        """Every Confirmed or Bound booking of the site, by start."""
        ...

    def booking(self, booking_id: BookingId) -> Booking | None: ...
    def by_number(self, site_id: SiteId, number: int) -> Booking | None: ...
    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Booking]: ...
    def live_of(self, driver_id: DriverId) -> Sequence[Booking]:
        """Every Confirmed or Bound booking of the driver, by start."""
        ...

    def past_of(self, driver_id: DriverId, asked: PageAsked = FIRST_PAGE) -> ListPage[Booking]:
        """Those that are live no more."""
        ...

    def of_site(self, site_id: SiteId, span: Span) -> Sequence[Booking]: ...
    def put(self, booking: Booking) -> None: ...
    def next_number(self) -> int: ...
    def rules(self, site_id: SiteId) -> BookingRules:
        """The site's own, else the usual ones."""
        ...

    def put_rules(self, site: Site, rules: BookingRules) -> None: ...
    def habits(self, site_id: SiteId, kind: str) -> Habits | None:
        """What was learned last; None: nothing yet."""
        ...

    def put_habits(self, site: Site, kind: str, habits: Habits) -> None: ...


class DepositBook(Protocol):
    """Who changes a deposit holds the lock of its booking's pool, and before that of its payments."""

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        """As it is now, whatever this unit of work has read before."""
        ...

    def expect(self, booking_ids: Collection[BookingId]) -> None:
        """A hint, never needed: those of these are about to be asked for, a booking at a time."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        """Those of a site that are not over, oldest first."""
        ...

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        """Those of a driver that are not over, oldest first."""
        ...

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        """Those that wait for their driver, oldest first."""
        ...

    def put(self, deposit: Deposit) -> None: ...


class QueueBook(Protocol):
    """Places in queues. The store refuses a second live place of a driver, and a socket kept for two.

    Who changes a queue holds the pool's lock (BookingBook.lock_pool) first.
    """

    def live_at(self, site_id: SiteId) -> Sequence[Ticket]:
        """Who waits or is called, of every kind of socket, in the order of the queue."""
        ...

    def live_of(self, driver_id: DriverId) -> Ticket | None: ...
    def latest_of(self, driver_id: DriverId, since: datetime) -> Ticket | None:
        """The last that a driver joined from then on, whether it is over or not."""
        ...

    def ticket(self, ticket_id: UUID) -> Ticket | None: ...
    def joined_in(self, site_id: SiteId, span: Span) -> Sequence[Ticket]:
        """By the instant of joining."""
        ...

    def latest_called(self, site_id: SiteId, kind: str, limit: int = 20) -> Sequence[Ticket]:
        """Those whose turn came, the latest who joined first: what is known of how wrong estimates are."""
        ...

    def put(self, ticket: Ticket) -> None: ...


class Waitlist(Protocol):
    """Who changes one holds the pool's lock (BookingBook.lock_pool) first."""

    def live_at(self, site_id: SiteId) -> Sequence[WaitlistEntry]:
        """Who waits or has an offer, of every kind of socket, in the order they are asked."""
        ...

    def live_of(self, driver_id: DriverId) -> Sequence[WaitlistEntry]:
        """The soonest window first."""
        ...

    def wait(self, wait_id: UUID) -> WaitlistEntry | None: ...
    def put(self, wait: WaitlistEntry) -> None: ...
