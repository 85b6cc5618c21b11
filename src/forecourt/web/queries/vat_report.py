"""The VAT of a month by rate: what the documents say and lost debts take off, held against what the ledger booked."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from forecourt.billing import DocumentKind
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.web.queries.vat_lines import vat_accounts, vat_lines
from forecourt.web.views.vat import LOST, VatBuyer, VatLine, VatPart, VatReport, VatRow, VatSums


def vat_report(store: Store, operator_id: OperatorId, month: Span) -> VatReport:
    """No rate and a rate of 0 share a row, as an account."""
    lines, booked = list(vat_lines(store, operator_id, month)), _booked(store, operator_id, month)
    rates = sorted({(one.vat.currency, one.rate) for one in lines} | {key for key, minor in booked.items() if minor}, key=_by_rate)
    rows = [_row(lines, booked, currency, [rate], rate) for currency, rate in rates]
    currencies = sorted({currency for currency, _ in rates})
    totals = [_row(lines, booked, one, [rate for currency, rate in rates if currency == one], "") for one in currencies]
    places = sorted({_place(one) for one in lines}, key=lambda one: (*one[:3], *_place_of(one[3])))
    return VatReport(tuple(rows), tuple(totals), tuple(_part(lines, one) for one in places), _buyers(lines))


def _booked(store: Store, operator_id: OperatorId, month: Span) -> dict[tuple[str, str], int]:
    """What the month put on the account of each rate."""
    accounts = vat_accounts(store, operator_id, month)
    return {(one.currency, one.name.partition(":")[2]): -store.ledger.sum_of(operator_id, one).minor for one in accounts}


def _by_rate(one: tuple[str, str]) -> tuple[str, Decimal, str]:
    """The highest first; what carries no tax for its buyer's sake last."""
    return one[0], *_place_of(one[1])


def _place_of(rate: str) -> tuple[Decimal, str]:
    return (-Decimal(rate), "") if rate[0].isdigit() else (Decimal(1), rate)


def _buyers(lines: Iterable[VatLine]) -> tuple[VatBuyer, ...]:
    sums: dict[tuple[str, str, str], int] = {}
    for one in lines:
        if one.buyer:
            key = (one.rate, one.buyer, one.net.currency)
            sums[key] = sums.get(key, 0) + one.net.minor
    return tuple(VatBuyer(buyer, rate, Money(minor, currency)) for (rate, buyer, currency), minor in sorted(sums.items()))


def _place(one: VatLine) -> tuple[str, str, str, str]:
    return one.country, one.delivered, one.vat.currency, one.rate


def _row(lines: Sequence[VatLine], booked: dict[tuple[str, str], int], currency: str, rates: Sequence[str], name: str) -> VatRow:
    mine = [one for one in lines if one.vat.currency == currency and one.rate in rates]
    moved = Money(sum(booked.get((currency, rate), 0) for rate in rates), currency)
    return VatRow(name, *_sums(mine, currency), moved)


def _part(lines: Sequence[VatLine], place: tuple[str, str, str, str]) -> VatPart:
    country, delivered, currency, rate = place
    return VatPart(country, delivered, rate, *_sums([one for one in lines if _place(one) == place], currency))


def _sums(lines: Sequence[VatLine], currency: str) -> tuple[VatSums, VatSums, Money]:
    """Of invoices, of credit notes, and the tax of lost debts."""
    invoices, notes = (_both((one for one in lines if one.what == kind.value), currency) for kind in DocumentKind)
    return invoices, notes, _both((one for one in lines if one.what == LOST), currency).vat


def _both(lines: Iterable[VatLine], currency: str) -> VatSums:
    net, tax = 0, 0
    for one in lines:
        net, tax = net + one.net.minor, tax + one.vat.minor
    return VatSums(Money(net, currency), Money(tax, currency), Money(net + tax, currency))
