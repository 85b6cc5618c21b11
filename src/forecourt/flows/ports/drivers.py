"""Repositories for drivers, their tokens and accounts, sign-in, and guests who charge without an account, within a Store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from forecourt.drivers import (
    Account,
    ChargingNeed,
    Driver,
    GroupMember,
    GuestBooking,
    GuestVisit,
    SecondFactor,
    SignIn,
    SingleSignOn,
    Token,
)
from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import BookingId, DriverId, EvseId, OperatorId, SiteId, TokenUid
from forecourt.stations import EvseCode


class DriverRepository(Protocol):
    def driver(self, driver_id: DriverId) -> Driver: ...
    def prefetch(self, driver_ids: Collection[DriverId]) -> None:
        """An optional hint: these drivers are about to be read."""
        ...

    def drivers(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Driver]:
        """The operator's drivers, by id, including guests and those who have left."""
        ...

    def page(self, operator_id: OperatorId, text: str, request: PageRequest = FIRST_PAGE) -> ListPage[Driver]:
        """Drivers with an account whose name or email address contains the text, ignoring case; no guests, and nobody who has left."""
        ...

    def put_driver(self, driver: Driver) -> None: ...
    def token(self, operator_id: OperatorId, uid: TokenUid) -> Token | None: ...
    def tokens_of(self, driver_id: DriverId) -> Sequence[Token]:
        """The driver's tokens in any state, by uid."""
        ...

    def put_token(self, token: Token) -> None: ...
    def lock_starts(self, driver_id: DriverId) -> None:
        """Lock the driver's starts until this unit of work ends, so that two starts cannot share what is left of one limit. Call before
        reading open charges; lock several drivers in the order of their ids."""
        ...

    def cards(self, operator_id: OperatorId, of: Collection[DriverId] | None, limit: int) -> Sequence[Token]:
        """Active, undisputed tokens of the kinds that are presented at chargers, by uid. of: their holders; None: any."""

    def account(self, account_id: UUID) -> Account | None: ...
    def lock_account(self, account_id: UUID) -> Account | None:
        """The account as it is now, locked until this unit of work ends."""
        ...

    def account_by_email(self, email: str) -> Account | None: ...
    def team(self, operator_id: OperatorId) -> Sequence[Account]:
        """The accounts of an operator's staff, including closed ones, by email address."""
        ...

    def lock_team(self, operator_id: OperatorId) -> None:
        """Lock the team until this unit of work ends; call before reading it."""
        ...

    def put_account(self, account: Account) -> None: ...
    def sign_in(self, digest: bytes) -> SignIn | None: ...
    def sign_ins(self, account_id: UUID) -> Sequence[SignIn]:
        """The account's sign-ins, soonest to expire first, including expired ones."""
        ...

    def put_sign_in(self, sign_in: SignIn) -> None: ...
    def drop_sign_in(self, digest: bytes) -> None: ...
    def members(self, operator_id: OperatorId) -> Sequence[GroupMember]:
        """Memberships of all groups, including past ones, by group and start."""
        ...

    def groups_of(self, driver_id: DriverId) -> Sequence[GroupMember]:
        """The driver's memberships of groups, including past ones, by group and start."""
        ...

    def put_member(self, member: GroupMember) -> None:
        """Store one period of membership, identified by group, driver and start; put it again to set its end."""
        ...

    def need(self, driver_id: DriverId, site_id: SiteId) -> ChargingNeed | None: ...
    def prefetch_needs(self, site_id: SiteId, driver_ids: Collection[DriverId]) -> None:
        """An optional hint: the needs that these drivers stated at the site are about to be read."""
        ...

    def needs(self, site_id: SiteId) -> Mapping[DriverId, ChargingNeed]:
        """What drivers stated for the site, by driver."""
        ...

    def put_need(self, need: ChargingNeed) -> None: ...


class SingleSignOnRepository(Protocol):
    """Single sign-on of operators' staff through their company. Lock the team before changing it."""

    def of(self, operator_id: OperatorId) -> SingleSignOn | None:
        """The operator's single sign-on as it is now, even if this unit of work read it before."""
        ...

    def all(self) -> Sequence[SingleSignOn]:
        """The single sign-on of all operators that have one, by operator id."""
        ...

    def put(self, sso: SingleSignOn) -> None: ...
    def drop(self, operator_id: OperatorId) -> None: ...


class SecondFactorRepository(Protocol):
    """Second factors of accounts. Lock the account before changing one."""

    def factor(self, account_id: UUID) -> SecondFactor | None:
        """The account's second factor as it is now, even if this unit of work read it before."""
        ...

    def put(self, factor: SecondFactor) -> None: ...
    def drop(self, account_id: UUID) -> None: ...


class GuestRepository(Protocol):
    """Codes at sockets, guests' visits and guests' bookings. The store refuses a code that another socket has, and a link that another
    visit has."""

    def code(self, code: str) -> EvseCode | None: ...
    def code_of(self, evse_id: EvseId) -> EvseCode | None: ...
    def codes(self, site_id: SiteId) -> Sequence[EvseCode]:
        """The codes of a site's EVSEs, by EVSE id."""
        ...

    def evses_with_code(self, site_ids: Collection[SiteId]) -> Collection[EvseId]:
        """Those EVSEs of these sites that have a code."""
        ...

    def put_code(self, code: EvseCode) -> None:
        """Replaces the EVSE's previous code."""
        ...

    def visit(self, visit_id: UUID) -> GuestVisit | None: ...
    def by_digest(self, digest: bytes) -> GuestVisit | None: ...
    def of_driver(self, driver_id: DriverId) -> GuestVisit | None: ...
    def put_visit(self, visit: GuestVisit) -> None: ...
    def booking_by_digest(self, digest: bytes) -> GuestBooking | None: ...
    def booking_of_driver(self, driver_id: DriverId) -> GuestBooking | None: ...
    def booking(self, booking_id: BookingId) -> GuestBooking | None: ...
    def unpaid(self, operator_id: OperatorId) -> Sequence[GuestBooking]:
        """Bookings whose payment is under way, oldest first."""
        ...

    def lock_address(self, operator_id: OperatorId, email: str) -> None:
        """Lock the guest bookings of an email address until this unit of work ends. Take it after the lock of the payment, and before
        any pool's lock."""
        ...

    def paid_bookings_of(self, operator_id: OperatorId, email: str) -> Sequence[GuestBooking]:
        """The paid bookings of an email address that are not over, oldest first."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[GuestBooking]:
        """The open bookings of a site, oldest first."""
        ...

    def put_booking(self, booking: GuestBooking) -> None: ...
