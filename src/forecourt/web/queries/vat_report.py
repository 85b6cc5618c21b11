"""The VAT of a month by rate: what the documents say, held against what the ledger booked."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.ports import DocumentSearch, Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.ledger import AccountKind, vat
from forecourt.web.views.vat import VatReport, VatRow, VatSums

_BATCH = 500
_INVOICE, _NOTE = DocumentKind.INVOICE.value, DocumentKind.CREDIT_NOTE.value
# What corrects the tax of debts that are lost, and undoes that.
_LOST = ("writeoff/", "revived/", "dispute/")
# A currency, a rate as its account is named, and what is summed.
_Sums = Mapping[tuple[str, str, str], int]


def vat_report(store: Store, operator_id: OperatorId, month: Span) -> VatReport:
    """Documents by their day of issue, entries by theirs, which are the same. No rate and a rate of 0 share a row, as an account."""
    sums = _of_documents(store, operator_id, month)
    sums.update(_of_ledger(store, operator_id, month))
    rates = sorted({(currency, rate) for currency, rate, _ in sums}, key=lambda one: (one[0], -Decimal(one[1])))
    rows = [_row(sums, currency, [rate], rate) for currency, rate in rates]
    currencies = sorted({currency for currency, _ in rates})
    totals = [_row(sums, one, [rate for currency, rate in rates if currency == one], "") for one in currencies]
    return VatReport(tuple(rows), tuple(totals))


def _of_documents(store: Store, operator_id: OperatorId, month: Span) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in issued_within(store, operator_id, month):
        sign = -1 if one.kind is DocumentKind.CREDIT_NOTE else 1
        for tax in one.content.taxes:
            rate = vat(tax.vat_percent).part
            sums[one.currency, rate, f"{one.kind.value}/net"] += sign * tax.net.minor
            sums[one.currency, rate, f"{one.kind.value}/vat"] += sign * tax.tax.minor
    return sums


def issued_within(store: Store, operator_id: OperatorId, month: Span) -> Iterator[Invoice]:
    """All of them, a day's length at a time: a list that fills its limit is asked for again with a larger one."""
    start = month.start
    while start < month.end:
        end, limit = min(start + timedelta(days=1), month.end), _BATCH
        while len(found := store.documents.search(operator_id, DocumentSearch(since=start, until=end), limit)) == limit:
            limit *= 2
        yield from found
        start = end


def _of_ledger(store: Store, operator_id: OperatorId, month: Span) -> Counter[tuple[str, str, str]]:
    """The accounts are read from end to end: an entry may be younger in the book than its day."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for balance in store.ledger.trial_balance(operator_id):
        account, before = balance.account, None
        while account.kind is AccountKind.VAT and (some := store.ledger.of_account(operator_id, account, balance.currency, _BATCH, before)):
            for txn in (one.txn for one in some if month.holds(one.txn.at)):
                minor = -sum(entry.minor for entry in txn.entries if entry.account == account)
                sums[balance.currency, account.part, "booked"] += minor
                sums[balance.currency, account.part, "lost"] += minor if txn.key.startswith(_LOST) else 0
            before = some[-1].position
    return sums


def _row(sums: _Sums, currency: str, rates: Sequence[str], name: str) -> VatRow:
    def of(what: str) -> Money:
        return Money(sum(sums.get((currency, rate, what), 0) for rate in rates), currency)

    def both(kind: str) -> VatSums:
        net, tax = of(f"{kind}/net"), of(f"{kind}/vat")
        return VatSums(net, tax, net + tax)

    return VatRow(name, both(_INVOICE), both(_NOTE), of("lost"), of("booked"))
