"""Write-offs: the net of a receivable becomes a loss, and its tax is no longer due. A later payment reverses both."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from forecourt.billing import AccountStatement, Invoice
from forecourt.kernel import DriverId, Money
from forecourt.ledger import WRITE_OFF, Account, Posting, Txn, apportion, receivable, vat
from forecourt.tariffs import TaxLine

# Countries where tax is corrected as soon as a debt is uncollectable: § 17 (2) 1 UStG, § 16 (3) 1 UStG 1994. Elsewhere the law requires
# more (a waiting time, a claim, a notice), so the whole amount is booked as a loss, and the accountant corrects the tax.
TAX_CORRECTED_AT_ONCE = frozenset({"DE", "AT"})


def tax_contained(taxes: Iterable[TaxLine], amount: Money) -> list[tuple[Account, Money]]:
    """The tax contained in part of a document, by the account of each rate; each rate bears its share."""
    rates = [one for one in taxes if one.gross]
    shares = apportion(amount.minor, [one.gross.amount for one in rates]) if rates else ()
    return [
        (vat(one.vat_percent), Money.of(one.tax.amount * share / one.gross.minor, amount.currency))
        for one, share in zip(rates, shares, strict=True)
    ]


def write_off_txn(
    document: Invoice | AccountStatement, taxes: Iterable[TaxLine], amount: Money, at: datetime, due: Money | None = None
) -> Txn:
    """Write off what is left of a document. taxes: of the document, or of all in a statement, with credit notes negative; empty if no tax
    is corrected. due: what it now amounts to, if less than at issue.

    Payments are credited to reminder fees first (BGB § 367), which bear no tax; each rate loses its share of the rest.
    """
    owed_by, known = receivable(document.driver_id), tax_contained(taxes, min(amount, document.due if due is None else due))
    loss = amount - sum((tax for _, tax in known), Money.zero(amount.currency))
    postings = tuple(Posting.of(owed_by, account, part) for account, part in ((WRITE_OFF, loss), *known) if part)
    return Txn(f"writeoff/{document.id}", document.operator_id, at, f"{document.number} written off", document.id, postings)


def written_off_amount(debtor: DriverId, currency: str, txns: Sequence[Txn]) -> Money:
    """What is written off of a debtor's document and not revived. txns: what was posted about it."""
    return Money(-by_account(_about_loss(txns))[receivable(debtor)], currency)


def write_off_reversal(
    document: Invoice | AccountStatement, txns: Sequence[Txn], amount: Money, at: datetime, due: Money | None = None
) -> Txn:
    """Reverse part of a write-off because it was paid, or credited: it is owed again, with each rate's share of the tax
    (§ 17 (2) 1, second sentence, UStG). Reminder fees are paid first. Reviving all of it leaves nothing written off, to the cent.

    txns: what was posted about the document, including the write-off, of which at least this amount is left. due: see `write_off_txn`.
    """
    write_off, *since = _about_loss(txns)
    owed_by, whole = receivable(document.driver_id), by_account([write_off])
    total, undone = -whole[owed_by], by_account(since)
    after = undone[owed_by] + amount.minor
    fees = max(0, total - (document.due if due is None else due).minor)
    share = Decimal(max(0, after - fees)) / (total - fees or 1)  # if the document now amounts to zero, everything is on top of it
    zero, parts = Money.zero(amount.currency), list[tuple[Account, Money]]()
    for account in (one for one in whole if one not in (owed_by, WRITE_OFF)):
        taxed = Money.of(Money(whole[account], amount.currency).amount * share, amount.currency)
        parts.append((account, taxed - Money(-undone[account], amount.currency)))
    parts.append((WRITE_OFF, amount - sum((part for _, part in parts), zero)))
    postings = tuple(Posting.of(account, owed_by, part) for account, part in parts if part)
    text = f"{document.number} no longer written off"
    return Txn(f"revived/{document.id}/{after}", document.operator_id, at, text, document.id, postings)


def _about_loss(txns: Sequence[Txn]) -> list[Txn]:
    return [one for one in txns if one.key.startswith(("writeoff/", "revived/"))]


def by_account(txns: Iterable[Txn]) -> Counter[Account]:
    """Minor units by account, signed like entries."""
    totals: Counter[Account] = Counter()
    for entry in (entry for txn in txns for entry in txn.entries):
        totals[entry.account] += entry.minor
    return totals
