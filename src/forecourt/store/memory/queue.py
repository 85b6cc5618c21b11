"""Places in queues, and drivers waiting for a time slot, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.kernel import DriverId, SiteId, Span
from forecourt.reservations import Ticket, WaitlistEntry
from forecourt.store.memory.database import MemoryDatabase


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
