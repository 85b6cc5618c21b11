"""What flows need for the queue of drivers who wait for a socket, and for who waits for a time: repositories within a Store."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.kernel import DriverId, SiteId, Span
from forecourt.reservations import Ticket, WaitlistEntry


class QueueBook(Protocol):
    """Places in queues. The store refuses a second live place of a driver, and a socket kept for two.

    Who changes a queue holds the pool's lock (BookingBook.lock_pool) first.
    """

    def live_at(self, site_id: SiteId) -> Sequence[Ticket]:
        """Who waits or is called, of every kind of socket, in the order of the queue."""
        ...

    def live_of(self, driver_id: DriverId) -> Ticket | None: ...
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


__all__ = ["QueueBook", "Waitlist"]
