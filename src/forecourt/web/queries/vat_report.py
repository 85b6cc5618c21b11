"""The VAT of a month by rate: what the documents say, held against what the ledger booked."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.desk import operator_zone, tax_countries
from forecourt.flows.ports import DocumentSearch, Store
from forecourt.kernel import Money, OperatorId, Span, utc
from forecourt.ledger import AccountKind, vat
from forecourt.web.views.vat import VatPart, VatReport, VatRow, VatSums

_BATCH = 500
_INVOICE, _NOTE = DocumentKind.INVOICE.value, DocumentKind.CREDIT_NOTE.value
# What corrects the tax of debts that are lost, and undoes that.
_LOST = ("writeoff/", "revived/", "dispute/")
# A currency, a rate as its account is named, and what is summed.
_Sums = Mapping[tuple[str, str, str], int]


class _Place(NamedTuple):
    """Which country's tax it is, and in which month it was supplied."""

    country: str
    delivered: str
    currency: str
    rate: str


def vat_report(store: Store, operator_id: OperatorId, month: Span) -> VatReport:
    """Documents by their day of issue, entries by theirs, which are the same. No rate and a rate of 0 share a row, as an account."""
    papers = _of_documents(store, operator_id, month)
    sums: Counter[tuple[str, str, str]] = Counter()
    for (place, what), minor in papers.items():
        sums[place.currency, place.rate, what] += minor
    sums.update(_of_ledger(store, operator_id, month))
    rates = sorted({(currency, rate) for currency, rate, _ in sums}, key=lambda one: (one[0], -Decimal(one[1])))
    rows = [_row(sums, currency, [rate], rate) for currency, rate in rates]
    currencies = sorted({currency for currency, _ in rates})
    totals = [_row(sums, one, [rate for currency, rate in rates if currency == one], "") for one in currencies]
    places = sorted({place for place, _ in papers}, key=lambda one: (one.country, one.delivered, one.currency, -Decimal(one.rate)))
    return VatReport(tuple(rows), tuple(totals), tuple(_part(papers, one) for one in places))


def _of_documents(store: Store, operator_id: OperatorId, month: Span) -> Counter[tuple[_Place, str]]:
    zone, countries = operator_zone(store, operator_id), tax_countries(store, operator_id)
    sums: Counter[tuple[_Place, str]] = Counter()
    for one in issued_within(store, operator_id, month):
        is_note, delivery = one.kind is DocumentKind.CREDIT_NOTE, one.content.delivery
        supplied = delivery.ended_at if delivery and not is_note else one.issued_at
        for tax in one.content.taxes:
            place = _Place(
                countries[one.content.site_id], f"{utc(supplied).astimezone(zone):%Y-%m}", one.currency, vat(tax.vat_percent).part
            )
            sums[place, f"{one.kind.value}/net"] += -tax.net.minor if is_note else tax.net.minor
            sums[place, f"{one.kind.value}/vat"] += -tax.tax.minor if is_note else tax.tax.minor
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

    return VatRow(name, _both(of, _INVOICE), _both(of, _NOTE), of("lost"), of("booked"))


def _part(papers: Mapping[tuple[_Place, str], int], place: _Place) -> VatPart:
    def of(what: str) -> Money:
        return Money(papers.get((place, what), 0), place.currency)

    return VatPart(place.country, place.delivered, place.rate, _both(of, _INVOICE), _both(of, _NOTE))


def _both(of: Callable[[str], Money], kind: str) -> VatSums:
    net, tax = of(f"{kind}/net"), of(f"{kind}/vat")
    return VatSums(net, tax, net + tax)
