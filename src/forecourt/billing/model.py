"""Documents: what was delivered, what it costs and why, between whom. Without a number until issued, then unchangeable."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from forecourt.drivers import PayBy
from forecourt.kernel import (
    BadInput,
    BookingId,
    ChargerId,
    DocumentId,
    DriverId,
    Money,
    OperatorId,
    SessionId,
    SiteId,
    Span,
    TariffVersionId,
    Text,
)
from forecourt.tariffs import Note, TaxLine


class DocumentKind(StrEnum):
    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class LineKind(StrEnum):
    """What a line is for; each has a revenue account of its own."""

    ENERGY = "ENERGY"
    CHARGING_TIME = "CHARGING_TIME"
    IDLE_TIME = "IDLE_TIME"
    SESSION_FEE = "SESSION_FEE"
    RESERVATION = "RESERVATION"
    NO_SHOW = "NO_SHOW"
    PRICE_LIMIT = "PRICE_LIMIT"  # what a tariff's minimum or maximum price adds or takes off
    MEMBERSHIP = "MEMBERSHIP"  # a month of a plan
    DISCOUNT = "DISCOUNT"  # what the operator takes off, negative; what a partner pays is a Contribution


@dataclass(frozen=True, slots=True)
class Party:
    """A side of a document, as it was when the document was issued. country: ISO 3166-1 alpha-2, or empty. order: a buyer's number of its
    purchase order, or whatever its books go by."""

    name: str
    address: str = ""
    country: str = ""
    vat_number: str = ""
    email: str = ""
    order: str = ""

    @property
    def is_guest(self) -> bool:
        """Who was asked for nothing that a bill is made out to."""
        return not (self.name or self.address or self.vat_number)

    @property
    def called(self) -> str:
        """For pages, which say the word for a guest in their reader's language; a document says it in its own."""
        return Text("Guest") if self.is_guest else self.name


class VatRelief(StrEnum):
    """Why a supply without tax carries none."""

    EXEMPT = "EXEMPT"  # by a rule for the seller or the supply, such as one for small businesses
    REVERSE_CHARGE = "REVERSE_CHARGE"  # the buyer owes it
    OUTSIDE = "OUTSIDE"  # VAT does not reach it at all


@dataclass(frozen=True, slots=True)
class Exemption:
    """A relief, with the rule as printed ("Section 19 UStG"); an empty reason is told in the document's own words."""

    relief: VatRelief
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UsedBy:
    """Who used what another pays: a driver of a fleet. payer_id: who pays, and is the buyer. cost_centre: for the payer's books. card:
    what was shown, as its driver knows it; empty where nothing was, or it was issued before that was kept."""

    payer_id: DriverId
    name: str
    email: str = ""
    cost_centre: str = ""
    card: str = ""

    @property
    def called(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sells to whom, and in which language (ISO 639-1) the document speaks.

    exemption: why lines at 0 % or without a rate carry no tax; None = they are zero-rated, or VAT does not reach them.
    pays_by: how the buyer pays, as agreed when the document was issued; None = not known.
    used_by: of whose fleet it is; None: the buyer used it.
    due_days: how long it may wait where nobody is asked for it, as printed on it; None = not kept.
    """

    seller: Party
    buyer: Party
    language: str = "en"
    exemption: Exemption | None = None
    pays_by: PayBy | None = None
    used_by: UsedBy | None = None
    due_days: int | None = None

    @property
    def user(self) -> UsedBy | Party:
        """Who charged."""
        return self.used_by or self.buyer

    def on_account(self, now: PayBy) -> bool:
        """Whether a month's statement collects it, as was agreed when it was issued. now: how its driver pays by now, for documents of
        before that was kept."""
        return (self.pays_by or now) is PayBy.ACCOUNT

    def due_after(self, now: int) -> timedelta:
        """How long after its issue it is to be paid. now: days by the rules of today, for documents of before that was kept."""
        return timedelta(days=now if self.due_days is None else self.due_days)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was. zone: IANA; the document tells its times there. evse_label is empty where no socket was used."""

    site_name: str
    address: str
    zone: str
    evse_label: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the driver got: readings, energy and the time spent in each state, in seconds."""

    started_at: datetime
    ended_at: datetime
    energy_wh: int
    meter_start_wh: int | None
    meter_stop_wh: int | None
    charging_s: int
    idle_s: int
    withheld_s: int
    reserved_s: int
    charger_id: ChargerId | None = None
    transaction: str = ""


# Why a line stands on a credit note that is an amount of one, before the number of its bill.
PART_OF = "part of "


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line as printed. exact: the amount before any rounding; amount: in whole minor units, as the line is printed
    (with tax where the document's prices include it); net: without tax. Lines sum to the document's totals to the unit."""

    what: LineKind
    quantity: Decimal
    unit: str
    unit_price: Decimal
    exact: Decimal
    amount: Money
    net: Money
    vat_percent: Decimal | None
    because: str
    title: str = ""  # of a plan or an offer, in its maker's words
    offer: str = ""  # the membership, claim or voucher a discount comes from


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a partner pays of a document for the driver, with tax: part of the consideration, so the tax stays whole.

    partner: its handle in the ledger. vat_percent: the category it was worked out on.
    """

    partner: str
    name: str
    title: str
    vat_percent: Decimal | None
    amount: Money
    because: str
    offer: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadInput("contribution", f"{self.name} cannot contribute {self.amount}.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A bill without a number. It cannot be built unless lines, taxes and totals agree to the minor unit.

    site_id: None for a membership, which belongs to no site. period: the time a membership's fee is for, or that of the
    booking that was not used. due: what the driver pays, the total less what partners pay.
    """

    kind: DocumentKind
    operator_id: OperatorId
    site_id: SiteId | None
    driver_id: DriverId
    parties: Parties
    place: Place
    currency: str
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxLine, ...]
    net: Money
    tax: Money
    gross: Money
    tax_included: bool
    tariff_version_id: TariffVersionId | None
    tariff_hash: str
    delivery: Delivery | None = None
    session_id: SessionId | None = None
    booking_id: BookingId | None = None
    notes: tuple[Note, ...] = ()
    corrects: DocumentId | None = None
    corrects_number: str = ""
    reason: str = ""
    price_because: str = ""
    contributions: tuple[Contribution, ...] = ()
    period: Span | None = None

    @property
    def due(self) -> Money:
        return self.gross - sum((one.amount for one in self.contributions), Money.zero(self.currency))

    def __post_init__(self) -> None:
        totals = (self.net, self.tax, self.gross, *(one.amount for one in self.contributions))
        if any(money.currency != self.currency for money in totals):
            raise BadInput("document_currency", f"A document in {self.currency} has totals in another currency.")
        for name, whole, parts in (
            ("net", self.net, [tax.net for tax in self.taxes]),
            ("tax", self.tax, [tax.tax for tax in self.taxes]),
            ("gross", self.gross, [tax.gross for tax in self.taxes]),
            ("lines net", self.net, [line.net for line in self.lines]),
            ("lines", self.gross if self.tax_included else self.net, [line.amount for line in self.lines]),
        ):
            if sum(parts, Money.zero(self.currency)) != whole:
                raise BadInput("document_total", f"The parts of a document ({name}) do not sum to {whole}.")
        if self.gross.minor < 0:
            raise BadInput("document_total", f"A document cannot come to {self.gross}.")
        if self.due.minor < 0:
            raise BadInput("document_due", f"Partners pay more than the {self.gross} of the document.")


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued document. number: printed form of series, year and sequence ("INV-2026-000042"); sequence runs without
    gap for each operator, series and year (the year of issue at the site)."""

    id: DocumentId
    number: str
    series: str
    year: int
    sequence: int
    issued_at: datetime
    content: Draft

    def __post_init__(self) -> None:
        if self.sequence < 1 or self.number != number_text(self.series, self.year, self.sequence):
            raise BadInput("document_number", f"{self.number!r} is not number {self.sequence} of {self.series} {self.year}.")

    @property
    def kind(self) -> DocumentKind:
        return self.content.kind

    @property
    def parties(self) -> Parties:
        return self.content.parties

    @property
    def operator_id(self) -> OperatorId:
        return self.content.operator_id

    @property
    def driver_id(self) -> DriverId:
        return self.content.driver_id

    @property
    def session_id(self) -> SessionId | None:
        return self.content.session_id

    @property
    def booking_id(self) -> BookingId | None:
        return self.content.booking_id

    @property
    def currency(self) -> str:
        return self.content.currency

    @property
    def net(self) -> Money:
        return self.content.net

    @property
    def tax(self) -> Money:
        return self.content.tax

    @property
    def gross(self) -> Money:
        return self.content.gross

    @property
    def due(self) -> Money:
        """What the driver pays: the total less what partners pay."""
        return self.content.due


def number_text(series: str, year: int, sequence: int) -> str:
    """The printed number of a document: "INV-2026-000042"."""
    return f"{series}-{year}-{sequence:06d}"
