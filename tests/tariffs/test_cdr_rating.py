"""Rating of CDRs: optional and missing parts, one rule each."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Money
from forecourt.tariffs import Rating, Scope, parse_tariff, rate, rate_cdr, rate_report
from tariffs.texts import NOON, element, price, tariff, usage

KWH = tariff(element(price("ENERGY", "0.25", 10), price("FLAT", "0.50", 20)))
TIMED = tariff(element(price("TIME", "6"), price("PARKING_TIME", "12")))


def period(minute, tariff_id=None, **volumes):
    at = (NOON + timedelta(minutes=minute)).isoformat()
    found = {"start_date_time": at, "dimensions": [{"type": kind, "volume": Decimal(str(each))} for kind, each in volumes.items()]}
    return found if tariff_id is None else found | {"tariff_id": tariff_id}


def cdr(*periods, minutes=60, **fields):
    end = (NOON + timedelta(minutes=minutes)).isoformat()
    return {"currency": "EUR", "end_date_time": end, "charging_periods": list(periods), **fields}


def codes(rating: Rating) -> set[str]:
    return {note.code for note in rating.notes}


def test_a_credit_cdr_reverses_its_original_to_the_cent():
    record = cdr(period(0, ENERGY=20, TIME=1), id="A")
    asked = rate_cdr(KWH, record)
    back = rate_cdr(KWH, record | {"id": "A-C", "credit": True, "credit_reference_id": "A"})
    assert (back.net, back.tax, back.gross, back.exact_net) == (-asked.net, -asked.tax, -asked.gross, -asked.exact_net)
    assert [line.amount for line in back.lines] == [-line.amount for line in asked.lines]
    assert codes(back) == {"credit"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"credit": True}, "credit_reference"),
        ({"credit": True, "id": "A", "credit_reference_id": "A"}, "credit_reference"),
        ({"credit_reference_id": "A"}, "credit_missing"),
        ({"home_charging_compensation": True}, "home_charging_compensation"),
        ({"start_date_time": "2026-11-23T11:00:00Z"}, "start_differs"),
        ({"total_energy": 21}, "total_energy"),
        ({"total_time": Decimal("1.5")}, "total_time"),
        ({"total_parking_time": Decimal("0.5")}, "total_parking_time"),
        ({"total_cost": {"excl_vat": 5, "incl_vat": Decimal("6.10")}}, "total_cost"),
        ({"total_cost": {"before_taxes": Decimal("5.50"), "taxes": [{"name": "VAT", "amount": Decimal("0.55")}]}}, "total_cost"),
        ({"total_cost": 5}, "total_cost"),
        ({"total_energy_cost": {"excl_vat": Decimal("5.01")}}, "total_energy_cost"),
        ({"total_fixed_cost": {"excl_vat": 0}}, "total_fixed_cost"),
        ({"total_time_cost": {"excl_vat": 1}}, "total_time_cost"),
        ({"total_parking_cost": {"excl_vat": 1}}, "total_parking_cost"),
        ({"total_reservation_cost": {"excl_vat": 1}}, "total_reservation_cost"),
    ],
)
def test_an_inconsistency_of_a_cdr_gets_a_note(fields, code):
    assert code in codes(rate_cdr(KWH, cdr(period(0, ENERGY=20, TIME=1), **fields)))


def test_a_consistent_cdr_has_no_notes():
    true = {
        "start_date_time": "2026-11-23T12:00:00Z",
        "total_energy": 20,
        "total_time": 1,
        "total_parking_time": 0,
        "total_cost": {"before_taxes": Decimal("5.50"), "taxes": [{"name": "VAT", "amount": Decimal("0.60")}]},
        "total_energy_cost": {"before_taxes": 5, "taxes": [{"name": "VAT", "amount": Decimal("0.50")}]},
        "total_fixed_cost": {"before_taxes": Decimal("0.50")},
        "total_reservation_cost": {"before_taxes": 0},
    }
    assert not rate_cdr(KWH, cdr(period(0, ENERGY=20, TIME=1), **true)).notes


def test_each_charging_period_is_priced_by_the_tariff_it_names():
    slow = {"id": "slow", "currency": "EUR", "elements": [element(price("ENERGY", "0.10", 10))]}
    record = cdr(period(0, "T", ENERGY=10, TIME=0.5), period(30, "slow", ENERGY=10, TIME=0.5), tariffs=[slow])
    rating = rate_cdr(KWH, record)
    assert [(line.dimension, line.amount) for line in rating.lines] == [("FLAT", Decimal("0.5")), ("ENERGY", Decimal("2.5")), ("ENERGY", 1)]
    assert not rating.notes


def test_a_session_under_two_tariffs_is_rounded_up_to_a_step_once_at_its_end():
    day = tariff(element(price("ENERGY", 1, step=1000)))
    night = {"id": "N", "currency": "EUR", "elements": [element(price("ENERGY", 2, step=1000))]}
    record = cdr(period(0, "T", ENERGY=4.3, TIME=0.5), period(30, "N", ENERGY=1.1, TIME=0.5), tariffs=[night])
    assert rate_cdr(day, record).exact_net == Decimal("4.3") + 2 * Decimal("1.7")


PRICES = st.tuples(st.decimals("0.01", 3, places=4), st.sampled_from([0, 7, 19, Decimal("5.5")]), st.integers(1, 40_000))


@given(st.lists(PRICES, min_size=2, max_size=3), st.sampled_from(["YES", "NO"]))
def test_each_tariff_of_a_session_rates_its_own_energy_and_each_tax_rate_is_rounded_once(parts, included):
    """With any number of decimals and any tax rates."""
    tariffs = [
        {"id": str(at), "currency": "EUR", "tax_included": included, "elements": [element(price("ENERGY", per_kwh, vat))]}
        for at, (per_kwh, vat, _) in enumerate(parts)
    ]
    periods = [period(at, str(at), ENERGY=Decimal(wh) / 1000, TIME=Decimal(1) / 64) for at, (_, _, wh) in enumerate(parts)]
    rating, sums = rate_cdr(parse_tariff(tariffs[0]), cdr(*periods, minutes=len(parts), tariffs=tariffs[1:])), {}
    for per_kwh, vat, wh in parts:
        sums[vat] = sums.get(vat, 0) + per_kwh * wh / 1000
    side = "gross" if included == "YES" else "net"
    assert {one.vat_percent: getattr(one, side) for one in rating.taxes} == {vat: Money.of(sums[vat], "EUR") for vat in sums}


def test_a_session_under_two_tariffs_stays_within_the_limits_of_both():
    one = tariff(element(price("ENERGY", 1)), max_price={"before_taxes": 9})
    two = {"id": "2", "currency": "EUR", "elements": [element(price("ENERGY", 1))], "max_price": {"before_taxes": 5}}
    record = cdr(period(0, "T", ENERGY=8, TIME=0.5), period(30, "2", ENERGY=8, TIME=0.5), tariffs=[two])
    assert rate_cdr(one, record).exact_net == 5


def test_a_period_without_a_tariff_among_others_is_free_and_gets_a_note():
    rating = rate_cdr(KWH, cdr(period(0, "T", ENERGY=10, TIME=0.5), period(30, ENERGY=10, TIME=0.5)))
    assert rating.exact_net == 3
    assert codes(rating) == {"no_tariff", "free_energy"}


def test_a_tariff_other_than_the_named_one_prices_everything_with_a_note():
    rating = rate_cdr(KWH, cdr(period(0, "X", ENERGY=20, TIME=1)))
    assert (rating.exact_net, codes(rating)) == (Decimal("5.5"), {"other_tariff"})


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (None, "cdr_tariff"),
        ({"id": "2", "currency": "SEK", "elements": [element(price("ENERGY", 1))]}, "tariffs_differ"),
        ({"id": "2", "currency": "EUR", "tax_included": "YES", "elements": [element(price("ENERGY", 1))]}, "tariffs_differ"),
        ({"id": "2", "currency": "EUR"}, "tariff_empty"),
    ],
)
def test_a_missing_or_incompatible_tariff_is_refused(other, code):
    record = cdr(period(0, "T", ENERGY=1, TIME=0.5), period(30, "2", ENERGY=1, TIME=0.5), tariffs=[other] if other else [])
    with pytest.raises(BadInput) as refused:
        rate_cdr(KWH, record)
    assert refused.value.code == code


BOOKED = tariff(
    element(price("FLAT", 2), booking="BOOKING"),
    element(price("TIME", 30), booking="BOOKING_EXPIRES"),
    element(price("FLAT", 4), booking="BOOKING_CANCELLATION_FEES"),
    element(price("TIME", 6), booking="BOOKING_OVERTIME"),
    element(price("ENERGY", 1)),
)


def test_booking_periods_are_read_in_the_terms_of_the_ocpi_bookings_extension():
    kept = cdr(period(0, RESERVATION_TIME=0.25), period(15, ENERGY=10, TIME=0.75, RESERVATION_OVERTIME=0.5), booking_id="B")
    assert {(line.scope, line.amount) for line in rate_cdr(BOOKED, kept).lines} == {
        (Scope.BOOKING, 2),
        (Scope.SESSION, 10),
        (Scope.BOOKING, 3),
    }
    missed = cdr(period(0, RESERVATION_EXPIRES=1), booking_id="B")
    assert rate_cdr(BOOKED, missed).exact_net == 32
    assert rate_cdr(BOOKED, missed | {"booking_cancelled": True}).exact_net == 4


def test_overtime_from_a_cdr_and_from_phases_is_rated_the_same():
    used = replace(usage(("CHARGING", 60, 10_000)), booked=True, booking_ended=NOON + timedelta(minutes=30))
    record = cdr(period(0, ENERGY=10, TIME=1, RESERVATION_OVERTIME=0.5), booking_id="B")
    assert rate(BOOKED, used) == rate_cdr(BOOKED, record)
    assert rate(BOOKED, used).exact_net == 10 + 3


def test_energy_in_the_same_period_as_a_reservation_is_billed():
    rules = tariff(element(price("TIME", 4), reservation="RESERVATION"), element(price("ENERGY", 1)))
    for volumes in ({"TIME": 0.75}, {"PARKING_TIME": 0.75}, {}):
        assert rate_cdr(rules, cdr(period(0, RESERVATION_TIME=0.25, ENERGY=10, **volumes))).exact_net == 11


def test_reserved_time_is_priced_by_the_tariff_of_its_period_and_free_without_one():
    held = {"id": "R", "currency": "EUR", "elements": [element(price("TIME", 4), reservation="RESERVATION")]}
    rules = tariff(element(price("FLAT", 9), reservation="RESERVATION"), element(price("ENERGY", 1)))
    session = period(15, "T", ENERGY=10, TIME=0.75)
    assert rate_cdr(rules, cdr(period(0, "R", RESERVATION_TIME=0.25), session, tariffs=[held])).exact_net == 1 + 10
    rating = rate_cdr(rules, cdr(period(0, RESERVATION_TIME=0.25), session))
    assert (rating.exact_net, codes(rating)) == (10, {"no_tariff", "free_reservation"})


def test_an_expired_reservation_is_no_session_and_costs_its_expiry_fee():
    fees = (element(price("FLAT", 3), reservation="RESERVATION"), element(price("TIME", 8), reservation="RESERVATION_EXPIRES"))
    rules, record = tariff(*fees, element(price("FLAT", 1)), min_price={"before_taxes": 9}), cdr(period(0, RESERVATION_TIME=0.5))
    assert [rate_cdr(rules, record, expired=expired).exact_net for expired in (True, False)] == [3 + 4, 3]


@pytest.mark.parametrize(("hours", "minutes"), [("0.6667", 40), ("0.66666667", 40), ("0.6666666666666666", 40), ("0.3333", 20)])
def test_hours_rounded_down_in_a_cdr_do_not_start_another_step(hours, minutes):
    rules = tariff(element(price("PARKING_TIME", 60, step=600)))
    record = cdr(period(0, TIME=1, PARKING_TIME=hours), minutes=240)
    assert rate_cdr(rules, record).exact_net == minutes


def test_missing_time_in_a_cdr_gets_a_note():
    assert "time_missing" in codes(rate_cdr(TIMED, cdr(period(0, ENERGY=20))))
    assert "free_session" in codes(rate_cdr(TIMED, cdr(period(0))))
    assert not codes(rate_cdr(KWH, cdr(period(0, ENERGY=20))))


def test_an_unknown_dimension_gets_a_note():
    assert "unknown_dimension" in codes(rate_cdr(KWH, cdr(period(0, ENERGIE=20, TIME=1))))
    known = cdr(period(0, ENERGY=20, TIME=1, ENERGY_IMPORT=20, STATE_OF_CHARGE=80, MAX_POWER=22))
    assert not codes(rate_cdr(KWH, known))


def test_an_unknown_end_is_derived_from_the_volumes():
    record = cdr(period(0, TIME=1), period(60, PARKING_TIME=0.5)) | {"end_date_time": "1970-1-1T00:00:00Z"}
    rating = rate_cdr(TIMED, record)
    assert (rating.exact_net, codes(rating)) == (12, {"end_unknown"})


def test_the_duration_of_a_phase_is_read_from_its_seconds_or_its_end():
    source = {"id": "T", "currency": "EUR", "elements": [element(price("TIME", 60, step=0))]}
    phase = {"state": "CHARGING", "start": "2026-11-23T12:00:00Z", "kwh": 1}
    assert rate_report(source, phases=[{**phase, "seconds": 90.5}])["lines"][0]["amount"] == "1.508333333333"
    with pytest.raises(BadInput, match=r"phases\[0\]: neither end nor seconds"):
        rate_report(source, phases=[phase])
    with pytest.raises(BadInput, match=r"phases\[0\]\.kwh: a reserved socket"):
        rate_report(source, phases=[{**phase, "seconds": 90, "state": "RESERVED"}])
    odd = {**phase, "seconds": 90, "end": "2026-11-23T13:00:00Z", "kwh": None}
    assert [note["code"] for note in rate_report(source, phases=[odd])["notes"]] == ["energy_missing", "phase_seconds"]
