"""min_price and max_price: what a whole session costs at least and at most, before and after tax."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from forecourt.tariffs.matching import Exact
from forecourt.tariffs.model import Note, Tariff
from forecourt.tariffs.terms import PriceLimit, TaxIncluded
from forecourt.tariffs.wording import number_text

_Choice = Callable[[Exact, Exact], Exact]


class Sums(NamedTuple):
    """Exact net and gross of one VAT category."""

    net: Exact
    gross: Exact


@dataclass(frozen=True, slots=True)
class Change:
    """What a limit adds to one VAT category; amount is the side of the tariff's prices (net, or gross where tax is included)."""

    vat_percent: Decimal | None
    amount: Exact
    net: Exact
    gross: Exact
    because: str


def adjust(tariff: Tariff, sums: dict[Decimal | None, Sums], whole: int, notes: list[Note]) -> list[Change]:
    """The changes that bring the session within its limits; empty where it is within.

    Each side of a limit bounds its own total. A limit that names one side only carries the other in proportion,
    so that the rates of tax hold. The change is shared out over the VAT categories in proportion to their amounts.
    """
    net: Exact = sum((each.net for each in sums.values()), 0)
    gross: Exact = sum((each.gross for each in sums.values()), 0)
    rate = _rate_of(tariff, net, gross)
    bound_net, bound_gross, words = net, gross, []
    for limit, name, choose in ((tariff.min_price, "min_price", _greater), (tariff.max_price, "max_price", _lesser)):
        if limit is not None:
            before = bound_net, bound_gross
            bound_net, bound_gross = _bound(_sides(tariff, limit, choose), bound_net, bound_gross, whole, choose, rate)
            if before != (bound_net, bound_gross):
                words.append(_words(name, limit))
    if (bound_net, bound_gross) == (net, gross):
        return []
    notes.append(Note("price_limit", f"The total of the session follows {' and '.join(words)}."))
    return _shared(tariff, sums, (net, gross), (bound_net, bound_gross), f"limit: {' and '.join(words)}")


def _sides(tariff: Tariff, limit: PriceLimit, choose: _Choice) -> PriceLimit:
    """The limit as it binds: where no tax applies both sides bound the one total there is."""
    if tariff.tax_included is not TaxIncluded.NOT_APPLICABLE or limit.before_taxes is None or limit.after_taxes is None:
        return limit
    return PriceLimit(max(limit.before_taxes, limit.after_taxes) if choose is _greater else min(limit.before_taxes, limit.after_taxes))


def _bound(
    limit: PriceLimit, net: Exact, gross: Exact, whole: int, choose: Callable[[Exact, Exact], Exact], rate: Fraction
) -> tuple[Exact, Exact]:
    bound_net = net if limit.before_taxes is None else choose(net, Fraction(limit.before_taxes) * whole)
    bound_gross = gross if limit.after_taxes is None else choose(gross, Fraction(limit.after_taxes) * whole)
    if limit.after_taxes is None and bound_net != net:
        bound_gross = bound_net * rate
    if limit.before_taxes is None and bound_gross != gross:
        bound_net = bound_gross / rate
    return bound_net, max(bound_gross, bound_net)


def _greater(one: Exact, other: Exact) -> Exact:
    return max(one, other)


def _lesser(one: Exact, other: Exact) -> Exact:
    return min(one, other)


def _rate_of(tariff: Tariff, net: Exact, gross: Exact) -> Fraction:
    """Gross over net of the session; of the tariff's first component where nothing was billed."""
    if net:
        return Fraction(gross) / Fraction(net)
    vat = _first_vat(tariff)
    return 1 + Fraction(vat or 0) / 100


def _first_vat(tariff: Tariff) -> Decimal | None:
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return None
    rates = (c.vat_percent for e in tariff.elements if e.restrictions.reservation is None for c in e.components)
    return next((rate for rate in rates if rate is not None), None)


def _shared(
    tariff: Tariff, sums: dict[Decimal | None, Sums], had: tuple[Exact, Exact], has: tuple[Exact, Exact], because: str
) -> list[Change]:
    more_net, more_gross = has[0] - had[0], has[1] - had[1]
    inside = tariff.tax_included is TaxIncluded.YES
    shares = {vat: Fraction(each.net) / Fraction(had[0]) for vat, each in sums.items()} if had[0] else {_first_vat(tariff): Fraction(1)}
    return [
        Change(vat, share * (more_gross if inside else more_net), share * more_net, share * more_gross, because)
        for vat, share in shares.items()
    ]


def _words(name: str, limit: PriceLimit) -> str:
    sides = [
        f"{number_text(side, 2)} {word} tax"
        for side, word in ((limit.before_taxes, "before"), (limit.after_taxes, "after"))
        if side is not None
    ]
    return f"{name} {' and '.join(sides)}"
