"""The wording of one document: in its language, and in the time zone of its site."""

from forecourt.billing import (
    BUYER_CORRECTED,
    CREDIT_REPAID,
    DRIVER_HAD_COME,
    LESS_REPORTED,
    MORE_REPORTED,
    PLACES_CLOSED,
    AccountPart,
    Contribution,
    DocumentKind,
    Exemption,
    Invoice,
    InvoiceLine,
    LineKind,
    corrected_buyer_number,
    replaced_number,
    supplemented_number,
)
from forecourt.drivers import PayBy
from forecourt.settlement import host_line_text
from forecourt.tariffs import Note, tax_name
from forecourt.wording import Wording, localiser_for

_TERMS = {PayBy.CARD: "CARD", PayBy.ACCOUNT: "ACCOUNT", PayBy.WALLET: "WALLET", None: "OPEN"}

# Reasons for automatic credits, with their labels.
_REASONS = {
    BUYER_CORRECTED: "BUYER_CORRECTED",
    DRIVER_HAD_COME: "HAD_COME",
    PLACES_CLOSED: "PLACES_CLOSED",
    CREDIT_REPAID: "CREDIT_REPAID",
    MORE_REPORTED: "TOLD_MORE",
    LESS_REPORTED: "TOLD_LESS",
}


class DocumentWording(Wording):
    """For VAT, or for another tax where there is no VAT."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(invoice.content.parties.language, invoice.content.place.zone)
        if tax_name(invoice.currency) != "VAT":
            self.labels = {**self.labels, **self.labels["no_vat"]}
        self._invoice = invoice

    def terms(self, had: bool = False) -> str:
        """How the document is paid, as of its issue. had: whether the payer's bank has already returned the credited money."""
        if settled_by := self._invoice.content.settled_by:
            return self.label("SETTLED_BY").format(number=settled_by)
        if self._invoice.kind is DocumentKind.CREDIT_NOTE:
            name = "CREDITED_ACCOUNT" if self._invoice.content.parties.pays_by is PayBy.ACCOUNT else "CREDITED_HAD" if had else "CREDITED"
            name = "CREDITED_MOVED" if self._invoice.content.reason == BUYER_CORRECTED else name
            return self.label(name).format(amount=self.money(self._invoice.gross))
        if not self._invoice.due:
            return self.label("SETTLED" if self._invoice.gross else "NOTHING")
        return self.label(_TERMS[self._invoice.content.parties.pays_by])

    def line_name(self, line: InvoiceLine) -> str:
        """What a line is for, with the name of a plan or an offer."""
        return self.titled(self.label(line.what), line.title) if line.title else self.label(line.what)

    def because(self, line: InvoiceLine | Contribution | AccountPart) -> str:
        if isinstance(line, InvoiceLine) and line.what is LineKind.HOST_SHARE:
            return str(localiser_for(self.language).localise(host_line_text(line.because)))
        return super().because(line)

    @property
    def title(self) -> str:
        """What the document is called."""
        kind = self._invoice.kind.value
        return self.label(f"SELF_BILLED_{kind}" if self._invoice.content.settled_by else kind)

    @property
    def self_billing(self) -> str:
        """The mention that the buyer issued it (Directive 2006/112/EC, Article 226(10a)); empty for a document by its seller."""
        return self.label("SELF_BILLING") if self._invoice.content.settled_by else ""

    def relief(self, exemption: Exemption) -> str:
        """The reason why no tax is charged, in the form the law requires."""
        return exemption.reason or self.label(exemption.relief)

    def reason_text(self, reason: str) -> str:
        """Why something is credited, or billed beside or instead of a first bill: in a person's own words, or by one of our reasons."""
        if number := supplemented_number(reason):
            return self.label("LATE_END").format(number=number)
        if number := corrected_buyer_number(reason):
            return self.label("BUYER_OF").format(number=number)
        if number := replaced_number(reason):
            return self.label("IN_PLACE").format(number=number)
        label = _REASONS.get(reason)
        return self.label(label) if label else reason

    def note(self, note: Note) -> str:
        return str(self.labels["notes"].get(note.code, note.text))
