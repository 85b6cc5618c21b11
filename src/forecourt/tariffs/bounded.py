"""How the totals of a session that follows a limit are rounded: what is asked is the limit, and each rate's tax its rate of its net."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from forecourt.kernel import divide_half_up, minor_digits, net_within, rounded_to
from forecourt.tariffs.limits import Sums
from forecourt.tariffs.model import Rating, Tariff, TaxMinor
from forecourt.tariffs.terms import TaxIncluded, gross_over_net
from forecourt.tariffs.workings import rounded

# Net and gross by rate: exact in fractions of a minor unit, and in whole ones.
_Exact = Mapping[Decimal | None, tuple[Fraction, Fraction]]
_Way = dict[Decimal | None, tuple[int, int]]


def rounded_within(tariff: Tariff, sums: Mapping[Decimal | None, Sums], whole: int) -> tuple[TaxMinor, ...]:
    """sums: in 1/whole of the currency unit. Where there is no tax to pay none is shown.

    Both totals are rounded once, so that they are the limit. Of the ways to share them out it is the one whose taxes are nearest to their
    rates: from the side of the prices, as without a limit, where that comes to both; from the other side; or both totals by themselves.
    """
    unit = tariff.minor_units
    net, gross = (rounded(sum(side), whole, unit) for side in zip(*sums.values(), strict=True))
    exact = {vat: (Fraction(each.net * unit, whole), Fraction(each.gross * unit, whole)) for vat, each in sums.items()}
    ways = [_from_nets(exact, net), _from_grosses(exact, gross)]
    if tariff.tax_included is TaxIncluded.YES:
        ways.reverse()
    fitting = [way for way in (*ways, _from_both(exact, net, gross)) if tuple(map(sum, zip(*way.values(), strict=True))) == (net, gross)]
    return tuple([(vat, *both) for vat, both in min(fitting, key=_astray).items()])


def _from_nets(exact: _Exact, net: int) -> _Way:
    nets = rounded_to(net, [one for one, _ in exact.values()])
    return {vat: (one, one + _tax(vat, one)) for vat, one in zip(exact, nets, strict=True)}


def _from_grosses(exact: _Exact, gross: int) -> _Way:
    grosses = rounded_to(gross, [one for _, one in exact.values()])
    return {vat: (net_within(one, *gross_over_net(vat)), one) for vat, one in zip(exact, grosses, strict=True)}


def _from_both(exact: _Exact, net: int, gross: int) -> _Way:
    nets = dict(zip(exact, rounded_to(net, [one for one, _ in exact.values()]), strict=True))
    taxed = [(vat, nets[vat] * Fraction(vat) / 100) for vat in exact if vat]
    taxes = dict[Decimal | None, int](zip([vat for vat, _ in taxed], rounded_to(gross - net, [tax for _, tax in taxed]), strict=True))
    return {vat: (nets[vat], nets[vat] + taxes.get(vat, 0)) for vat in exact}


def _astray(way: _Way) -> int:
    """By how many minor units taxes are not their rates of their nets."""
    return sum(abs(gross - net - _tax(vat, net)) for vat, (net, gross) in way.items())


def _tax(vat: Decimal | None, net: int) -> int:
    up, down = gross_over_net(vat)
    return divide_half_up(net * (up - down), down)


def rounded_apart(rating: Rating) -> Rating:
    """As ratings were rounded before the net followed from the gross (decision 159): of prices with tax net and gross of each rate, under
    a limit both totals, each by itself. For bills of that time."""
    exact, unit = dict[Decimal | None, tuple[Fraction, Fraction]](), 10 ** minor_digits(rating.currency)
    for line in rating.lines:
        amount, tax = Fraction(line.amount) * unit, Fraction(*gross_over_net(line.vat_percent))
        net, gross = exact.get(line.vat_percent, (Fraction(0), Fraction(0)))
        more = (amount / tax, amount) if rating.tax_included else (amount, amount * tax)
        exact[line.vat_percent] = net + more[0], gross + more[1]
    if any(note.code == "price_limit" for note in rating.notes):
        way = _from_both(exact, *(_whole(sum(side)) for side in zip(*exact.values(), strict=True)))
    elif rating.tax_included:
        way = {vat: (_whole(net), _whole(gross)) for vat, (net, gross) in exact.items()}
    else:
        return rating
    return rating._replace(minors=tuple([(vat, *both) for vat, both in way.items()]))


def _whole(amount: Fraction | int) -> int:
    return divide_half_up(amount.numerator, amount.denominator)
