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
    # In the car itself, which shows it at the socket (Plug and Charge).
    CONTRACT = "CONTRACT"
    APP = "APP"
    ROAMING = "ROAMING"
    # Somebody who pays for one charge and has no contract with anybody.
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
    """What one of an operator's people may change. All of them may look at everything of their operator."""

    SITES = "SITES"  # chargers, sockets, limits, how power is shared, rules of booking
    PRICES = "PRICES"  # tariffs, offers, memberships, prices that follow demand
    MONEY = "MONEY"  # credit notes, refunds, debts, disputes, settling with partners, what a person must look at before a bill
    TEAM = "TEAM"  # who belongs to the team and may do what; what drivers and the operator's own system are told


@dataclass(frozen=True, slots=True)
class Driver:
    """payment_method: the processor's reference of the stored card or mandate; empty = none stored yet. guest: has no account.
    roaming_partner_id: whose customer this is, and who pays; None: our own. order: what bills are to name for a firm's books.
    bay_need: what a bay must always offer them, wherever they book or wait and say nothing else."""

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


@dataclass(frozen=True, slots=True)
class PastHolder:
    """Who had a card until an instant, and the cost centre that it stood on then."""

    driver_id: DriverId
    until: datetime
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """cost_centre, limits: of who pays for its driver's fleet; the one goes before the driver's, the others hold beside them.
    status, blocked_by: whether a person blocked it, and which payer, who may unblock it; None: its operator alone may. disputed: the
    disputes that block it beside that, each until it is won. before: who had the card before its driver, the earliest first."""

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
        """As the card of who had it then: a charge that is told of late is theirs."""
        return self._as_of(next((one for one in self.before if at < one.until), None))

    def held_by(self, driver_id: DriverId) -> "Token":
        """As the card of a driver who had it once; as it is, where they have it now, or never had."""
        past = next((one for one in reversed(self.before) if one.driver_id == driver_id), None)
        return self if driver_id == self.driver_id else self._as_of(past)

    def _as_of(self, past: PastHolder | None) -> "Token":
        return self if past is None else replace(self, driver_id=past.driver_id, cost_centre=past.cost_centre, label="", limits=NO_LIMITS)

    @property
    def carried(self) -> bool:
        """Shown at chargers by whoever has it, without a word to us before: a card, or the contract in a car."""
        return self.kind in (TokenKind.RFID, TokenKind.CONTRACT)

    @property
    def blocked(self) -> bool:
        return self.status is TokenStatus.BLOCKED or bool(self.disputed)


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A driver belongs to a group (a fleet, a firm's staff, the residents) from an instant to another; until None: on and on.

    cost_centre: for the books of who pays for it. on_account: what was charged meanwhile is its payer's, though the driver has gone over to
    another way to pay since. own_account: the driver had a monthly account of their own before they came, and has it again afterwards.
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

    def holds_at(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Account:
    """A login. password_hash is argon2id text; empty = cannot log in by password. driver_id only for drivers, partner_id
    only for a partner's people, duties and sites only for the operator's. sites: those they look after, and see alone; none = all.
    closed_at: since then nobody signs in with it. sso_subject: as the company's identity provider knows them; empty = not yet.
    sso_seen_at, sso_ended_at: when it last said who they are, and that a session of theirs there has ended, in real time."""

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
        """Whether there is a way in for them yet: a password of theirs, or their company's identity provider knows them."""
        return self.closed_at is None and bool(self.password_hash or self.sso_subject)

    def may(self, duty: Duty | None) -> bool:
        """Whether this person of an operator may change what is of that duty; None: what every one of them may. Prices, money and the team
        are the whole operator's: who looks after some sites alone may not."""
        if self.role is not Role.OPERATOR or self.closed_at is not None:
            return False
        return duty is None or (duty in self.duties and (not self.sites or duty is Duty.SITES))


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser session or API key. Only the SHA-256 digest of its secret is kept. by_company: by single sign-on. factor_shown: to the
    company's identity provider, so none of ours is asked for. company_session: a digest of the provider's name for its session; empty =
    it told none."""

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
class Standing:
    """What payments says of a driver, as a plain value: whether debt blocks new charges."""

    owed: Money | None = None
    blocked: bool = False
