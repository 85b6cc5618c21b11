"""Ledger entries for issued documents."""

from collections.abc import Iterable
from decimal import Decimal

from forecourt.billing.model import DocumentKind, Invoice
from forecourt.billing.vat_relief import tax_key
from forecourt.kernel import Money
from forecourt.ledger import Account, Posting, Txn, partner_receivable, receivable, revenue, vat


def invoice_txn(invoice: Invoice) -> Txn | None:
    """Post revenue by kind of line and tax by rate to the driver's receivable, and from there to partners what they pay of it;
    reversed for a credit note. None if nothing moves."""
    owed_by = receivable(invoice.driver_id)
    amounts = [(account, owed_by, amount) for account, amount in _sums(invoice)]
    amounts += [(owed_by, partner_receivable(one.partner), one.amount) for one in invoice.content.contributions]
    postings = tuple(
        Posting.of(source, destination, -amount if invoice.kind is DocumentKind.CREDIT_NOTE else amount)
        for source, destination, amount in amounts
        if amount
    )
    if not postings:
        return None
    return Txn(f"document/{invoice.id}", invoice.operator_id, invoice.issued_at, invoice.number, invoice.id, postings)


def revenue_by_rate(invoice: Invoice) -> dict[Account, dict[str, int]]:
    """A document's net by revenue account and VAT rate (or the reason for none), in minor units; per account they sum to what `invoice_txn`
    posts."""
    found: dict[Account, dict[str, int]] = {}
    for line in invoice.content.lines:
        rates = found.setdefault(revenue(line.what.value.lower()), {})
        rate = tax_key(invoice.content, line.vat_percent)
        rates[rate] = rates.get(rate, 0) + line.net.minor
    return found


def _sums(invoice: Invoice) -> Iterable[tuple[Account, Money]]:
    by_account: dict[Account, Money] = {}
    zero = Money.zero(invoice.currency)
    for line in invoice.content.lines:
        account = revenue(line.what.value.lower())
        by_account[account] = by_account.get(account, zero) + line.net
    for tax in invoice.content.taxes:
        account = vat(tax.vat_percent if tax.vat_percent is not None else Decimal(0))
        by_account[account] = by_account.get(account, zero) + tax.tax
    return by_account.items()
