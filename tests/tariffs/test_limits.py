"""Minimum and maximum totals, compared with a referee that solves for the tax rates in fractions."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Money, minor_digits
from forecourt.tariffs import parse_tariff, rate
from tariffs.test_rating_against_referee import EXAMPLES
from tariffs.texts import element, price, tariff, usage

HOUR = ("CHARGING", 60, 1000)
RATES = st.sampled_from((0, 7, 10, 19, 20, 100))
AMOUNTS = st.none() | st.decimals(0, 30, places=2) | st.decimals(0, 30, places=4)
SIDES = ("before_taxes", "after_taxes")


@st.composite
def limited(draw, rates=2):
    """A price of a kWh at one rate, others at others; a least total, a greatest or both, stated before tax, after it or both."""
    parts = [price(kind, draw(st.decimals(0, 20, places=4)), draw(RATES)) for kind in ("FLAT", "ENERGY", "TIME")[:rates]]
    limits = {name: {side: draw(AMOUNTS) for side in SIDES} for name in ("min_price", "max_price")}
    limits = {name: {side: said for side, said in sides.items() if said is not None} for name, sides in limits.items()}
    currency, included = draw(st.sampled_from(("EUR", "JPY", "KWD"))), draw(st.sampled_from(("YES", "NO")))
    stated = {name: sides for name, sides in limits.items() if sides}
    return {"id": "T", "currency": currency, "tax_included": included, "elements": [element(*parts)], **stated}


def bounds_of(source):
    """Of each limit: is it a least one, and what each of its sides is as an amount that can be paid."""
    scale = 10 ** minor_digits(source["currency"])
    for name, least, whole in (("min_price", True, ceil), ("max_price", False, floor)):
        if sides := source.get(name):
            yield least, {side: Fraction(whole(sides[word] * scale), scale) for side, word in enumerate(SIDES) if word in sides}


def totals(nets):
    return sum(nets.values()), sum(net * (1 + Fraction(vat, 100)) for vat, net in nets.items())


def keeps(total, bound, least):
    return total >= bound if least else total <= bound


def solved(nets, net, gross):
    """What each of one or two rates must be for the totals to be these."""
    one, *others = nets
    found = {other: (gross - totals({one: net})[1]) * 100 / (other - one) for other in others}
    return {one: net - sum(found.values())} | found


def referee(source):
    """Net of each rate. Both sides of a limit broken: both are met, if what was used can be taxed so. Else all grows, or shrinks, alike."""
    nets, inside = {}, source["tax_included"] == "YES"
    for part in source["elements"][0]["price_components"]:
        net = Fraction(part["price"]) / (1 + Fraction(part["vat"], 100) if inside else 1)
        nets[part["vat"]] = nets.get(part["vat"], 0) + net
    for least, sides in bounds_of(source):
        had = totals(nets)
        broken = [bound for side, bound in sides.items() if not keeps(had[side], bound, least)]
        exact = solved(nets, *broken) if len(broken) == 2 else {}
        if exact and totals(exact) == tuple(broken) and all(net >= 0 and keeps(net, nets[vat], least) for vat, net in exact.items()):
            nets = exact
        elif broken and had[0]:
            factor = (max if least else min)(bound / had[side] for side, bound in sides.items())
            nets = {vat: net * factor for vat, net in nets.items()}
        elif broken:
            first = next(iter(nets))
            nets[first] = max(bound / totals({first: 1})[side] for side, bound in sides.items())
    return nets


@settings(deadline=None, max_examples=EXAMPLES * 2)
@given(limited())
def test_totals_under_limits_agree_with_the_referee_and_are_billed_within_the_limits(source):
    rating, nets = rate(parse_tariff(source), usage(HOUR)), referee(source)
    exact = rating.exact_net, rating.exact_gross
    assert all(abs(Fraction(said) - found) < Fraction(1, 10**11) for said, found in zip(exact, totals(nets), strict=True))
    for least, sides in bounds_of(source):
        for side, bound in sides.items():
            if keeps(totals(nets)[side], bound, least):  # not so where a greatest total is below the least
                assert keeps((rating.net, rating.gross)[side].amount, bound, least)


@settings(deadline=None, max_examples=EXAMPLES * 2)
@given(limited(rates=3))
def test_under_limits_each_tax_rate_holds_and_untaxed_amounts_have_no_tax(source):
    rating = rate(parse_tariff(source), usage(HOUR))
    for one in rating.taxes:
        assert abs(one.tax.minor - one.net.minor * one.vat_percent / 100) < (Decimal("1.5") if one.vat_percent else 1)
    assert sum(line.amount for line in rating.lines) == (rating.exact_gross if rating.tax_included else rating.exact_net)
    if any(note.code == "price_limit" for note in rating.notes):
        assert (rating.net, rating.gross) == (Money.of(rating.exact_net, rating.currency), Money.of(rating.exact_gross, rating.currency))


def test_limits_before_and_after_tax_are_both_met_where_possible_and_else_keep_proportions():
    """A fee at 20 % beside 50 kWh at 10 %: limits of 10.00 and 11.00 leave nothing of the fee; of 10.01 and 11.00 only the second holds."""
    prices = element(price("FLAT", "0.50", 20), price("ENERGY", "0.25", 10))
    both, one = (tariff(prices, max_price={"before_taxes": net, "after_taxes": 11}) for net in (10, Decimal("10.01")))
    taxes = [
        [(tax.vat_percent, tax.net.minor, tax.tax.minor) for tax in rate(rules, usage(("CHARGING", 60, 50_000))).taxes]
        for rules in (both, one)
    ]
    assert taxes == [[(20, 0, 0), (10, 1000, 100)], [(20, 39, 8), (10, 958, 95)]]


def test_rounding_never_bills_more_than_a_maximum_total():
    """0.355 are 0.37985 with tax, yet 0.36 and its tax of 0.03 would be billed."""
    fee = element(price("FLAT", "0.355", 7))
    free, bound = rate(tariff(fee), usage(HOUR)), rate(tariff(fee, max_price={"after_taxes": Decimal("0.38")}), usage(HOUR))
    assert (free.gross.minor, bound.gross.minor, bound.exact_gross) == (39, 38, free.exact_gross)
    assert "price_limit" in [note.code for note in bound.notes] and bound.lines[-1].amount == 0
