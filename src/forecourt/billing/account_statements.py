"""Monthly statements for drivers and fleets on account: every document of the month, with one amount to pay.

A statement is not an invoice: each charge was invoiced, with its tax. It only says which amounts are collected together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from forecourt.billing.model import DocumentKind, Draft, Invoice, InvoiceLine, LineKind, Parties, document_number
from forecourt.kernel import BadInput, DocumentId, DriverId, Money, OperatorId, SessionId, Span, round_to_total
from forecourt.ledger import Posting, Txn, receivable
from forecourt.offers import DiscountKind, parse_discount_reason
from forecourt.tariffs import TaxLine

STATEMENT_SERIES = "ACC"


PRICE, BY_PARTNER = "PRICE", "BY_PARTNER"
_LISTED_KINDS = {LineKind.DISCOUNT: "DISCOUNT", LineKind.MEMBERSHIP: "MEMBERSHIP"}


@dataclass(frozen=True, slots=True)
class AccountPart:
    """A component of a line, including tax. what: PRICE, MEMBERSHIP (a month's fee), DISCOUNT or BY_PARTNER (what a partner pays for the
    driver); the last two are negative. title: of the plan or offer, else the partner's name. because: as on the document."""

    what: str
    title: str
    because: str
    amount: Money


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A document of the month. amount: what the driver owes for it, negative for a credit note. driver: who charged. socket: where. card:
    the card that was used, by the name its driver gave it; empty if none was used, or in statements issued before cards were stored.
    cost_centre: as on the document.

    parts: of a membership fee, or where something was deducted; they sum to the amount.
    """

    document_id: DocumentId
    number: str
    issued_at: datetime
    driver_id: DriverId
    driver: str
    place: str
    started_at: datetime | None
    energy_wh: int
    amount: Money
    parts: tuple[AccountPart, ...] = ()
    socket: str = ""
    card: str = ""
    cost_centre: str = ""

    def __post_init__(self) -> None:
        if self.parts and sum((one.amount for one in self.parts), Money.zero(self.amount.currency)) != self.amount:
            raise BadInput("statement_parts", f"The parts of {self.number} do not sum to {self.amount}.")


@dataclass(frozen=True, slots=True)
class Numbering:
    """What a statement is numbered with. sequence: from `next_number` of the series and year, in the same commit."""

    id: DocumentId
    year: int
    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An issued statement, never changed. driver_id: who pays. zone: in which the month and its days are counted."""

    id: DocumentId
    operator_id: OperatorId
    driver_id: DriverId
    number: str
    year: int
    sequence: int
    issued_at: datetime
    month: Span
    zone: str
    parties: Parties
    lines: tuple[AccountLine, ...]
    due: Money

    def __post_init__(self) -> None:
        if not self.lines or self.due.minor <= 0:
            raise BadInput("statement_empty", "A statement has lines and something to pay.")
        if sum((line.amount for line in self.lines), Money.zero(self.due.currency)) != self.due:
            raise BadInput("statement_total", f"The lines of a statement do not sum to {self.due}.")
        if len({line.document_id for line in self.lines}) != len(self.lines):
            raise BadInput("statement_twice", "A statement has a document twice.")
        if self.number != document_number(STATEMENT_SERIES, self.year, self.sequence):
            raise BadInput("statement_number", f"{self.number!r} is not number {self.sequence} of {self.year}.")

    @property
    def currency(self) -> str:
        return self.due.currency

    @property
    def sums(self) -> tuple[tuple[str, Money], ...]:
        """Totals of membership fees, discounts and partners' shares, by `what`; empty if there are none."""
        found: dict[str, Money] = {}
        for one in (part for line in self.lines for part in line.parts if part.what != PRICE):
            found[one.what] = found.get(one.what, Money.zero(self.currency)) + one.amount
        return tuple((what, amount) for what, amount in sorted(found.items(), reverse=True) if amount)

    @property
    def by_cost_centre(self) -> tuple[tuple[str, Money], ...]:
        """Totals by cost centre, which sum to the amount due; lines without one (an empty name) come last. Empty if no line has a cost
        centre."""
        found: dict[str, Money] = {}
        for line in self.lines:
            found[line.cost_centre] = found.get(line.cost_centre, Money.zero(self.currency)) + line.amount
        return tuple(sorted(found.items(), key=lambda one: (not one[0], one[0]))) if any(found) else ()

    @property
    def by_driver(self) -> tuple[tuple[str, Money], ...]:
        """Totals by driver name, which sum to the amount due. Empty if all lines are one driver's."""
        found: dict[tuple[str, DriverId], Money] = {}
        for line in self.lines:
            driver = (line.driver, line.driver_id)
            found[driver] = found.get(driver, Money.zero(self.currency)) + line.amount
        return tuple((name, found[name, driver_id]) for name, driver_id in sorted(found)) if len(found) > 1 else ()

    @property
    def free_kwh(self) -> Decimal:
        """The free energy that memberships and offers gave, less what was credited since."""
        reasons = [(parse_discount_reason(one.because), one.amount.minor > 0) for line in self.lines for one in line.parts]
        free = [-reason.value if back else reason.value for reason, back in reasons if reason and reason.kind is DiscountKind.KWH_FREE]
        return sum(free, Decimal(0))

    @property
    def session_id(self) -> SessionId | None:
        """Always None, as a statement belongs to no single charge; defined so that a statement can be paid like an invoice."""
        return None


def statement_total(documents: Sequence[Invoice]) -> Money:
    """The total of documents in one currency, with credit notes subtracted."""
    return sum((_amount(one) for one in documents), Money.zero(documents[0].currency))


def account_statement(
    parties: Parties, payer: DriverId, month: Span, zone: str, documents: Sequence[Invoice], numbering: Numbering
) -> AccountStatement:
    """Issue the statement of documents in one currency whose total (`statement_total`) is not zero."""
    lines = tuple(_line(one) for one in sorted(documents, key=lambda one: (one.issued_at, one.number)))
    number = document_number(STATEMENT_SERIES, numbering.year, numbering.sequence)
    return AccountStatement(
        numbering.id,
        documents[0].operator_id,
        payer,
        number,
        numbering.year,
        numbering.sequence,
        numbering.at,
        month,
        zone,
        parties,
        lines,
        statement_total(documents),
    )


def with_cards(statement: AccountStatement, cards: Mapping[DocumentId, str]) -> AccountStatement:
    """The statement with the card that was used for each document."""
    return replace(statement, lines=tuple(replace(line, card=cards.get(line.document_id, "")) for line in statement.lines))


def debt_takeover(statement: AccountStatement) -> Txn | None:
    """Move what a fleet's drivers owe to the payer's account; None if each driver pays for themselves."""
    amounts: dict[DriverId, Money] = {}
    for line in statement.lines:
        if line.driver_id != statement.driver_id:
            amounts[line.driver_id] = amounts.get(line.driver_id, Money.zero(statement.currency)) + line.amount
    payer = receivable(statement.driver_id)
    postings = tuple(Posting.of(receivable(driver_id), payer, amount) for driver_id, amount in sorted(amounts.items()) if amount)
    if not postings:
        return None
    return Txn(f"statement/{statement.id}", statement.operator_id, statement.issued_at, statement.number, statement.id, postings)


def credit_note_takeover(statement: AccountStatement, note: Invoice, at: datetime) -> Txn | None:
    """The same for a credit note added to a statement later: what it takes off the driver's account goes to the payer's."""
    if note.driver_id == statement.driver_id or not note.due:
        return None
    postings = (Posting(receivable(statement.driver_id), receivable(note.driver_id), note.due),)
    return Txn(f"taken-off/{note.id}", note.operator_id, at, f"{note.number} off {statement.number}", statement.id, postings)


def _amount(invoice: Invoice) -> Money:
    return -invoice.due if invoice.kind is DocumentKind.CREDIT_NOTE else invoice.due


def _line(invoice: Invoice) -> AccountLine:
    content, delivery = invoice.content, invoice.content.delivery
    charged = delivery if invoice.kind is DocumentKind.INVOICE else None
    used_by = content.parties.used_by
    return AccountLine(
        invoice.id,
        invoice.number,
        invoice.issued_at,
        invoice.driver_id,
        content.parties.user.name,
        content.place.site_name,
        charged.started_at if charged else None,
        charged.energy_wh if charged else 0,
        _amount(invoice),
        _parts(invoice),
        content.place.evse_label,
        cost_centre=used_by.cost_centre if used_by else "",
    )


def _parts(invoice: Invoice) -> tuple[AccountPart, ...]:
    """Empty for a document that is nothing but its price."""
    content, sign = invoice.content, -1 if invoice.kind is DocumentKind.CREDIT_NOTE else 1
    parts = [
        AccountPart(_LISTED_KINDS[line.what], line.title, line.because, _signed(gross, sign)) for line, gross in _listed_lines(content)
    ]
    parts += [AccountPart(BY_PARTNER, one.name, one.because, _signed(-one.amount, sign)) for one in content.contributions]
    remainder = _amount(invoice) - sum((one.amount for one in parts), Money.zero(invoice.currency))
    return (AccountPart(PRICE, "", "", remainder), *parts) if parts and remainder else tuple(parts)


def _listed_lines(content: Draft) -> list[tuple[InvoiceLine, Money]]:
    """The lines listed separately from the price, in order, with tax. If prices exclude tax, a discount is what the rate's total fell by:
    5.00 off is listed as 5.00, whatever the tax on its net would be."""
    places = [place for place, line in enumerate(content.lines) if line.what in _LISTED_KINDS]
    if content.tax_included:
        return [(content.lines[place], content.lines[place].amount) for place in places]
    found: dict[int, int] = {}
    for tax in content.taxes:
        own_places = [place for place in places if content.lines[place].vat_percent == tax.vat_percent]
        nets = [content.lines[place].net for place in own_places]
        price = TaxLine.from_net(tax.vat_percent, tax.net - sum(nets, Money.zero(content.currency)))
        exact = [Fraction(net.minor) * (1 + Fraction(tax.vat_percent or 0) / 100) for net in nets]
        if own_places:
            found |= zip(own_places, round_to_total(tax.gross.minor - price.gross.minor, exact), strict=True)
    # A bill for a late end omits a rate to which it adds nothing; lines of that rate may still exist.
    return [(content.lines[place], Money(found.get(place, content.lines[place].net.minor), content.currency)) for place in places]


def _signed(amount: Money, sign: int) -> Money:
    return amount if sign > 0 else -amount
