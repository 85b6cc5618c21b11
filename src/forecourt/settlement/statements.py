"""A partner's monthly statement: every voucher used, the total, and how it is settled to the cent.

It is not an invoice. With vouchers neither side supplies the other: each pays part of what the driver gets from the other, and that
supply's own receipt shows its tax. A host's share is of net amounts: tax on it is added by the self-billed documents that the statement
settles if the host agreed to them (`self_billing`); otherwise whoever owes tax on it states that in an invoice of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.billing import DocumentKind, Invoice, Party, document_number
from forecourt.kernel import BadInput, Money, OperatorId, Span, Text
from forecourt.ledger import BANK, SELF_BILLED_KEY, Posting, Txn, input_vat, partner_receivable
from forecourt.offers import OfferKind, Partner, Redemption
from forecourt.settlement.model import offer_cost, payable

SERIES = "STM"
# A host's share as written by `flows.offers.partner_shares` and `_lines`; a correction as written by `questions`.
_TERMS = re.compile(r"([\d.]+) % of the net at (.+)")
_SHARE = re.compile(_TERMS.pattern + r", (\d+) documents?")
_CORRECTION = re.compile(r"Correction of (\S+), line (\d+)")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A voucher used or reversed; a host's earnings of a day; or a correction, of the statement `document`.

    owed: to the partner, negative if the partner owes it. code: its last four characters.
    """

    at: datetime
    kind: OfferKind
    text: str
    code: str
    document: str
    owed: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """An issued statement, never changed. owed: the total owed to the partner; negative if the partner owes it. self_billed: the documents
    that the operator issued for the partner's supplies; the statement pays their tax as well."""

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    handle: str
    number: str
    year: int
    sequence: int
    issued_at: datetime
    due_at: datetime
    month: Span
    zone: str
    operator: Party
    partner: Party
    lines: tuple[StatementLine, ...]
    owed: Money
    self_billed: tuple[Invoice, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines:
            raise BadInput("statement_empty", "A statement without a line says nothing.")
        if sum((line.owed for line in self.lines), self.tax) != self.owed:
            raise BadInput("statement_total", f"The lines of a statement do not sum to {self.owed}.")
        if self.number != document_number(SERIES, self.year, self.sequence):
            raise BadInput("statement_number", f"{self.number!r} is not number {self.sequence} of {self.year}.")

    @property
    def tax(self) -> Money:
        """The VAT of its self-billed documents, positive to the partner."""
        return sum((signed_tax(one) for one in self.self_billed), Money.zero(self.owed.currency))

    def part(self, kind: OfferKind) -> Money:
        """The total for vouchers of a kind, positive to the partner."""
        return sum((line.owed for line in self.lines if line.kind is kind), Money.zero(self.owed.currency))


@dataclass(frozen=True, slots=True)
class StatementPayment:
    """A statement was paid. reference: of the bank transfer."""

    statement_id: UUID
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class StatementNumber:
    """What a statement is given at issue."""

    id: UUID
    year: int
    sequence: int
    at: datetime


def build_statement(
    partner: Partner, operator: Party, month: Span, zone: str, used: Sequence[Redemption], numbered: StatementNumber
) -> Statement:
    """The statement over redemptions of one currency, oldest first. Raises BadInput without any."""
    lines = _lines(used, ZoneInfo(zone))
    if not lines:
        raise BadInput("statement_empty", "A statement without a line says nothing.")
    return Statement(
        id=numbered.id,
        operator_id=partner.operator_id,
        partner_id=partner.id,
        handle=partner.handle,
        number=document_number(SERIES, numbered.year, numbered.sequence),
        year=numbered.year,
        sequence=numbered.sequence,
        issued_at=numbered.at,
        due_at=numbered.at + timedelta(days=partner.pay_within_days),
        month=month,
        zone=zone,
        operator=operator,
        partner=Party(partner.name, partner.address, partner.country, partner.vat_number, partner.email),
        lines=lines,
        owed=sum((line.owed for line in lines), Money.zero(lines[0].owed.currency)),
    )


def _lines(used: Sequence[Redemption], zone: ZoneInfo) -> tuple[StatementLine, ...]:
    """One line per voucher; a host's earnings from many documents make one line per day and share."""
    hosted: dict[tuple[date, str], list[Redemption]] = {}
    lines = []
    for one in used:
        if one.kind is OfferKind.HOSTING:
            hosted.setdefault((one.at.astimezone(zone).date(), one.text), []).append(one)
        else:
            lines.append(StatementLine(one.at, one.kind, one.text, one.code[-4:], one.document, one.owed))
    for (_, text), shares in hosted.items():
        total = sum((one.owed for one in shares), Money.zero(shares[0].owed.currency))
        lines.append(StatementLine(shares[-1].at, OfferKind.HOSTING, share_line(text, len(shares)), "", "", total))
    return tuple(sorted(lines, key=lambda line: line.at))


def signed_tax(document: Invoice) -> Money:
    """The tax of a self-billed document, negative for a credit note."""
    return -document.tax if document.kind is DocumentKind.CREDIT_NOTE else document.tax


def share_line(terms: str, documents: int) -> str:
    """The text of a line over the shares of several documents."""
    return f"{terms}, {documents} documents" if documents > 1 else f"{terms}, 1 document"


def site_of_line(text: str) -> str:
    """The site of a line over shares; empty if it is none."""
    found = _SHARE.fullmatch(text)
    return found[2] if found else ""


def share_terms(text: str) -> tuple[Decimal, str]:
    """How many percent a host earns at which site, by the text of a share. Raises BadInput."""
    found = _TERMS.fullmatch(text)
    if found is None:
        raise BadInput("share_terms", f"{text[:80]!r} says no share.")
    return Decimal(found[1]), found[2]


def line_text(line: StatementLine) -> str:
    """The line's text for a reader: our own wording is translated, an offer's name stays as its partner wrote it."""
    return host_line_text(line.text) if line.kind in (OfferKind.HOSTING, OfferKind.CORRECTION) else line.text


def host_line_text(text: str) -> str:
    """The same for a share, or a correction, by its stored text."""
    if share := _SHARE.fullmatch(text):
        return Text.counted(
            "{percent} % of the net at {site}, {n} document",
            "{percent} % of the net at {site}, {n} documents",
            percent=Decimal(share[1]),
            site=share[2],
            n=int(share[3]),
        )
    if correction := _CORRECTION.fullmatch(text):
        return Text("Correction of {number}, line {place}", number=correction[1], place=int(correction[2]))
    return text


def gift_txn(redemption: Redemption, handle: str) -> Txn | None:
    """Book a gift of which the operator bears part: its cost, owed to the partner. None if the partner bears it all."""
    if not redemption.owed:
        return None
    posting = Posting(payable(handle), offer_cost(handle), redemption.owed)
    text = f"{redemption.text} at {handle}"
    return Txn(f"gift/{redemption.voucher_id}", redemption.operator_id, redemption.at, text, redemption.voucher_id, (posting,))


def netting_txn(statement: Statement) -> Txn | None:
    """Offset the two sides, so that the balance is in one account: owed to the partner, or by it."""
    gifts = statement.part(OfferKind.EARNED) + statement.part(OfferKind.HOSTING) + statement.part(OfferKind.CORRECTION) + statement.tax
    contributed = -statement.part(OfferKind.PURCHASE)
    amount = contributed if statement.owed.minor >= 0 else gifts
    if not amount:
        return None
    posting = Posting.of(partner_receivable(statement.handle), payable(statement.handle), amount)
    return Txn(f"statement/{statement.id}", statement.operator_id, statement.issued_at, statement.number, statement.id, (posting,))


def self_billed_txns(statement: Statement) -> tuple[Txn, ...]:
    """The tax of its self-billed documents, an entry for each: owed to the partner, and deducted as input tax. Their net was posted when it
    was earned. Without tax there is nothing to post, and the accountant books a reverse charge on both sides."""
    entries = []
    for one in statement.self_billed:
        accounts = [(input_vat(tax.vat_percent), tax.tax) for tax in one.content.taxes if tax.vat_percent and tax.tax]
        is_note, owed = one.kind is DocumentKind.CREDIT_NOTE, payable(statement.handle)
        postings = tuple(Posting.of(owed, account, -amount if is_note else amount) for account, amount in accounts)
        if postings:
            key = f"{SELF_BILLED_KEY}/{one.id}"
            entries.append(Txn(key, statement.operator_id, statement.issued_at, one.number, statement.id, postings))
    return tuple(entries)


def settlement_txn(statement: Statement, at: datetime, times: int = 0) -> Txn | None:
    """The transfer that settles a statement; None if there is nothing to pay. times: how often one came back before."""
    if not statement.owed:
        return None
    if statement.owed.minor > 0:
        posting = Posting(BANK, payable(statement.handle), statement.owed)
    else:
        posting = Posting(partner_receivable(statement.handle), BANK, -statement.owed)
    key = f"statement-paid/{statement.id}/{times}" if times else f"statement-paid/{statement.id}"
    return Txn(key, statement.operator_id, at, f"{statement.number} settled", statement.id, (posting,))


def return_txn(statement: Statement, at: datetime, times: int) -> Txn:
    """The transfer to a partner came back for the nth time (times). Raises BadInput for a statement that the partner owes."""
    _check_paid_by_us(statement)
    posting = Posting(payable(statement.handle), BANK, statement.owed)
    text = f"{statement.number}: the transfer came back"
    return Txn(f"{return_key(statement.id)}{times}", statement.operator_id, at, text, statement.id, (posting,))


def repeat_payment_txn(statement: Statement, at: datetime, times: int) -> Txn:
    """The bank made the settling transfer again, for the nth time (times), so the partner owes it back. Raises BadInput for a statement
    that the partner owes."""
    _check_paid_by_us(statement)
    posting, text = Posting(BANK, payable(statement.handle), statement.owed), f"{statement.number} paid once more"
    return Txn(f"{repeat_payment_key(statement.id)}{times}", statement.operator_id, at, text, statement.id, (posting,))


def repeat_return_txn(statement: Statement, at: datetime, times: int) -> Txn:
    """A transfer that was made again came back, for the nth time (times)."""
    posting, text = Posting(payable(statement.handle), BANK, statement.owed), f"{statement.number}: what was paid once more came back"
    return Txn(f"{repeat_return_key(statement.id)}{times}", statement.operator_id, at, text, statement.id, (posting,))


def repeat_payment_key(statement_id: UUID) -> str:
    return f"statement-again/{statement_id}/"


def repeat_return_key(statement_id: UUID) -> str:
    return f"statement-again-back/{statement_id}/"


def _check_paid_by_us(statement: Statement) -> None:
    if statement.owed.minor <= 0:
        raise BadInput("statement_owed", f"{statement.number} was not paid by a transfer of ours.")


def return_key(statement_id: UUID) -> str:
    return f"statement-returned/{statement_id}/"
