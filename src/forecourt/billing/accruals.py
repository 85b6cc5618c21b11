"""Accrued revenue: charges that ended before a month did and are billed after it. It is revenue of that month, and taken back on the first
instant of the next one, when their documents take its place. Tax is not accrued: it follows from documents, by the month of delivery."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from forecourt.billing.late_ends import preceding_number, replaced_number
from forecourt.billing.model import DocumentKind, Invoice
from forecourt.billing.posting import revenue_by_rate
from forecourt.kernel import Money, Span
from forecourt.ledger import ACCRUAL_KEY, ACCRUAL_REVERSAL_KEY, ACCRUED, Account, Posting, Txn

_INSTANT = timedelta(microseconds=1)


def accrued_documents(documents: Iterable[Invoice], until: datetime) -> list[Invoice]:
    """Those issued since that instant for charges that ended before it. Credit notes are among them only with the bill that they credit, or
    with the one that takes its place, so that a bill made out anew counts once, and another's reduction stays in its own month."""
    late = [one for one in documents if _is_late(one, until)]
    bills = [one for one in late if one.kind is DocumentKind.INVOICE]
    numbers = {one.number for one in bills} | {replaced_number(one.content.reason) for one in bills}
    return bills + [one for one in late if one.kind is DocumentKind.CREDIT_NOTE and preceding_number(one.content) in numbers]


def accrual_txns(document: Invoice, month: Span, month_name: str) -> Iterator[Txn]:
    """Two, unless it has no net: the document's revenue, by account as its own entries have it, dated to the month's last instant, and its
    reversal at the month's end. Each once for every month and document. month_name: "2026-06"."""
    moved = [(account, amount) for account, amount in _revenue(document) if amount]
    if moved:
        part, text, subject = f"{month_name}/{document.id}", f"Accrued revenue of {month_name}", document.id
        accrual = tuple(Posting.of(account, ACCRUED, amount) for account, amount in moved)
        reversal = tuple(Posting.of(account, ACCRUED, -amount) for account, amount in moved)
        yield Txn(f"{ACCRUAL_KEY}/{part}", document.operator_id, month.end - _INSTANT, text, subject, accrual)
        yield Txn(f"{ACCRUAL_REVERSAL_KEY}/{part}", document.operator_id, month.end, f"{text}, reversed", subject, reversal)


def accrued_net(document: Invoice) -> Money:
    """What its accrual comes to: its net, negative for a credit note."""
    return sum((amount for _, amount in _revenue(document)), Money.zero(document.currency))


def _revenue(document: Invoice) -> Iterator[tuple[Account, Money]]:
    sign = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
    for account, rates in revenue_by_rate(document).items():
        yield account, Money(sign * sum(rates.values()), document.currency)


def _is_late(document: Invoice, until: datetime) -> bool:
    delivery = document.content.delivery
    return delivery is not None and not document.content.settled_by and delivery.ended_at < until <= document.issued_at
