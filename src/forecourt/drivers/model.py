"""People who charge, people who run sites, and the tokens they show."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from forecourt.drivers.limits import NO_LIMITS, Limits
from forecourt.kernel import DriverId, Money, OperatorId, SiteId, TokenUid
from forecourt.stations import ANY_BAY, BayNeed


class TokenKind(StrEnum):
    RFID = "RFID"
    # Stored in the car, which presents it at the socket (Plug and Charge).
    CONTRACT = "CONTRACT"
    APP = "APP"
    ROAMING = "ROAMING"
    # Somebody who pays for one charge without any contract.
    GUEST = "GUEST"


class TokenStatus(StrEnum):
    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"


class PayBy(StrEnum):
    """How a driver's charges are paid: held and captured on a stored card, from a prepaid balance, or collected later from an account."""

    CARD = "CARD"
    WALLET = "WALLET"
    ACCOUNT = "ACCOUNT"


class Role(StrEnum):
    DRIVER = "DRIVER"
    OPERATOR = "OPERATOR"
    PARTNER = "PARTNER"


class Duty(StrEnum):
    """What a member of an operator's staff may change. All of them may see everything of their operator."""

    SITES = "SITES"  # chargers, sockets, limits, sharing of power, booking rules
    PRICES = "PRICES"  # tariffs, offers, memberships, demand-based prices
    MONEY = "MONEY"  # credit notes, refunds, debts, disputes, settlement with partners, charges that need review before a bill
    TEAM = "TEAM"  # who is on the team and may do what; messages to drivers and to the operator's own system


@dataclass(frozen=True, slots=True)
class Driver:
    """payment_method: the processor's reference of the stored card or mandate; empty = none stored yet. guest: has no account.
    roaming_partner_id: the partner whose customer this is and who pays; None: our own. order: order reference to print on bills.
    country: of the address (ISO 3166-1 alpha-2); empty: not stated. bay_need: what a bay must always offer them,
    unless a booking or a place in the queue says otherwise."""

    id: DriverId
    operator_id: OperatorId
    name: str
    email: str
    language: str = "en"
    pay_by: PayBy = PayBy.CARD
    payment_method: str = ""
    address: str = ""
    guest: bool = False
    vat_number: str = ""
    roaming_partner_id: UUID | None = None
    order: str = ""
    bay_need: BayNeed = ANY_BAY
    country: str = ""


@dataclass(frozen=True, slots=True)
class PastHolder:
    """The holder of a card until an instant, and its cost centre at that time."""

    driver_id: DriverId
    until: datetime
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """cost_centre, limits: set by whoever pays for its driver's fleet; the cost centre overrides the driver's, the limits apply besides.
    status, blocked_by: whether a person blocked it, and the payer who did and may unblock it; None: only the operator may. disputed:
    disputes that also block it, each until it is won. before: earlier holders of the card, the earliest first."""

    uid: TokenUid
    operator_id: OperatorId
    driver_id: DriverId
    kind: TokenKind
    status: TokenStatus = TokenStatus.ACTIVE
    valid_until: datetime | None = None
    label: str = ""
    cost_centre: str = ""
    limits: Limits = NO_LIMITS
    blocked_by: DriverId | None = None
    disputed: tuple[str, ...] = ()
    before: tuple[PastHolder, ...] = ()

    def held_at(self, at: datetime) -> "Token":
        """The token with its holder at that time: a charge reported late is theirs."""
        return self._as_of(next((one for one in self.before if at < one.until), None))

    def held_by(self, driver_id: DriverId) -> "Token":
        """The token with an earlier holder; unchanged if they hold it now, or never did."""
        past = next((one for one in reversed(self.before) if one.driver_id == driver_id), None)
        return self if driver_id == self.driver_id else self._as_of(past)

    def _as_of(self, past: PastHolder | None) -> "Token":
        return self if past is None else replace(self, driver_id=past.driver_id, cost_centre=past.cost_centre, label="", limits=NO_LIMITS)

    @property
    def is_physical(self) -> bool:
        """Whether it can be presented at chargers without contacting us before: a card, or the contract in a car."""
        return self.kind in (TokenKind.RFID, TokenKind.CONTRACT)

    @property
    def blocked(self) -> bool:
        return self.status is TokenStatus.BLOCKED or bool(self.disputed)


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A driver's membership of a group (a fleet, a firm's staff, the residents) from an instant to another; until None: open-ended.

    cost_centre: for the payer's books. on_account: charges during the membership are the payer's, even though the driver has changed to
    another way to pay since. own_account: the driver had a monthly account of their own before joining, and gets it back afterwards.
    """

    operator_id: OperatorId
    group: str
    driver_id: DriverId
    since: datetime
    until: datetime | None = None
    on_account: bool = False
    cost_centre: str = ""
    limits: Limits = NO_LIMITS
    own_account: bool = False

    def is_valid_at(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Account:
    """A login. password_hash is argon2id text; empty = cannot sign in by password. driver_id only for drivers, partner_id
    only for a partner's staff, duties and sites only for the operator's. sites: the only ones they manage and see; none = all.
    closed_at: since then nobody can sign in with it. sso_subject: the company's identity provider's name for them; empty = none yet.
    sso_seen_at, sso_ended_at: when the provider last identified them, and last reported a session of theirs ended, in real time."""

    id: UUID
    operator_id: OperatorId
    email: str
    role: Role
    password_hash: str = ""
    driver_id: DriverId | None = None
    partner_id: UUID | None = None
    duties: tuple[Duty, ...] = tuple(Duty)
    closed_at: datetime | None = None
    sites: tuple[SiteId, ...] = ()
    sso_subject: str = ""
    sso_seen_at: datetime | None = None
    sso_ended_at: datetime | None = None

    @property
    def can_sign_in(self) -> bool:
        """Whether they have a way to sign in yet: a password, or an identity known to their company's provider."""
        return self.closed_at is None and bool(self.password_hash or self.sso_subject)

    def may(self, duty: Duty | None) -> bool:
        """Whether this member of the operator's staff may change what falls under that duty; None: what every one of them may. Prices,
        money and the team concern the whole operator: staff limited to some sites may not change them."""
        if self.role is not Role.OPERATOR or self.closed_at is not None:
            return False
        return duty is None or (duty in self.duties and (not self.sites or duty is Duty.SITES))


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser session or API key. Only the SHA-256 digest of its secret is stored. by_company: by single sign-on. factor_shown: to the
    company's identity provider, so ours is not asked for. company_session: a digest of the provider's name for its session; empty =
    it gave none."""

    digest: bytes
    account_id: UUID
    created_at: datetime
    expires_at: datetime
    api: bool = False
    label: str = ""
    by_company: bool = False
    factor_shown: bool = False
    company_session: str = ""


@dataclass(frozen=True, slots=True)
class DebtStatus:
    """A driver's payment standing, as a plain value: whether debt blocks new charges."""

    owed: Money | None = None
    blocked: bool = False
