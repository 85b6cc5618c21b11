"""A receipt and its files."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forecourt.billing import MAX_COMPLAINTS, Complaint, Party
from forecourt.kernel import Money, Refused, Span
from forecourt.web.views.quote import PriceLine


@dataclass(frozen=True, slots=True)
class ReceiptVat:
    percent: str
    net: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class ReceiptView:
    number: str
    issued_at: datetime
    zone: str
    kind: str
    site_name: str
    seller: str
    buyer: str
    gross: Money
    net: Money
    due: Money
    vat: tuple[ReceiptVat, ...]
    lines: tuple[PriceLine, ...]
    paid: str
    energy_wh: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    session_id: str = ""  # of the charge that it is about, also if another bill was the first; in a list only of the first
    driver: str = ""
    payer: str = ""  # the payer of the driver's fleet
    cost_centre: str = ""
    price_because: str = ""
    paid_by_others: tuple[PriceLine, ...] = ()
    paid_from: tuple[tuple[str, Money], ...] = ()
    refunded: tuple[tuple[str, Money], ...] = ()  # refunded to the card or the balance, after credit notes
    refunded_by_transfer: tuple[tuple[Money, date | None], ...] = ()  # refunded by transfer, and on which day; None: still to be paid
    complaints: tuple[Complaint, ...] = ()
    how_to_pay: str = ""  # if unpaid: what to do
    supplements: str = ""  # the number of the charge's first bill, if its charger reported more later
    replaces: str = ""  # the number of the credited bill that this one replaces, as its charger reported more later
    buyer_of: str = ""  # the number of the credited bill that this one replaces with another buyer
    replaced_by: str = ""  # the number of the bill that replaces this one with another buyer
    period: Span | None = None  # covered by a membership fee, or by the unused booking

    @property
    def is_credit(self) -> bool:
        return self.kind == "Credit note"

    @property
    def last_day(self) -> datetime | None:
        """Within the last day of the time it is for, as its file tells it."""
        return self.period.end - timedelta(seconds=1) if self.period else None

    @property
    def may_complain(self) -> bool:
        return len(self.complaints) < MAX_COMPLAINTS and not any(one.open for one in self.complaints)


@dataclass(frozen=True, slots=True)
class BuyerView:
    """The buyer of a guest's bill, as entered. refusal: why the reader cannot have it made out to another; None if they can."""

    buyer: Party
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class FilesView:
    """The files of a document. Hashes are SHA-256; empty = not there (yet). missing: why no e-invoice can be made."""

    pdf_sha256: str
    xml_sha256: str
    missing: str = ""
