"""From a charge record to an invoice that adds up exactly."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import (
    Contribution,
    DocumentKind,
    Draft,
    LineKind,
    bill,
    bill_no_show,
    discounted,
    invoice_txn,
    revenue_by_rate,
    usage_of_record,
)
from forecourt.kernel import BadInput, Conflict, Money, SessionId
from forecourt.ledger import Account
from forecourt.reservations import Cancelled, Kept, Missed, Note, Quote
from forecourt.tariffs import Phase, PhaseState, rate
from money_world import NOON, PARTIES, PLACE, C, P, W, draft, invoice, missed, record, tariff, two_rates, version


def test_a_charge_is_invoiced_line_by_line() -> None:
    made = draft()
    printed = [(line.what, str(line.quantity.normalize()), line.amount.minor, line.vat_percent) for line in made.lines]
    assert [one[0] for one in printed] == [LineKind.SESSION_FEE, LineKind.ENERGY, LineKind.IDLE_TIME]
    assert [one[2] for one in printed] == [50, 400, 300]
    assert (made.net.minor, made.tax.minor, made.gross.minor) == (750, 143, 893)


def test_every_invoice_line_states_its_reason() -> None:
    assert all(line.because for line in draft().lines)


def test_the_invoice_shows_meter_readings_and_the_time_in_each_state() -> None:
    made = bill(record((C, 60, 9_000), (W, 20, 0), (P, 30, 0)), version(), PLACE, PARTIES).delivery
    assert made is not None
    assert (made.meter_start_wh, made.meter_stop_wh, made.energy_wh) == (5000, 14_000, 9_000)
    assert (made.charging_s, made.withheld_s, made.idle_s, made.reserved_s) == (3600, 1200, 1800, 0)


def test_time_with_withheld_power_costs_no_idle_fee() -> None:
    made = bill(record((C, 60, 9_000), (W, 60, 0)), version(), PLACE, PARTIES)
    assert LineKind.IDLE_TIME not in {line.what for line in made.lines}


def test_an_invoice_equals_the_rating_of_the_same_usage() -> None:
    """The price shown and the price billed come from one function."""
    charge = record((C, 45, 7_123), (P, 11, 0))
    shown = rate(version().tariff, usage_of_record(charge, PLACE.zone))
    assert bill(charge, version(), PLACE, PARTIES).gross == shown.gross


@pytest.mark.parametrize(
    "changes",
    [{"held": True, "notes": ("clock",)}, {"driver_id": None}, {"tariff_version_id": None}],
    ids=["held", "nobody", "other tariff"],
)
def test_a_doubtful_charge_is_not_invoiced(changes: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        bill(replace(record((C, 60, 1000)), **changes), version(), PLACE, PARTIES)


def test_a_free_charge_gets_an_invoice_of_zero() -> None:
    free = tariff(elements=[{"price_components": [{"type": "ENERGY", "price": 0, "vat": 19, "step_size": 1}]}])
    made = bill(record((C, 5, 0)), version(free), PLACE, PARTIES)
    assert made.gross == Money.zero("EUR")


def test_a_failed_start_gets_an_invoice_of_zero() -> None:
    made = bill(record((C, 2, 0), (W, 30, 0)), version(), PLACE, PARTIES)
    assert (made.lines, made.gross.minor) == ((), 0)
    assert made.delivery is not None and made.delivery.withheld_s == 1800


def test_a_car_that_parked_without_charging_owes_the_idle_fee_of_the_tariff() -> None:
    made = bill(record((W, 5, 0), (P, 60, 0)), version(), PLACE, PARTIES)
    assert {line.what for line in made.lines} == {LineKind.SESSION_FEE, LineKind.IDLE_TIME}


def test_a_late_driver_pays_for_the_reserved_time() -> None:
    reserved = {
        "price_components": [{"type": "TIME", "price": 3, "vat": 19, "step_size": 60}],
        "restrictions": {"reservation": "RESERVATION"},
    }
    source = tariff(elements=[reserved, *tariff()["elements"]])
    kept = replace(missed(-10), state=missed().state)
    made = bill(record((C, 60, 1000)), version(source), PLACE, PARTIES, kept)
    (line,) = [line for line in made.lines if line.what is LineKind.RESERVATION]
    assert line.amount.minor == 50
    assert made.delivery is not None and made.delivery.reserved_s == 600


@pytest.mark.parametrize(
    ("told", "paid_s"),
    [
        ([("bay", -20)], 600),
        ([("bay", -4)], 240),  # the bay was there only then
        ([("bay", -20), ("bay_lost", -8), ("bay_moved", -3)], 180),
        ([("bay", -20), ("out_of_reach", -9)], 0),  # and could not be started
        ([("bay", -20), ("bay_lost", -8)], 0),
    ],
)
def test_reserved_time_in_which_no_socket_was_free_is_not_invoiced(told: list[tuple[str, int]], paid_s: int) -> None:
    reserved = {
        "price_components": [{"type": "TIME", "price": 3, "vat": 19, "step_size": 60}],
        "restrictions": {"reservation": "RESERVATION"},
    }
    notes = tuple(Note(NOON + timedelta(minutes=minute), code, "B1") for code, minute in told)
    booking = replace(missed(-10), notified=notes)
    source = version(tariff(elements=[reserved, *tariff()["elements"]]))
    made = bill(record((C, 60, 1000)), source, PLACE, PARTIES, booking)
    assert made.delivery is not None and made.delivery.reserved_s == paid_s
    assert sum(line.amount.minor for line in made.lines if line.what is LineKind.RESERVATION) == paid_s * 3 * 100 // 3600


def test_reserved_time_ends_when_the_cable_is_plugged_in() -> None:
    booking = replace(missed(-10), state=Kept(SessionId(UUID(int=1)), NOON - timedelta(minutes=8)))
    made = bill(record((C, 60, 1000)), version(), PLACE, PARTIES, booking)
    assert made.delivery is not None and made.delivery.reserved_s == 120, "and not the eight minutes until the charge began"


def test_a_no_show_is_invoiced_the_fee_of_the_tariff() -> None:
    made = bill_no_show(missed(), version(), PLACE, PARTIES)
    assert made is not None
    assert [(line.what, line.amount.minor) for line in made.lines] == [(LineKind.NO_SHOW, 500)]
    assert made.booking_id == missed().id and made.session_id is None and made.period == missed().window


@pytest.mark.parametrize(
    ("state", "kept_minor"),
    [
        (Cancelled(NOON + timedelta(minutes=10), late=True), 0),  # before its time: for no minute
        (Missed(NOON + timedelta(minutes=45)), 75),  # a quarter of an hour
        (Missed(NOON + timedelta(minutes=100)), 300),  # never longer than it was booked
    ],
)
def test_a_no_show_fee_by_time_counts_the_time_the_socket_was_reserved(state: Cancelled | Missed, kept_minor: int) -> None:
    by_the_hour = {
        "price_components": [{"type": "TIME", "price": 3, "vat": 19, "step_size": 60}],
        "restrictions": {"reservation": "RESERVATION"},
    }
    source = version(tariff(elements=[by_the_hour, *tariff()["elements"]]))
    made = bill_no_show(replace(missed(30), state=state), source, PLACE, PARTIES)
    assert made is not None and sum(line.amount.minor for line in made.lines) == 500 + kept_minor
    assert bill_no_show(missed(30, Quote(source.id, 0, Money(0, "EUR"), because="said")), source, PLACE, PARTIES).price_because == "said"  # type: ignore[union-attr]


def test_without_a_no_show_fee_in_the_tariff_no_invoice_is_made() -> None:
    assert bill_no_show(missed(), version(tariff(elements=tariff()["elements"][1:])), PLACE, PARTIES) is None


def test_a_booking_that_was_not_missed_has_no_no_show_invoice() -> None:
    from forecourt.reservations import Confirmed

    with pytest.raises(Conflict):
        bill_no_show(replace(missed(), state=Confirmed()), version(), PLACE, PARTIES)


def test_an_invoice_that_does_not_add_up_is_refused() -> None:
    sound = draft()
    for change in (
        {"gross": sound.gross + Money(1, "EUR")},
        {"net": sound.net - Money(1, "EUR"), "tax": sound.tax + Money(1, "EUR")},
        {"lines": sound.lines[1:]},
        {"taxes": ()},
        {"lines": (replace(sound.lines[0], net=Money(1, "EUR")), *sound.lines[1:])},
        {"contributions": (Contribution("cafe", "Café", "", None, sound.gross + Money(1, "EUR"), ""),)},
        {"contributions": (Contribution("cafe", "Café", "", None, Money(1, "USD"), ""),)},
        {"currency": "USD"},
        {name: -getattr(sound, name) for name in ("net", "tax", "gross")}
        | {"lines": tuple(replace(one, net=-one.net, amount=-one.amount) for one in sound.lines)}
        | {"taxes": tuple(replace(one, net=-one.net, tax=-one.tax, gross=-one.gross) for one in sound.taxes)},
    ):
        with pytest.raises(BadInput):
            replace(sound, **change)
    with pytest.raises(BadInput, match="cannot contribute"):
        Contribution("cafe", "Café", "", None, Money(0, "EUR"), "")


PRICES = st.decimals("0", "3", places=4)
RATES = st.sampled_from([None, 0, 5.5, 7, 19, 20, 25])


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    components = []
    for kind in ("FLAT", "ENERGY", "TIME", "PARKING_TIME"):
        if draw(st.booleans()):
            vat = draw(RATES)
            component = {"type": kind, "price": str(draw(PRICES)), "step_size": draw(st.sampled_from([1, 60, 300]))}
            components.append(component if vat is None else component | {"vat": vat})
    elements = [{"price_components": components or [{"type": "ENERGY", "price": "0.1", "vat": 19, "step_size": 1}]}]
    source = tariff(
        elements=elements, currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])), tax_included=draw(st.sampled_from(["YES", "NO"]))
    )
    if draw(st.booleans()):
        source["min_price"] = {"before_taxes": draw(st.integers(0, 20))}
    if draw(st.booleans()):
        source["max_price"] = {"after_taxes": draw(st.integers(5, 40))}
    return source


PARTS = st.lists(st.tuples(st.sampled_from([C, P, W]), st.integers(1, 500), st.integers(0, 60_000)), min_size=1, max_size=6)


@given(tariffs(), PARTS)
def test_lines_and_taxes_sum_exactly_to_the_total(source: dict[str, Any], parts: list[tuple[PhaseState, float, int]]) -> None:
    usage = [(state, minutes, wh if state is C else 0) for state, minutes, wh in parts]
    made = bill(record(*usage), version(source), PLACE, PARTIES)
    assert sum(line.net.minor for line in made.lines) == made.net.minor
    assert sum(line.amount.minor for line in made.lines) == (made.gross if made.tax_included else made.net).minor
    assert made == bill(record(*usage), version(source), PLACE, PARTIES) == discounted(made, [])
    unit = Decimal(1).scaleb(-{"EUR": 2, "JPY": 0, "KWD": 3}[made.currency])
    rated = rate(version(source).tariff, usage_of_record(record(*usage), PLACE.zone))
    assert [(line.exact, line.because) for line in made.lines] == [(line.amount, line.because) for line in rated.lines], "in their order"
    for line in (line for line in made.lines if line.what is not LineKind.PRICE_LIMIT):
        tax = 1 + (line.vat_percent or Decimal(0)) / 100 if made.tax_included else 1
        assert abs(line.amount.amount - line.exact) <= unit and abs(line.net.amount - line.exact / tax) <= unit


def test_a_draft_is_an_invoice_unless_it_corrects_one() -> None:
    made: Draft = draft()
    assert made.kind is DocumentKind.INVOICE and made.corrects is None


def test_usage_before_the_booked_window_is_not_reserved_time() -> None:
    early = replace(missed(30))
    assert usage_of_record(record((C, 60, 1000)), PLACE.zone, early).phases[0] == Phase(C, NOON, NOON + timedelta(minutes=60), 1000)


def test_with_prices_including_tax_each_line_has_the_net_of_its_own_amount() -> None:
    made = draft(tariff(tax_included="YES"))
    assert [(line.amount.minor, line.net.minor) for line in made.lines] == [(50, 42), (400, 336), (300, 252)]
    assert (made.gross.minor, made.net.minor, made.tax.minor) == (750, 630, 120)


@given(st.booleans(), st.integers(1, 90_000), st.integers(0, 90))
def test_revenue_by_tax_rate_equals_the_ledger_accounts(included: bool, energy_wh: int, idle_min: int) -> None:
    """Two prices of energy before and after 12:30, at several tax rates."""
    late = {"price_components": [{"type": "ENERGY", "price": 0.6, "vat": 19, "step_size": 1}], "restrictions": {"start_time": "12:30"}}
    source = two_rates(included)
    made = invoice(tariff(elements=[late, *source["elements"]], tax_included=source["tax_included"]), (C, 60, energy_wh), (P, idle_min, 0))
    txn = invoice_txn(made)
    assert txn is not None
    booked = Counter[Account]()
    for entry in txn.entries:
        booked[entry.account] -= entry.minor
    told = {account: sum(rates.values()) for account, rates in revenue_by_rate(made).items()}
    assert told == {account: booked[account] for account in told}
    assert sum(told.values()) == made.net.minor
