"""Tax to the cent, compared with a referee written from the rules in fractions.

EN 16931, BR-CO-17: the tax of a rate is its net times the rate, rounded half up. § 10 (1) UStG: of a price with tax, the tax is what is in
it. Both hold wherever some net with its tax comes to the gross; where none does, the second does, and the first is a unit off.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import (
    Draft,
    Invoice,
    bill,
    bill_membership_month,
    credit_amount,
    credit_lines,
    creditable_amount,
    discounted,
    invoice_txn,
    issue,
    usage_of_record,
)
from forecourt.kernel import BadInput, Conflict, DocumentId, Money
from forecourt.ledger import Account, receivable, revenue, vat
from forecourt.offers import Discount, DiscountRule, EntitlementKind, Funder, FunderKind, Membership, MembershipTerm, PlanVersion
from forecourt.tariffs import TaxLine, rate
from money_world import CARD_DRIVER, NOON, OPERATOR, PARTIES, PLACE, C, P, draft, record, tariff, version

RATES = ("0", "5.5", "7", "19", "20", "21", "23", "25")


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def tax_on(net: int, percent: object) -> int:
    return half_up(net * Fraction(str(percent or 0)) / 100)


def fitting(gross: int, percent: object) -> list[int]:
    """Every net that comes to the gross with its tax."""
    near = gross * 100 // (100 + Fraction(str(percent or 0)))
    return [net for net in range(max(0, near - 3), near + 4) if net + tax_on(net, percent) == gross]


def is_tax_in(gross: int, tax: int, percent: object) -> bool:
    """To the nearest unit."""
    of = Fraction(str(percent or 0))
    return abs(tax - gross * of / (100 + of)) <= Fraction(1, 2)


def astray(one: TaxLine) -> int:
    return abs(one.tax.minor - tax_on(one.net.minor, one.vat_percent))


@pytest.mark.parametrize("percent", RATES)
def test_the_tax_in_a_gross_amount_is_the_rate_of_its_net_where_such_a_net_exists(percent: str) -> None:
    for gross in range(2_500):
        one = TaxLine.from_gross(Decimal(percent), Money(gross, "EUR"))
        fits = fitting(gross, percent)
        assert one.gross.minor == gross and is_tax_in(gross, one.tax.minor, percent)
        assert fits == [one.net.minor] if fits else astray(one) == 1, gross


def test_8_62_at_19_percent_contains_1_38_tax_and_5_04_has_no_exact_tax() -> None:
    """8.6249 before rounding; its own net would be 7.25."""
    prices = [{"type": "ENERGY", "price": "0.5", "vat": 19, "step_size": 1}]
    source = tariff(elements=[{"price_components": prices}], tax_included="YES")
    bills = [draft(source, (C, 60, energy_wh)) for energy_wh in (17_249, 10_080)]
    assert [(one.net.minor, one.tax.minor, one.gross.minor) for one in bills] == [(724, 138, 862), (424, 80, 504)]
    assert (fitting(862, 19), fitting(504, 19)) == ([724], [])


@st.composite
def priced(draw: Any) -> dict[str, Any]:
    """Up to three rates, with or without tax in the prices, in currencies of no, two and three decimals, perhaps under limits."""
    kinds = draw(st.lists(st.sampled_from(("ENERGY", "FLAT", "PARKING_TIME")), min_size=1, unique=True))
    prices = [
        {"type": kind, "price": str(draw(st.decimals(0, 9, places=4))), "step_size": 1, "vat": draw(st.sampled_from(RATES))}
        for kind in kinds
    ]
    limits = {
        name: {draw(st.sampled_from(("before_taxes", "after_taxes"))): str(draw(st.decimals(0, 90, places=2)))}
        for name in draw(st.sets(st.sampled_from(("min_price", "max_price"))))
    }
    changes = {"currency": draw(st.sampled_from(("EUR", "JPY", "KWD"))), "tax_included": draw(st.sampled_from(("YES", "NO")))}
    return tariff(elements=[{"price_components": prices}], **changes, **limits)


CHARGES = st.tuples(st.integers(1, 60_000), st.integers(0, 240))


def charged(source: dict[str, Any], used: tuple[int, int]) -> Draft:
    energy_wh, idle_min = used
    return bill(record((C, 60, energy_wh), (P, idle_min, 0)), version(source), PLACE, PARTIES)


def coupons(made: Draft, shares: Sequence[int]) -> list[Discount]:
    """The operator's, over so many hundredths of each rate."""
    return [
        Discount("c", EntitlementKind.COUPON, "Off", Funder(FunderKind.OPERATOR, "us"), tax.vat_percent, Money(-minor, made.currency), "so")
        for tax, share in zip(made.taxes, shares, strict=False)
        if (minor := tax.gross.minor * share // 100)
    ]


def taken_off(made: Draft, shares: Sequence[int]) -> Draft:
    return discounted(made, coupons(made, shares))


def issued(made: Draft, number: int = 1) -> Invoice:
    return issue(made, DocumentId(uuid5(OPERATOR, f"{made.kind}{number}")), number, NOON)


@given(priced(), CHARGES, st.lists(st.integers(0, 100), min_size=3, max_size=3))
def test_an_invoice_equals_its_quote_and_every_tax_rate_adds_up(source: dict[str, Any], used: tuple[int, int], shares: list[int]) -> None:
    quoted = rate(version(source).tariff, usage_of_record(record((C, 60, used[0]), (P, used[1], 0)), PLACE.zone))
    whole = charged(source, used)
    off = coupons(whole, shares)
    made = discounted(whole, off)
    assert (whole.gross, made.gross.minor) == (quoted.gross, quoted.gross.minor + sum(one.gross.minor for one in off))
    for one in made.taxes:
        assert one.net.minor + one.tax.minor == one.gross.minor and min(one.net.minor, one.tax.minor) >= 0
        assert astray(one) <= 1


@given(priced(), CHARGES, st.lists(st.integers(0, 100), min_size=3, max_size=3))
def test_without_limits_the_tax_of_each_rate_is_as_exact_as_possible(
    source: dict[str, Any], used: tuple[int, int], shares: list[int]
) -> None:
    source = {name: value for name, value in source.items() if not name.endswith("_price")}
    for one in taken_off(charged(source, used), shares).taxes:
        fits = fitting(one.gross.minor, one.vat_percent)
        assert one.net.minor in fits if fits else is_tax_in(one.gross.minor, one.tax.minor, one.vat_percent)


@given(priced(), CHARGES)
def test_the_ledger_has_the_tax_of_each_rate_and_the_net_of_every_line(source: dict[str, Any], used: tuple[int, int]) -> None:
    made = issued(charged(source, used))
    booked, txn = Counter[Account](), invoice_txn(made)
    for entry in txn.entries if txn else ():
        booked[entry.account] -= entry.minor
    assert all(booked[vat(one.vat_percent or Decimal(0))] == one.tax.minor for one in made.content.taxes)
    nets = Counter[Account]()
    for line in made.content.lines:
        nets[revenue(line.what.value.lower())] += line.net.minor
    assert all(booked[account] == net for account, net in nets.items())
    assert booked[receivable(made.driver_id)] == -made.gross.minor


STEPS = st.lists(st.one_of(st.integers(1, 30), st.integers(1, 900), st.sets(st.integers(0, 3), min_size=1)), max_size=8)


@given(priced(), CHARGES, st.lists(st.integers(0, 60), min_size=3, max_size=3), STEPS)
def test_partial_credit_notes_credit_each_tax_rate_to_the_cent(
    source: dict[str, Any], used: tuple[int, int], shares: list[int], steps: list[int | set[int]]
) -> None:
    made, notes = issued(taken_off(charged(source, used), shares)), list[Invoice]()
    for step in (*steps, made.due.minor):
        if not (left := creditable_amount(made, notes)):
            break
        try:
            note = (
                credit_amount(made, notes, min(Money(step, made.currency), left), "x")
                if isinstance(step, int)
                else credit_lines(made, notes, sorted(step), "x")
            )
        except (BadInput, Conflict):
            assert isinstance(step, set)
            continue
        notes.append(issued(note, len(notes) + 1))
        for one in note.taxes:
            lines = [line for line in note.lines if line.vat_percent == one.vat_percent]
            assert astray(one) <= (max(1, len(lines)))
    for one in made.content.taxes:
        back = [tax for note in notes for tax in note.content.taxes if tax.vat_percent == one.vat_percent]
        assert (sum(tax.net.minor for tax in back), sum(tax.tax.minor for tax in back)) == (one.net.minor, one.tax.minor)


@given(st.sampled_from(RATES), st.integers(1, 90_000), st.lists(st.integers(1, 2_000), max_size=9))
def test_a_credit_over_an_amount_has_the_exact_tax_unless_the_remainder_would_deviate(percent: str, gross: int, parts: list[int]) -> None:
    fee = {"type": "FLAT", "price": str(Decimal(gross) / 100), "vat": percent, "step_size": 1}
    source = tariff(elements=[{"price_components": [fee]}], tax_included="YES")
    made, notes = issued(charged(source, (1, 0))), list[Invoice]()
    for part in parts:
        left = creditable_amount(made, notes)
        if part >= left.minor:
            break
        (tax,) = credit_amount(made, notes, Money(part, "EUR"), "x").taxes
        notes.append(issued(credit_amount(made, notes, Money(part, "EUR"), "x"), len(notes) + 1))
        assert astray(tax) <= 1
    (rest,) = credit_amount(made, notes, creditable_amount(made, notes), "x").taxes
    assert astray(rest) <= 1


@given(st.sampled_from(RATES), st.integers(1, 20_000), st.sampled_from(("EUR", "JPY", "KWD")))
def test_a_membership_month_is_taxed_like_a_charge(percent: str, fee: int, currency: str) -> None:
    ids = (uuid5(OPERATOR, "plan"), OPERATOR, CARD_DRIVER)
    plan = PlanVersion(
        ids[0], OPERATOR, ids[0], 1, "Plus", Money(fee, currency), Decimal(percent), (DiscountRule(percent=Decimal(5)),), (), NOON
    )
    member = Membership(*ids, (MembershipTerm(0, ids[0], ids[0]),), "Europe/Berlin", NOON)
    (tax,) = bill_membership_month(member, plan, member.period(0), PLACE, PARTIES).taxes
    assert tax.gross == Money(fee, currency) and is_tax_in(fee, tax.tax.minor, percent)
    assert not (fits := fitting(fee, percent)) or tax.net.minor in fits


def test_a_lines_net_follows_its_printed_amount_so_that_its_own_credit_has_exact_tax() -> None:
    """4.52 at 20 %: the net of the unrounded amount would be 3.78, and its tax of 0.74 two cents off."""
    late = {"price_components": [{"type": "ENERGY", "price": "0.1718", "vat": 20, "step_size": 1}], "restrictions": {"start_time": "12:30"}}
    others = [
        {"type": kind, "price": amount, "vat": 20, "step_size": 1}
        for kind, amount in (("ENERGY", "0.1316"), ("FLAT", "0.2171"), ("PARKING_TIME", "0.6085"))
    ]
    made = issued(charged(tariff(elements=[late, {"price_components": others}], tax_included="YES"), (52_698, 51)))
    notes = [credit_lines(made, (), (place,), "x") for place in range(len(made.content.lines))]
    assert [(note.net.minor, note.tax.minor, astray(note.taxes[0])) for note in notes][2] == (377, 75, 0)
    assert all(astray(note.taxes[0]) <= 1 for note in notes)
