"""Charges by roaming partners' customers, their CDRs and commands, what partners were sent about them: a repository within a Store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import BookingId, DocumentId, EvseId, OperatorId, SessionId, SiteId, Span, TokenUid
from forecourt.ocpi import AuthMethod, Cdr, CdrToken


@dataclass(frozen=True, slots=True)
class PartnerDelivery:
    """The state of updates to a partner. accepted_at: when it last accepted one; None: never.

    error: why it did not accept a later one; empty: nothing is wrong.
    """

    accepted_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ReservedSocket:
    """A socket reserved for a partner's customer. reservation_id: the partner's. command_id: of its last request.

    seen: its state when the partner was last updated. over: it has ended without a charge.
    """

    booking_id: BookingId
    site_id: SiteId
    reservation_id: str
    command_id: UUID
    seen: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class ProfileLimit:
    """limit_w: the limit from `start` on; None: no limit."""

    start: datetime
    limit_w: int | None


@dataclass(frozen=True, slots=True)
class ProfilePending:
    """A profile that the charger has not yet been seen to apply. command_id: the request for it; before: the limits until then."""

    command_id: UUID
    before: tuple[ProfileLimit, ...]


@dataclass(frozen=True, slots=True)
class PartnerProfile:
    """The charging limits that a partner set for its customer's car. limits: by start; (): none. set_at: when last set or cleared.

    requested_at: when the partner last requested the planned profile. sent_a: the plan last sent to it unprompted. pending: it waits for
    confirmation that its limits are applied.
    """

    limits: tuple[ProfileLimit, ...] = ()
    set_at: datetime | None = None
    requested_at: datetime | None = None
    sent_a: int | None = None
    pending: ProfilePending | None = None


@dataclass(frozen=True, slots=True)
class RoamingCharge:
    """A charge whose driver has a contract with a partner, which pays for it. changed_at: when it last changed.

    id: of the Session as the partner knows it: our charge's, or the booking's if a socket was reserved before.
    session_id: None until the charge starts.
    """

    id: UUID
    session_id: SessionId | None
    operator_id: OperatorId
    partner_id: UUID
    token: CdrToken
    auth_method: AuthMethod
    authorization_reference: str | None
    began_at: datetime
    changed_at: datetime
    passing: PartnerDelivery = PartnerDelivery()
    reserved: ReservedSocket | None = None
    profile: PartnerProfile | None = None

    @property
    def waits(self) -> bool:
        """A socket is reserved, and the charge has not started yet."""
        return self.session_id is None and self.reserved is not None and not self.reserved.over


@dataclass(frozen=True, slots=True)
class RoamingCdr:
    """A CDR as it was issued with its document, sealed; it has the document's id. session_id: of the Session as the partner knows it."""

    document_id: DocumentId
    operator_id: OperatorId
    partner_id: UUID
    session_id: UUID
    made_at: datetime
    cdr: Cdr
    passing: PartnerDelivery = PartnerDelivery()


@dataclass(frozen=True, slots=True)
class RoamingCommand:
    """A partner's command for a charger, and the URL for its result. token: of a start.

    shown: the id tag sent to the charger for it; the token's own uid if that is short enough.
    """

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    response_url: str
    requested_at: datetime
    evse_id: EvseId | None = None
    token: CdrToken | None = None
    shown: TokenUid | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """Selects a partner's objects changed from `since` on and before `until` (None: unbounded): up to `limit` after an offset."""

    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 100


class RoamingChargeRepository(Protocol):
    def put_charge(self, charge: RoamingCharge) -> None: ...
    def charge(self, charge_id: UUID) -> RoamingCharge | None: ...
    def charge_of(self, session_id: SessionId) -> RoamingCharge | None: ...
    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]:
        """The roaming charges among these sessions, in no particular order."""
        ...

    def charges_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCharge], int]:
        """The selected page, in the order of their start, and the number of all that match."""
        ...

    def page(self, partner_id: UUID, request: PageRequest = FIRST_PAGE) -> ListPage[RoamingCharge]:
        """Latest start first."""
        ...

    def charge_of_booking(self, booking_id: BookingId) -> RoamingCharge | None:
        """The charge for which a booking reserves a socket."""
        ...

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        """The partner's latest charge with this reservation id, which the partner chose; case is ignored."""
        ...

    def reserved_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        """Charges with a socket reserved at the site that have not started, by id."""
        ...

    def put_command(self, command: RoamingCommand) -> None: ...
    def command(self, command_id: UUID) -> RoamingCommand | None: ...
    def requested_start(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        """The latest command to start at a socket, requested since then. shown: the id tag sent to the charger for it."""
        ...

    def put_cdr(self, cdr: RoamingCdr) -> None: ...
    def cdr(self, document_id: DocumentId) -> RoamingCdr | None: ...
    def cdrs_of_charge(self, charge_id: UUID) -> Sequence[RoamingCdr]:
        """All CDRs of one Session, in the order of issue."""
        ...

    def cdrs_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCdr], int]:
        """The selected page, in the order of issue, and the number of all that match."""
        ...

    def undelivered_cdrs(self, partner_id: UUID, span: Span) -> int:
        """The number of CDRs issued in a span that the partner has not accepted."""
        ...
