"""Charges, CDRs and commands of roaming partners, in memory."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from forecourt.flows.ports import (
    FIRST_PAGE,
    ChangedSince,
    ListOrders,
    ListPage,
    PageRequest,
    RoamingCdr,
    RoamingCharge,
    RoamingCommand,
    page_of,
)
from forecourt.kernel import BookingId, DocumentId, EvseId, SessionId, SiteId, Span, TokenUid
from forecourt.store.memory.database import MemoryDatabase

_V = TypeVar("_V")


class Roamed:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put_command(self, command: RoamingCommand) -> None:
        self._db.roaming_commands.put(command.id, command)

    def command(self, command_id: UUID) -> RoamingCommand | None:
        return self._db.roaming_commands.get(command_id)

    def requested_start(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        found = self._db.roaming_commands.where(lambda one: one.evse_id == evse_id and one.shown == shown and one.requested_at >= since)
        return max(found, key=lambda one: (one.requested_at, one.id), default=None)

    def put_charge(self, charge: RoamingCharge) -> None:
        self._db.roaming_charges.put(charge.id, charge)

    def charge(self, charge_id: UUID) -> RoamingCharge | None:
        return self._db.roaming_charges.get(charge_id)

    def charge_of(self, session_id: SessionId) -> RoamingCharge | None:
        return next(iter(self.charges({session_id})), None)

    def charge_of_booking(self, booking_id: BookingId) -> RoamingCharge | None:
        return next((one for one in self._db.roaming_charges if one.reserved and one.reserved.booking_id == booking_id), None)

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        def named(one: RoamingCharge) -> bool:
            return one.reserved is not None and one.reserved.reservation_id.lower() == reservation_id.lower()

        found = self._db.roaming_charges.where(lambda one: one.partner_id == partner_id and named(one))
        return max(found, key=lambda one: (one.began_at, one.id), default=None)

    def reserved_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        waiting = self._db.roaming_charges.where(lambda one: one.waits and one.reserved is not None and one.reserved.site_id == site_id)
        return sorted(waiting, key=lambda one: one.id)

    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]:
        return self._db.roaming_charges.where(lambda one: one.session_id in session_ids)

    def charges_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCharge], int]:
        found = sorted(self._db.roaming_charges.where(lambda one: one.partner_id == partner_id), key=lambda one: one.id)
        return _paged(sorted(found, key=lambda one: one.began_at), page, lambda one: one.changed_at)

    def page(self, partner_id: UUID, request: PageRequest = FIRST_PAGE) -> ListPage[RoamingCharge]:
        return page_of(self._db.roaming_charges.where(lambda one: one.partner_id == partner_id), ListOrders.ROAMED, request)

    def put_cdr(self, cdr: RoamingCdr) -> None:
        self._db.roaming_cdrs.put(cdr.document_id, cdr)

    def cdr(self, document_id: DocumentId) -> RoamingCdr | None:
        return self._db.roaming_cdrs.get(document_id)

    def cdrs_of_charge(self, charge_id: UUID) -> Sequence[RoamingCdr]:
        found = self._db.roaming_cdrs.where(lambda one: one.session_id == charge_id)
        return sorted(found, key=lambda one: (one.made_at, one.document_id))

    def cdrs_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCdr], int]:
        found = self._db.roaming_cdrs.where(lambda one: one.partner_id == partner_id)
        return _paged(sorted(found, key=lambda one: (one.made_at, one.document_id)), page, lambda one: one.made_at)

    def undelivered_cdrs(self, partner_id: UUID, span: Span) -> int:
        made = self._db.roaming_cdrs.where(lambda one: one.partner_id == partner_id and span.contains(one.made_at))
        return sum(one.passing.accepted_at is None for one in made)


def _paged(found: Sequence[_V], page: ChangedSince, changed: Callable[[_V], datetime]) -> tuple[Sequence[_V], int]:
    fit = [one for one in found if (page.since or changed(one)) <= changed(one) and (page.until is None or changed(one) < page.until)]
    return fit[page.offset : page.offset + page.limit], len(fit)
