"""The VAT of a month by rate: documents less debts written off, compared with what the ledger booked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from forecourt.billing import DocumentKind
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.web.queries.vat_lines import vat_accounts, vat_lines
from forecourt.web.views.vat import LOST, VatBuyer, VatLine, VatPart, VatReport, VatRow, VatSums

# By country, month of delivery, currency and rate: minor units by kind of line and column.
_Place = tuple[str, str, str, str]
_Minors = Counter[tuple[str, str]]


def vat_report(store: Store, operator_id: OperatorId, month: Span) -> VatReport:
    """No rate and a rate of 0 share a row, like an account. Lines are added up while streaming."""
    by_place, buyers = _added(vat_lines(store, operator_id, month))
    booked = _booked(store, operator_id, month)
    rates = sorted({(currency, rate) for *_, currency, rate in by_place} | {key for key, minor in booked.items() if minor}, key=_by_rate)
    rows = [_row(by_place, booked, currency, [rate], rate) for currency, rate in rates]
    currencies = sorted({currency for currency, _ in rates})
    totals = [_row(by_place, booked, one, [rate for currency, rate in rates if currency == one], "") for one in currencies]
    places = sorted(by_place, key=lambda one: (*one[:3], *_place_of(one[3])))
    parts = (VatPart(place[0], place[1], place[3], *_sums([by_place[place]], place[2])) for place in places)
    return VatReport(tuple(rows), tuple(totals), tuple(parts), buyers)


def _added(lines: Iterable[VatLine]) -> tuple[dict[_Place, _Minors], tuple[VatBuyer, ...]]:
    totals = defaultdict[_Place, _Minors](Counter)
    buyers: Counter[tuple[str, str, str]] = Counter()
    for one in lines:
        minors = totals[one.country, one.delivered, one.vat.currency, one.rate]
        minors[one.what, "net"] += one.net.minor
        minors[one.what, "vat"] += one.vat.minor
        if one.buyer:
            buyers[one.rate, one.buyer, one.net.currency] += one.net.minor
    buyer_totals = tuple(VatBuyer(buyer, rate, Money(minor, currency)) for (rate, buyer, currency), minor in sorted(buyers.items()))
    return totals, buyer_totals


def _booked(store: Store, operator_id: OperatorId, month: Span) -> dict[tuple[str, str], int]:
    """What the month booked on the account of each rate."""
    accounts = vat_accounts(store, operator_id, month)
    return {(one.currency, one.name.partition(":")[2]): -store.ledger.sum_of(operator_id, one).minor for one in accounts}


def _by_rate(one: tuple[str, str]) -> tuple[str, Decimal, str]:
    """The highest first; supplies without tax because of their buyer last."""
    return one[0], *_place_of(one[1])


def _place_of(rate: str) -> tuple[Decimal, str]:
    return (-Decimal(rate), "") if rate[0].isdigit() else (Decimal(1), rate)


def _row(totals: Mapping[_Place, _Minors], booked: dict[tuple[str, str], int], currency: str, rates: Sequence[str], name: str) -> VatRow:
    own = [of for place, of in totals.items() if place[2] == currency and place[3] in rates]
    moved = Money(sum(booked.get((currency, rate), 0) for rate in rates), currency)
    return VatRow(name, *_sums(own, currency), moved)


def _sums(parts: Sequence[_Minors], currency: str) -> tuple[VatSums, VatSums, Money]:
    """Of invoices, of credit notes, and the tax of debts written off."""
    invoices, credit_notes = (_both(parts, kind.value, currency) for kind in DocumentKind)
    return invoices, credit_notes, _both(parts, LOST, currency).vat


def _both(parts: Sequence[_Minors], document_kind: str, currency: str) -> VatSums:
    net, tax = (sum(of[document_kind, side] for of in parts) for side in ("net", "vat"))
    return VatSums(Money(net, currency), Money(tax, currency), Money(net + tax, currency))
