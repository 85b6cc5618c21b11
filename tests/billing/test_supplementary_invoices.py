"""Supplementary invoices and overcharge credits: together with the first invoice they equal one over the final usage."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.billing import (
    LESS_REPORTED,
    Contribution,
    Draft,
    InvoiceLine,
    LineKind,
    creditable_by_line,
    discounted,
    issue,
    overcharge_credit,
    supplementary_bill,
    supplemented_number,
)
from forecourt.kernel import BookingId, Conflict, DocumentId, Money
from forecourt.offers import Discount, EntitlementKind, Funder, FunderKind
from money_world import NOON, C, P, W, draft, invoice, tariff, two_rates

OFF = Discount("a", EntitlementKind.COUPON, "Welcome", Funder(FunderKind.OPERATOR, "us"), Decimal(19), Money(-20, "EUR"), "because")


def odd_prices(included: bool, of_the_fee: int | None, of_parking: int | None) -> dict[str, Any]:
    """Whose lines are cut in cents here and there."""
    prices = (("FLAT", 0.505, of_the_fee), ("ENERGY", 0.3999, 19), ("TIME", 0.1999, 19), ("PARKING_TIME", 6.01, of_parking))
    taxed = [{"type": kind, "price": price, "step_size": 1} | ({"vat": vat} if vat else {}) for kind, price, vat in prices]
    later = {"price_components": [taxed[1] | {"price": 0.5999}], "restrictions": {"start_time": "12:20"}}
    return tariff(elements=[later, {"price_components": taxed}], tax_included="YES" if included else "NO")


VATS = st.sampled_from([7, 19, None])
PARKED = st.lists(st.integers(1, 90), max_size=2)
ENERGY = st.integers(1000, 30_000)


@settings(max_examples=60)
@given(st.booleans(), st.tuples(VATS, VATS), ENERGY, ENERGY, PARKED, st.lists(st.integers(1, 20), max_size=2))
def test_an_invoice_and_its_supplementary_invoice_equal_one_invoice_over_all(
    included: bool, vats: tuple[int | None, int | None], wh: int, more_wh: int, parked: list[int], off: list[int]
) -> None:
    """Net or gross, as the prices are, to the cent; the tax of each document is calculated by itself."""
    source, idle = odd_prices(included, *vats), [(P, minutes, 0) for minutes in parked]
    first = draft(source, (C, 30, wh), (W, 2, 0), *idle[1:])
    whole = draft(source, (C, 30, wh), (W, 2, 0), (C, 5, more_wh), (W, 3, 0), *idle)
    if off:
        first, whole = discounted(first, [OFF]), discounted(whole, [replace(OFF, gross=Money(-20 - sum(off[1:]), "EUR"))])
    billed = issue(first, DocumentId(UUID(int=500)), 1, NOON)
    more = supplementary_bill(replace(whole, booking_id=BookingId(UUID(int=9))), billed)
    check_taxes(first, more, whole)
    for line in whole.lines:
        parts = [one for one in (*first.lines, *more.lines) if sort_of(one) == sort_of(line)]
        if line.what is LineKind.DISCOUNT:
            assert all((one.quantity, one.unit_price, one.exact) == (1, one.amount.amount, one.amount.amount) for one in parts)
        else:
            assert sum(one.quantity for one in parts) == line.quantity and sum(one.exact for one in parts) == line.exact
        of_rate = sum(one.vat_percent == line.vat_percent for one in whole.lines)  # a cent of each may go to the largest
        for name in ("amount", "net"):
            assert abs(sum(getattr(one, name).minor for one in parts) - getattr(line, name).minor) <= of_rate
    assert all(one.quantity and one.amount for one in more.lines), "and none that says nothing"
    assert all(abs(one.quantity * one.unit_price - one.exact) < Decimal("0.0001") for one in more.lines), "nor of two prices"
    assert [one.what for one in more.lines].count(LineKind.DISCOUNT) <= 1
    assert all(one.gross for one in more.taxes)
    assert (more.session_id, more.booking_id, supplemented_number(more.reason), supplemented_number("another")) == (
        None,
        None,
        billed.number,
        "",
    )
    for name in ("energy_wh", "charging_s", "idle_s", "withheld_s"):
        assert sum(getattr(one.delivery, name) for one in (first, more)) == getattr(whole.delivery, name)


def sort_of(line: InvoiceLine) -> tuple[object, ...]:
    return (line.what, None if line.what is LineKind.DISCOUNT else line.unit_price)


def check_taxes(first: Draft, more: Draft, whole: Draft) -> None:
    for tax in whole.taxes:
        parts = [one for one in (*first.taxes, *more.taxes) if one.vat_percent == tax.vat_percent]
        side = "gross" if whole.tax_included else "net"
        assert sum(getattr(one, side).minor for one in parts) == getattr(tax, side).minor
        rate, half = (tax.vat_percent or Decimal(0)) / 100, Decimal("0.005")
        stray = half if side == "net" and LineKind.DISCOUNT not in {line.what for line in whole.lines} else half * (2 + rate)
        assert all(abs(one.tax.amount - one.net.amount * rate) <= stray and one.gross == one.net + one.tax for one in parts)


@settings(max_examples=60)
@given(st.booleans(), st.tuples(VATS, VATS), ENERGY, ENERGY, PARKED, st.lists(st.integers(1, 20), max_size=2))
@example(included=False, vats=(19, 19), wh=13_128, more_wh=1_394, parked=[13], off=[])  # parking of 1.30, of which 1.31 went back
def test_an_invoice_less_its_overcharge_credit_equals_the_invoice_over_the_corrected_usage(
    included: bool, vats: tuple[int | None, int | None], wh: int, more_wh: int, parked: list[int], off: list[int]
) -> None:
    """By tax rate, net and tax, to the cent; no line is credited above its amount. off: a discount, and how it shrinks."""
    source, idle = odd_prices(included, *vats), [(P, minutes, 0) for minutes in parked]
    known = draft(source, (C, 30, wh), (W, 2, 0), *idle[1:])
    first = draft(source, (C, 30, wh), (W, 2, 0), (C, 5, more_wh), (W, 3, 0), *idle)
    if off:
        known, first = discounted(known, [OFF]), discounted(first, [replace(OFF, gross=Money(-20 - sum(off[1:]), "EUR"))])
    billed = issue(first, DocumentId(UUID(int=500)), 1, NOON)
    note = overcharge_credit(known, billed)
    for tax in first.taxes:
        of_rate = [[one for one in paper.taxes if one.vat_percent == tax.vat_percent] for paper in (note, known)]
        for side in ("net", "tax", "gross"):
            assert sum(getattr(one, side).minor for one in chain(*of_rate)) == getattr(tax, side).minor
        assert sum(one.net.minor for one in note.lines if one.vat_percent == tax.vat_percent) == sum(one.net.minor for one in of_rate[0])
    assert sum(one.amount.minor for one in note.lines) == (note.gross if note.tax_included else note.net).minor
    back = issue(note, DocumentId(UUID(int=501)), 1, NOON)
    for left, line in zip(creditable_by_line(billed, [back]), first.lines, strict=True):
        assert line.what is LineKind.DISCOUNT or 0 <= left.minor <= (line.amount if included else line.net).minor


@pytest.mark.parametrize("minutes", [20, 40])
def test_a_supplementary_invoice_begins_where_the_first_ended_and_never_ends_earlier(minutes: int) -> None:
    first, whole = invoice(None, (C, 30, 5_000)), draft(None, (C, minutes, 9_000))
    kept = first.content.delivery
    assert kept is not None and whole.delivery is not None
    held = replace(first, content=replace(first.content, delivery=replace(kept, reserved_s=60)))
    more = supplementary_bill(replace(whole, delivery=replace(whole.delivery, reserved_s=60)), held).delivery
    assert more is not None and (more.started_at, more.meter_start_wh, more.reserved_s) == (kept.ended_at, kept.meter_stop_wh, 0)
    assert more.ended_at == NOON + timedelta(minutes=max(30, minutes))


def paid_by_a_partner(of: Any) -> Any:
    return replace(of, contributions=(Contribution("cafe", "Café", "A coffee", Decimal(19), Money(100, "EUR"), "once"),))


def test_a_supplement_that_cannot_be_separated_from_the_first_bill_is_quarantined() -> None:
    first, whole = invoice(two_rates(), (C, 30, 5_000)), draft(two_rates(), (C, 30, 9_000))
    shared = replace(first, content=paid_by_a_partner(first.content))
    for code, all_of_it, billed in (
        ("late_discounted", paid_by_a_partner(whole), first),
        ("late_discounted", whole, shared),
        ("late_less", whole, invoice(two_rates(included=True), (C, 30, 5_000))),
        ("late_less", draft(two_rates() | {"currency": "USD"}, (C, 30, 9_000)), first),
        ("late_less", draft(tariff(), (C, 30, 9_000)), first),  # without the rate of the fee
        ("late_less", draft(two_rates(), (C, 30, 4_000)), first),
        ("late_nothing", first.content, first),
    ):
        with pytest.raises(Conflict) as refused:
            supplementary_bill(all_of_it, billed)
        assert refused.value.code == code


def test_an_overcharge_credit_names_energy_as_it_was_billed() -> None:
    less = overcharge_credit(draft(two_rates(), (C, 30, 5_000)), invoice(two_rates(), (C, 30, 9_000)))
    (line,) = less.lines
    assert (line.what, line.quantity, line.unit, line.net.minor, less.reason) == (LineKind.ENERGY, 4, "kWh", 160, LESS_REPORTED)


def test_an_overcharge_credit_over_two_prices_of_energy_is_shared_by_all_lines() -> None:
    """The price is higher from 12:20 on: 3 kWh before and 3 after were billed; correct are 4 and 1."""
    source = odd_prices(False, 19, 19)
    first = invoice(source, (C, 40, 6_000))
    less = overcharge_credit(draft(source, (C, 25, 5_000)), first)
    assert {line.because for line in less.lines} == {f"part of {first.number}"}
    assert [line.what for line in less.lines] == [line.what for line in first.content.lines]


def test_an_overcharge_that_cannot_be_credited_is_quarantined() -> None:
    first, less = invoice(two_rates(), (C, 30, 9_000)), draft(two_rates(), (C, 30, 5_000))
    shared = replace(first, content=paid_by_a_partner(first.content))
    for code, known, billed in (
        ("late_less", less, shared),
        ("late_less", less, invoice(two_rates(included=True), (C, 30, 9_000))),
        ("late_less", draft(two_rates() | {"currency": "USD"}, (C, 30, 5_000)), first),
        ("late_less", less, invoice(tariff(), (C, 30, 9_000))),  # without the rate of the fee
        ("late_less", draft(two_rates(), (C, 30, 10_000)), first),
        ("late_nothing", first.content, first),
    ):
        with pytest.raises(Conflict) as refused:
            overcharge_credit(known, billed)
        assert refused.value.code == code
