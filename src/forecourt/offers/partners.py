"""Partners near the chargers (a café, a shop), the offers they run together with the operator, and the vouchers for them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, SiteId, Span, Text, utc
from forecourt.ledger import apportion
from forecourt.offers.model import DiscountRule, Entitlement, EntitlementKind, Funding
from forecourt.offers.payee_vat import PayeeVat

# How long a charge that began before a voucher expired may still run or be reported late.
LATE_BILLING_PERIOD = timedelta(days=30)
# A returned voucher can be used for at least this much longer.
_GIVEN_BACK_FOR = timedelta(days=30)
_DAY_ENDS = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Partner:
    """handle: its stable name in the ledger. pay_within_days: when a statement is due. sites: those it is near.
    active: its offers issue vouchers. bank: the account for transfers to it. left_at: when it stopped taking part; None = it has not.
    vat: None = nobody has entered it."""

    id: UUID
    operator_id: OperatorId
    handle: str
    name: str
    address: str
    email: str
    sites: tuple[SiteId, ...]
    vat_number: str = ""
    country: str = ""
    pay_within_days: int = 14
    active: bool = True
    bank: str = ""
    left_at: datetime | None = None
    vat: PayeeVat | None = None

    @property
    def masked_bank(self) -> str:
        """The ends of its account, enough for whoever owns it; empty = unknown."""
        return f"{self.bank[:4]} … {self.bank[-4:]}" if len(self.bank) > 12 else self.bank and f"… {self.bank[-3:]}"

    def __post_init__(self) -> None:
        plain = self.handle.replace("-", "")
        if not 1 <= len(self.handle) <= 40 or not plain.isascii() or not plain.isalnum() or self.handle != self.handle.lower():
            raise BadInput(
                "partner_handle", f"{self.handle[:40]!r} is not a short name.", "Use up to 40 lower-case letters, digits and hyphens."
            )
        if not 1 <= len(self.name.strip()) <= 80:
            raise BadInput("partner_name", "A partner needs a name.", "1 to 80 characters.")
        if not 0 <= self.pay_within_days <= 120:
            raise BadInput("partner_terms", "Statements can be due after 0 to 120 days.")


class OfferKind(StrEnum):
    """PURCHASE: the partner hands out a voucher with a purchase, which discounts a charge.
    EARNED: a charge earns a voucher, for which the partner gives something. HOSTING: not an offer, but the share of a document that the
    partner earns as the host of a site. CORRECTION: not an offer either, but the correction of an earlier statement."""

    PURCHASE = "PURCHASE"
    EARNED = "EARNED"
    HOSTING = "HOSTING"
    CORRECTION = "CORRECTION"


@dataclass(frozen=True, slots=True)
class Offer:
    """partner_percent: the partner's share of the cost; the operator bears the rest.

    cut: the discount of a PURCHASE offer. least_wh and worth: for an EARNED one, the energy that earns it and the value of the
    partner's gift, with tax. budget: the most the operator bears; committed: what it has borne so far, or may have to for vouchers
    in circulation. voucher_days: how long a voucher can be used.
    """

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    title: str
    kind: OfferKind
    partner_percent: Decimal
    validity: Span
    sites: tuple[SiteId, ...]
    cut: DiscountRule | None = None
    least_wh: int = 0
    worth: Money | None = None
    budget: Money | None = None
    voucher_days: int = 30
    paused: bool = False
    issued: int = 0
    used: int = 0
    committed: Money | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.title.strip()) <= 60:
            raise BadInput("offer_title", "An offer needs a name.", "1 to 60 characters.")
        if not 0 <= self.partner_percent <= 100:
            raise BadInput("offer_share", f"A partner cannot pay {self.partner_percent} %.", "Give 0 to 100.")
        if not 1 <= self.voucher_days <= 730:
            raise BadInput("offer_days", "A voucher can be valid for 1 to 730 days.")
        if self.kind is OfferKind.HOSTING:
            raise BadInput("offer_kind", "A host's share is not an offer.", "Set it on the site's Hosts page.")
        if self.kind is OfferKind.PURCHASE and (self.cut is None or self.worth is not None):
            raise BadInput("offer_cut", "An offer with a purchase needs a discount on the charge.")
        if self.cut is not None and self.cut.per_kwh is not None:
            raise BadInput("offer_per_kwh", "An offer cannot give an amount per kWh.", "Enter a percentage, an amount or a quantity.")
        if self.kind is OfferKind.EARNED and (self.worth is None or self.cut is not None or self.worth.minor <= 0 or self.least_wh < 0):
            raise BadInput("offer_worth", "A voucher for a charge must have a value above zero.")
        if self.budget is not None and self.committed is not None and self.committed > self.budget:
            raise Conflict("offer_overdrawn", f"{self.title} has {self.budget}, not {self.committed}.")

    @property
    def left(self) -> Money | None:
        """What is left of the budget; None without one."""
        if self.budget is None:
            return None
        return self.budget if self.committed is None else self.budget - self.committed

    @property
    def is_used_up(self) -> bool:
        """Whether its vouchers give a charge nothing, because the operator's part would exceed the budget."""
        return self.kind is OfferKind.PURCHASE and self.partner_percent < 100 and self.left is not None and self.left.minor <= 0

    @property
    def operator_bears(self) -> Money:
        """The operator's part of one gift of an EARNED offer; what the partner bears itself moves no money."""
        if self.worth is None:
            raise BadInput("offer_worth", f"{self.title} is not for a gift.")
        _, minor = apportion(self.worth.minor, [self.partner_percent, 100 - self.partner_percent])
        return Money(minor, self.worth.currency)

    def runs(self, at: datetime) -> bool:
        return not self.paused and self.validity.contains(at)


@dataclass(frozen=True, slots=True)
class Open:
    """Can be used. claimed_at: since when a driver has it (PURCHASE: when scanned; EARNED: from the start)."""

    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """by: the document that used it, or the partner's account that accepted it."""

    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True)
class Ended:
    """Can no longer be used. why: "expired", or "credited" if the charge that earned it was credited."""

    at: datetime
    why: str


VoucherState = Open | Used | Ended


@dataclass(frozen=True, slots=True)
class Voucher:
    """document_id: of the charge that earned it. last_day: the last day of validity, in the operator's zone; None in old vouchers."""

    id: UUID
    operator_id: OperatorId
    offer_id: UUID
    partner_id: UUID
    kind: OfferKind
    code: str
    issued_at: datetime
    valid_until: datetime
    state: VoucherState
    driver_id: DriverId | None = None
    document_id: UUID | None = None
    last_day: date | None = None

    @property
    def state_name(self) -> str:
        return type(self.state).__name__


def add_issued_voucher(offer: Offer, at: datetime) -> Offer:
    """The offer after issuing one more voucher. For a gift, the operator's part is set aside from the budget."""
    if not offer.runs(at):
        raise Conflict("offer_not_running", Text("{title} does not run at present.", title=offer.title))
    if offer.kind is OfferKind.EARNED:
        if offer.left is not None and offer.left < offer.operator_bears:
            raise Conflict("offer_budget", Text("The money for {title} is used up.", title=offer.title))
        offer = commit_budget(offer, offer.operator_bears)
    elif offer.left is not None and offer.left.minor <= 0:
        raise Conflict("offer_budget", Text("The money for {title} is used up.", title=offer.title))
    return replace(offer, issued=offer.issued + 1)


def commit_budget(offer: Offer, amount: Money, uses: int = 0) -> Offer:
    """The offer after the operator has borne, or set aside, a further amount; negative returns it. Without a budget, `committed` is in the
    currency of the first amount, and amounts in other currencies only count as uses."""
    before = Money.zero(amount.currency) if offer.committed is None else offer.committed
    return replace(offer, committed=before + amount if before.currency == amount.currency else before, used=offer.used + uses)


def issue_voucher(offer: Offer, voucher_id: UUID, code: str, at: datetime, zone: ZoneInfo) -> Voucher:
    """Issue a voucher, valid to the end of its last day in the operator's zone, as people are told a day."""
    last = utc(at).astimezone(zone).date() + timedelta(days=offer.voucher_days)
    until = utc(datetime.combine(last, _DAY_ENDS, zone))
    return Voucher(voucher_id, offer.operator_id, offer.id, offer.partner_id, offer.kind, code, at, until, Open(), last_day=last)


def reopen_voucher(found: Voucher, at: datetime, zone: ZoneInfo) -> Voucher:
    """The charge that used it was credited: it can be used again, for some weeks at least, also to the end of a day."""
    last = utc(at + _GIVEN_BACK_FOR).astimezone(zone).date()
    until = max(found.valid_until, utc(datetime.combine(last, _DAY_ENDS, zone)))
    return replace(found, state=Open(at), valid_until=until, last_day=until.astimezone(zone).date())


def claim_voucher(found: Voucher, driver_id: DriverId, at: datetime, zone: tzinfo = UTC) -> Voucher:
    """A driver claims a partner's voucher; claiming one's own again changes nothing. Raises Conflict with the reason. zone: the operator's,
    for the time of use in that reason."""
    if found.kind is not OfferKind.PURCHASE:
        raise Conflict("voucher_for_partner", Text("This voucher is used at the partner, not for charging."), Text("Show it there."))
    _check_open(found, at, zone)
    if found.driver_id is not None and found.driver_id != driver_id:
        raise Conflict("voucher_taken", Text("Someone else has this voucher."))
    return found if found.driver_id else replace(found, driver_id=driver_id, state=Open(at))


def accept_voucher(found: Voucher, partner_id: UUID, account_id: UUID, at: datetime, zone: tzinfo = UTC) -> Voucher:
    """The partner accepts an earned voucher for its gift. Raises Conflict if it is used, expired, another partner's, or not for partners.
    zone: as in `claim_voucher`."""
    if found.partner_id != partner_id:
        raise Conflict("voucher_foreign", Text("This voucher is for another partner."), Text("Do not give anything for it."))
    if found.kind is not OfferKind.EARNED:
        raise Conflict("voucher_for_charging", Text("This voucher is for charging."), Text("The driver scans it in the app."))
    _check_open(found, at, zone)
    return replace(found, state=Used(at, account_id))


def use_voucher(found: Voucher, document_id: UUID, at: datetime) -> Voucher:
    if not isinstance(found.state, Open):
        raise Conflict("voucher_used", "This voucher has been used a moment ago.", "Try again.")
    return replace(found, state=Used(at, document_id))


def _check_open(found: Voucher, at: datetime, zone: tzinfo) -> None:
    if isinstance(found.state, Used):
        used = found.state.at.astimezone(zone)
        text = Text("This voucher was used already, on {day} at {time}.", day=used.date(), time=f"{used:%H:%M}")
        raise Conflict("voucher_used", text, Text("It works once."))
    if isinstance(found.state, Ended) and found.state.why != "expired":
        raise Conflict("voucher_void", Text("This voucher is void: the charge that earned it was taken back."))
    if isinstance(found.state, Ended) or found.valid_until <= at:
        raise Conflict("voucher_expired", Text("This voucher expired on {day}.", day=found.last_day or found.valid_until.date()))


def is_expired(found: Voucher, at: datetime) -> bool:
    """Whether it is open but of no more use: it has expired and, if a driver claimed it for charging, a charge that began before can no
    longer be billed late."""
    is_for_a_charge = found.kind is OfferKind.PURCHASE and found.driver_id is not None
    return isinstance(found.state, Open) and found.valid_until <= (at - LATE_BILLING_PERIOD if is_for_a_charge else at)


def is_claimed(found: Voucher, at: datetime) -> bool:
    """Whether a driver has claimed it and it can still be used."""
    return isinstance(found.state, Open) and found.state.claimed_at is not None and found.state.claimed_at <= at < found.valid_until


def entitlement_from_voucher(found: Voucher, offer: Offer, partner: Partner) -> Entitlement:
    """What a claimed PURCHASE voucher gives a charge. The operator's part is limited to what is left of the offer's budget."""
    if offer.cut is None or not isinstance(found.state, Open) or found.state.claimed_at is None:
        raise Conflict("voucher_unclaimed", "This voucher gives a charge nothing.")
    span = Span(found.state.claimed_at, max(found.valid_until, found.state.claimed_at + timedelta(seconds=1)))
    funding = Funding(partner.handle, partner.name, offer.partner_percent)
    return Entitlement(
        str(found.id), EntitlementKind.PARTNER, offer.title, (offer.cut,), span, funding, most=_most(offer), budget_key=str(offer.id)
    )


def _most(offer: Offer) -> Money | None:
    """The largest discount whose operator's part fits the budget."""
    bears = 100 - offer.partner_percent
    if offer.left is None or not bears:
        return None
    return Money(max(0, int(offer.left.minor * 100 // bears)), offer.left.currency)


@dataclass(frozen=True, slots=True)
class Redemption:
    """A used voucher, or a host's share, as settled with its partner. owed: to the partner, negative if the partner owes it.

    For a share, offer_id is the site and voucher_id the document. document: the number of the invoice or credit note; empty for a
    gift. statement_id: the statement that lists it, if any.
    """

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    offer_id: UUID
    voucher_id: UUID
    kind: OfferKind
    at: datetime
    text: str
    owed: Money
    code: str = ""
    document: str = ""
    statement_id: UUID | None = None
