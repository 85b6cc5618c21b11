"""The content of a partner's statement as ready text: the template only does layout."""

from typing import Any

from forecourt.billing import DocumentKind, Invoice, business_language
from forecourt.jobs.printing import party_fields
from forecourt.kernel import Money
from forecourt.offers import OfferKind
from forecourt.settlement import Statement, StatementLine, line_text, signed_tax
from forecourt.wording import Wording, localiser_for, remittance_reference, transfer_code


def statement_view(statement: Statement, bank: str = "") -> dict[str, Any]:
    """Everything the template prints, in the language of the partner's country. bank: the account for the partner's transfers."""
    wording = Wording(business_language(statement.partner.country), statement.zone)
    zero = Money.zero(statement.owed.currency)
    amounts = [*(line.owed for line in statement.lines), *(signed_tax(one) for one in statement.self_billed)]
    return {
        "language": wording.language,
        "labels": {name: text for name, text in wording.labels.items() if isinstance(text, str)},
        "title": wording.label("STATEMENT"),
        "number": statement.number,
        "issued": wording.day(statement.issued_at),
        "month": wording.period(statement.month),
        "seller": party_fields(statement.operator, wording),
        "buyer": party_fields(statement.partner, wording),
        "lines": [*(_line(line, wording) for line in statement.lines), *(_tax_line(one, wording) for one in statement.self_billed)],
        "to": wording.money(sum((one for one in amounts if one.minor > 0), zero)),
        "by": wording.money(-sum((one for one in amounts if one.minor < 0), zero)),
        "balance": wording.money(statement.owed if statement.owed.minor >= 0 else -statement.owed),
        "payment": payment_words(statement, wording, bank),
        "note": " ".join(wording.label(name) for name in _notes(statement)),
        "code": transfer_code(statement.operator.name, bank, -statement.owed, statement.number),
    }


def _notes(statement: Statement) -> list[str]:
    """What the statement is for the tax: a host supplies its site, with a voucher neither side supplies the other."""
    hosting = [one.kind is OfferKind.HOSTING for one in statement.lines if one.kind is not OfferKind.CORRECTION]
    vouchers = not hosting or not all(hosting)
    invoiced = any(one.kind is DocumentKind.INVOICE for one in statement.self_billed)
    notes = (
        ("statement_note", vouchers),
        ("statement_note_self_billed", bool(statement.self_billed)),
        ("statement_note_host", any(hosting) and not invoiced),
    )
    return [name for name, holds in notes if holds]


def _line(line: StatementLine, wording: Wording) -> dict[str, str]:
    return {
        "used": wording.day(line.at) if line.kind is OfferKind.HOSTING else f"{wording.day(line.at)}, {wording.clock(line.at)}",
        "what": localiser_for(wording.language).localise(line_text(line)),
        "code": f"…{line.code}",
        "document": line.document,
        "to": wording.money(line.owed) if line.owed.minor > 0 else "",
        "by": wording.money(-line.owed) if line.owed.minor <= 0 else "",
    }


def _tax_line(document: Invoice, wording: Wording) -> dict[str, str]:
    tax, title = signed_tax(document), wording.label(f"SELF_BILLED_{document.kind.value}")
    return {
        "used": wording.day(document.issued_at),
        "what": f"{title}: {wording.label('tax')}",
        "code": "",
        "document": document.number,
        "to": wording.money(tax) if tax.minor >= 0 else "",
        "by": wording.money(-tax) if tax.minor < 0 else "",
    }


def payment_words(statement: Statement, wording: Wording, bank: str) -> str:
    """Who transfers how much, until when, and where to."""
    if not statement.owed:
        return wording.label("EVEN")
    name, amount = ("WE_PAY", statement.owed) if statement.owed.minor > 0 else ("YOU_PAY", -statement.owed)
    sentence = wording.label(name).format(amount=wording.money(amount), date=wording.day(statement.due_at))
    if not bank or name == "WE_PAY":
        return sentence
    reference = wording.label("REFERENCE").format(number=remittance_reference(statement.number, bank))
    return f"{sentence} {wording.label('BANK').format(bank=bank)} {reference}"
