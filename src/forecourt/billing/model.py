"""Documents: what was delivered, what it costs and why, and between whom. Unnumbered until issued, then immutable."""

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
    """What a line is for; each kind has its own revenue account."""

    ENERGY = "ENERGY"
    CHARGING_TIME = "CHARGING_TIME"
    IDLE_TIME = "IDLE_TIME"
    SESSION_FEE = "SESSION_FEE"
    RESERVATION = "RESERVATION"
    NO_SHOW = "NO_SHOW"
    PRICE_LIMIT = "PRICE_LIMIT"  # the effect of a tariff's minimum or maximum price
    MEMBERSHIP = "MEMBERSHIP"  # a month of a plan
    DISCOUNT = "DISCOUNT"  # by the operator, negative; what a partner pays is a Contribution
    HOST_SHARE = "HOST_SHARE"  # what a host supplies to the operator, on self-billed documents only


@dataclass(frozen=True, slots=True)
class Party:
    """A party to a document, as it was at issue. country: ISO 3166-1 alpha-2, or empty. order: the buyer's purchase order number or
    other reference."""

    name: str
    address: str = ""
    country: str = ""
    vat_number: str = ""
    email: str = ""
    order: str = ""

    @property
    def is_guest(self) -> bool:
        """Whether no billing details were asked for."""
        return not (self.name or self.address or self.vat_number)

    @property
    def called(self) -> str:
        """The name for pages, which use the reader's word for a guest; a document uses its own language's."""
        return Text("Guest") if self.is_guest else self.name


class VatRelief(StrEnum):
    """Why a supply carries no tax."""

    EXEMPT = "EXEMPT"  # by a rule for the seller or the supply, such as for small businesses
    REVERSE_CHARGE = "REVERSE_CHARGE"  # the buyer owes it
    OUTSIDE = "OUTSIDE"  # VAT does not apply


@dataclass(frozen=True, slots=True)
class Exemption:
    """A relief, with the rule as printed ("Section 19 UStG"); if the reason is empty, the document words it itself."""

    relief: VatRelief
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UsedBy:
    """Who used what another pays for: a driver of a fleet. payer_id: who pays, and is the buyer. cost_centre: for the payer's books. card:
    the card that was used, by its driver's name for it; empty if none was, or if the document predates storing it."""

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
    """Seller and buyer, and the language (ISO 639-1) of the document.

    exemption: why lines at 0 % or without a rate carry no tax; None = they are zero-rated, or VAT does not apply.
    pays_by: the buyer's way of paying, as agreed at issue; None = not known.
    used_by: the fleet driver who used it; None = the buyer did.
    due_days: days to pay if no payment is taken automatically, as printed; None = not recorded.
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
        """The person who charged."""
        return self.used_by or self.buyer

    def on_account(self, now: PayBy) -> bool:
        """Whether it is collected by a monthly statement, as agreed at issue. now: the driver's present way of paying, for documents issued
        before that was recorded."""
        return (self.pays_by or now) is PayBy.ACCOUNT

    def due_after(self, now: int) -> timedelta:
        """How long after issue it must be paid. now: the days by today's rules, for documents issued before that was recorded."""
        return timedelta(days=now if self.due_days is None else self.due_days)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was. zone: the IANA zone for times on the document. evse_label: empty if no socket was used."""

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


# The reason of a line that credits part of an amount, before the number of its bill.
PART_OF = "part of "


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A printed line. exact: the amount before any rounding; amount: in whole minor units as printed (including tax if the
    document's prices do); net: without tax. Lines sum to the document's totals to the unit. credited_line: on a credit note, the position
    (from 0) of the invoice's line that it credits, or a part of; None if it credits the invoice whole or did not record it."""

    what: LineKind
    quantity: Decimal
    unit: str
    unit_price: Decimal
    exact: Decimal
    amount: Money
    net: Money
    vat_percent: Decimal | None
    because: str
    title: str = ""  # of a plan or an offer, as its author wrote it
    offer: str = ""  # the id of the membership, claim or voucher that gave a discount
    credited_line: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a partner pays of a document for the driver, including tax: part of the consideration, so the tax is not reduced.

    partner: its handle in the ledger. vat_percent: the category it was calculated on.
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
    """A bill without a number. Cannot be constructed unless lines, taxes and totals agree to the minor unit.

    site_id: None for a membership, which belongs to no site. period: the time a membership fee covers, or that of an unused
    booking. due: what the driver pays: the total less what partners pay. settled_by: the number of the statement that settles a self-billed
    document, which the operator issued as the buyer, for the partner that `driver_id` names; empty for all others.
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
    settled_by: str = ""

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
    """An issued document. number: series, year and sequence as printed ("INV-2026-000042"); the sequence has no gaps within
    an operator, series and year (the year of issue in the site's time zone)."""

    id: DocumentId
    number: str
    series: str
    year: int
    sequence: int
    issued_at: datetime
    content: Draft

    def __post_init__(self) -> None:
        if self.sequence < 1 or self.number != document_number(self.series, self.year, self.sequence):
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


def document_number(series: str, year: int, sequence: int) -> str:
    """The printed number of a document: "INV-2026-000042"."""
    return f"{series}-{year}-{sequence:06d}"
