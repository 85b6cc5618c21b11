"""Charges of partners' drivers, what partners were told of them and asked for, and the book of it within a Store."""

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
    """How it stands with telling a partner. told_at: when it took what it was told last; None: never.

    error: why it did not take what it was told since; empty: nothing is wrong.
    """

    told_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ReservedSocket:
    """A socket is held for a partner's customer. reservation_id: the partner's. command_id: by which it asked last.

    seen: how it stood when the partner was told of it last. over: nothing more comes of it, nobody has charged.
    """

    booking_id: BookingId
    site_id: SiteId
    reservation_id: str
    command_id: UUID
    seen: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class ProfileLimit:
    """limit_w: from `start` on; None: nothing limits any more."""

    start: datetime
    limit_w: int | None


@dataclass(frozen=True, slots=True)
class ProfilePending:
    """A profile that its charger has not been seen to keep to. command_id: by which it was asked for; before: the limits until then."""

    command_id: UUID
    before: tuple[ProfileLimit, ...]


@dataclass(frozen=True, slots=True)
class PartnerProfile:
    """What a partner lets its customer's car have at most. limits: by start; (): nothing limits. set_at: when it was last set or cleared.

    asked_at: when the partner last asked what is planned. told_a: what it was last told of that by itself. pending: it waits to hear
    whether they hold.
    """

    limits: tuple[ProfileLimit, ...] = ()
    set_at: datetime | None = None
    asked_at: datetime | None = None
    told_a: int | None = None
    pending: ProfilePending | None = None


@dataclass(frozen=True, slots=True)
class RoamingCharge:
    """A charge whose driver has a contract with a partner: the partner pays it. changed_at: when it last became different.

    id: of the Session as the partner knows it: our charge's, or the booking's where a socket was held before (reserved).
    session_id: None while nobody charges.
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
        """A socket is held, and nobody charges yet."""
        return self.session_id is None and self.reserved is not None and not self.reserved.over


@dataclass(frozen=True, slots=True)
class RoamingCdr:
    """A CDR as it was made with its document, sealed; it has the document's id. session_id: of the Session as the partner knows it."""

    document_id: DocumentId
    operator_id: OperatorId
    partner_id: UUID
    session_id: UUID
    made_at: datetime
    cdr: Cdr
    passing: PartnerDelivery = PartnerDelivery()


@dataclass(frozen=True, slots=True)
class RoamingCommand:
    """What a partner asked us to do at a charger, and where it wants to hear how that went. token: of a start.

    shown: what the charger is shown for it; the token's own uid where that is short enough.
    """

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    response_url: str
    asked_at: datetime
    evse_id: EvseId | None = None
    token: CdrToken | None = None
    shown: TokenUid | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """Of a partner's objects that were changed from `since` on and before `until`, the oldest first: so many after an offset."""

    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 100


class RoamingChargeRepository(Protocol):
    def put_charge(self, charge: RoamingCharge) -> None: ...
    def charge(self, charge_id: UUID) -> RoamingCharge | None: ...
    def charge_of(self, session_id: SessionId) -> RoamingCharge | None: ...
    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]: ...
    def charges_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCharge], int]:
        """The page, and how many there are in all."""
        ...

    def page(self, partner_id: UUID, request: PageRequest = FIRST_PAGE) -> ListPage[RoamingCharge]: ...

    def held_by(self, booking_id: BookingId) -> RoamingCharge | None:
        """What a booking holds a socket for."""
        ...

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        """The last that a partner made by this id of its own; ids are told apart by their letters, not by their size."""
        ...

    def waiting_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        """Sockets that are held, where nobody charges yet."""
        ...

    def put_command(self, command: RoamingCommand) -> None: ...
    def command(self, command_id: UUID) -> RoamingCommand | None: ...
    def start_asked(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        """The last start at a socket for a token that was asked for since then."""
        ...

    def put_cdr(self, cdr: RoamingCdr) -> None: ...
    def cdr(self, document_id: DocumentId) -> RoamingCdr | None: ...
    def cdrs_about(self, charge_id: UUID) -> Sequence[RoamingCdr]:
        """All of one Session, in the order in which they were made."""
        ...

    def cdrs_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCdr], int]: ...
    def untaken(self, partner_id: UUID, span: Span) -> int:
        """How many CDRs that were made in a span the partner has not taken."""
        ...
