"""A receivable given up: its net is a loss, its tax is owed to the state no longer."""

from collections.abc import Iterable
from datetime import datetime

from forecourt.billing import AccountStatement, Invoice
from forecourt.kernel import Money
from forecourt.ledger import WRITE_OFF, Account, Posting, Txn, apportion, receivable, vat
from forecourt.tariffs import TaxLine

# Where tax is corrected as soon as a debt is uncollectable: § 17 (2) 1 UStG, § 16 (3) 1 UStG 1994. Elsewhere the law asks for more
# (a waiting time, a claim, a notice), so all of it is booked as a loss, and the accountant corrects the tax.
AT_ONCE = frozenset({"DE", "AT"})


def written_off(document: Invoice | AccountStatement, taxes: Iterable[TaxLine], amount: Money, at: datetime) -> Txn:
    """taxes: of the document, or of all in a statement, credit notes negative; none where no tax is corrected.

    What was paid has paid the reminders' fees first (BGB § 367), which bear no tax; each rate loses its share of the rest.
    """
    owed_by, given_up = receivable(document.driver_id), min(amount, document.due)
    known: list[tuple[Account, Money]] = []
    rates = [one for one in taxes if one.gross]
    shares = apportion(given_up.minor, [one.gross.amount for one in rates]) if rates else ()
    for one, share in zip(rates, shares, strict=True):
        known.append((vat(one.vat_percent), Money.of(one.tax.amount * share / one.gross.minor, amount.currency)))
    loss = amount - sum((tax for _, tax in known), Money.zero(amount.currency))
    postings = tuple(_posting(owed_by, account, part) for account, part in ((WRITE_OFF, loss), *known) if part)
    return Txn(f"writeoff/{document.id}", document.operator_id, at, f"{document.number} written off", document.id, postings)


def _posting(owed_by: Account, account: Account, part: Money) -> Posting:
    return Posting(owed_by, account, part) if part.minor > 0 else Posting(account, owed_by, -part)
