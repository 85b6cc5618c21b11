"""Rules of rating, one each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.kernel import BadInput, Money
from forecourt.tariffs import Dimension, Phase, PhaseState, Scope, TaxLine, Usage, rate
from tariffs.texts import NOON, element, price, tariff, usage

HOUR = ("CHARGING", 60, 10_000)


def test_each_price_dimension_uses_its_own_first_matching_element():
    rules = tariff(element(price("PARKING_TIME", "6"), start_time="08:00", end_time="20:00"), element(price("ENERGY", "0.50")))
    assert rate(rules, usage(HOUR, ("IDLE", 30, 0))).gross == Money(800, "EUR")


def test_time_with_withheld_power_is_billed_neither_as_charging_nor_as_parking():
    rules = tariff(element(price("TIME", "6"), price("PARKING_TIME", "6"), price("ENERGY", "0.50")))
    assert rate(rules, usage(("WITHHELD", 60, 100))).exact_net == Decimal("0.05")


def test_time_with_withheld_power_counts_towards_the_duration_of_the_session():
    rules = tariff(element(price("PARKING_TIME", "6"), min_duration=3600))
    assert rate(rules, usage(("WITHHELD", 60, 0), ("IDLE", 30, 0))).exact_net == Decimal(3)


def test_a_flat_fee_is_billed_once():
    rules = tariff(element(price("FLAT", "1"), end_time="12:30"), element(price("FLAT", "2")))
    assert rate(rules, usage(HOUR)).exact_net == Decimal(1)


def test_an_energy_threshold_splits_the_energy_exactly():
    rules = tariff(element(price("ENERGY", "0.39"), max_kwh="3.3333"), element(price("ENERGY", "0.59")))
    first, second = rate(rules, usage(HOUR)).lines
    assert (first.quantity, second.quantity) == (Decimal("3.3333"), Decimal("6.6667"))


def test_a_clock_boundary_in_the_same_slice_as_an_energy_threshold_is_not_skipped():
    """The slice that reached 3 kWh also passed 12:30, and the next boundary was then skipped."""
    hours = [element(price("TIME", hour), start_time=f"{hour}:30", end_time=f"{hour + 1}:30") for hour in (11, 12, 13, 14)]
    rules = tariff(element(price("ENERGY", "1"), max_kwh=3), *hours)
    assert rate(rules, usage(HOUR, HOUR, HOUR)).exact_net == 3 + Decimal("5.5") + 12 + 13 + 7


def test_a_minimum_is_inclusive_and_a_maximum_exclusive():
    rules = tariff(element(price("ENERGY", "1"), min_power=10, max_power=11), element(price("ENERGY", "0")))
    cost = [rate(rules, usage(("CHARGING", 60, 1_000, power, None))).exact_net for power in (9_999, 10_000, 10_999, 11_000)]
    assert cost == [0, 1, 1, 0]


def test_a_start_date_is_inclusive_and_an_end_date_exclusive():
    rules = tariff(element(price("ENERGY", "1"), start_date="2026-11-23", end_date="2026-11-24"), element(price("ENERGY", "0")))
    cost = [rate(rules, usage(HOUR, start=NOON + timedelta(days=days))).exact_net for days in (-1, 0, 1)]
    assert cost == [0, 10, 0]


def test_a_start_time_without_an_end_time_holds_until_midnight():
    rules = tariff(element(price("TIME", "60"), start_time="23:45"))
    late = usage(("CHARGING", 60, 0), start=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert rate(rules, late).exact_net == Decimal(15)


def test_equal_start_and_end_times_mean_the_whole_day():
    rules = tariff(element(price("ENERGY", "1"), start_time="09:00", end_time="09:00"))
    assert rate(rules, usage(HOUR)).exact_net == Decimal(10)


@pytest.mark.parametrize(
    ("start", "hours", "night_hours"),
    [
        (datetime(2026, 3, 28, 21, tzinfo=UTC), 8, 7),  # 22:00 to 07:00, the hour 02 to 03 is missing
        (datetime(2026, 10, 24, 20, tzinfo=UTC), 10, 9),  # 22:00 to 07:00, the hour 02 to 03 comes twice
    ],
)
def test_night_prices_follow_the_local_clock_over_clock_changes(start, hours, night_hours):
    rules = tariff(element(price("TIME", "1"), start_time="22:00", end_time="06:00"), element(price("TIME", "0")))
    assert rate(rules, usage(("CHARGING", hours * 60, 0), start=start, zone="Europe/Berlin")).exact_net == Decimal(night_hours)


def test_a_start_time_that_occurs_twice_at_a_clock_change_applies_twice():
    rules = tariff(element(price("TIME", "60"), start_time="02:30", end_time="03:00"))
    night = usage(("CHARGING", 600, 0), start=datetime(2026, 10, 24, 20, tzinfo=UTC), zone="Europe/Berlin")
    assert rate(rules, night).exact_net == Decimal(60)


def test_of_a_minimum_before_and_after_tax_the_stricter_applies_and_the_tax_rate_holds():
    rules = tariff(element(price("ENERGY", "1", 10)), min_price={"before_taxes": 5, "after_taxes": 12})
    rating = rate(rules, usage(HOUR))
    assert (rating.net, rating.gross) == (Money(1091, "EUR"), Money(1200, "EUR"))


def test_without_tax_limits_before_and_after_tax_both_bound_the_total():
    rules = tariff(element(price("ENERGY", "1")), max_price={"before_taxes": 5, "after_taxes": 6}, tax_included="N/A")
    assert (rate(rules, usage(HOUR)).net, rate(rules, usage(HOUR)).tax) == (Money(500, "EUR"), Money(0, "EUR"))


def test_a_limit_before_tax_scales_the_tax_in_proportion():
    rules = tariff(element(price("ENERGY", "1", 19)), max_price={"excl_vat": 5})
    rating = rate(rules, usage(HOUR))
    assert (rating.net, rating.tax, rating.gross) == (Money(500, "EUR"), Money(95, "EUR"), Money(595, "EUR"))


def test_a_limit_over_several_tax_rates_is_met_to_the_cent():
    rules = tariff(element(price("FLAT", "1", 7), price("ENERGY", "0.55", 19)), max_price={"before_taxes": "3.33"})
    rating = rate(rules, usage(HOUR))
    assert rating.net == Money(333, "EUR")
    assert sum(line.amount for line in rating.lines) == Decimal("3.33")


def test_limits_do_not_apply_to_an_unused_reservation():
    rules = tariff(element(price("FLAT", "1"), reservation="RESERVATION"), element(price("ENERGY", "1")), min_price={"before_taxes": 5})
    assert rate(rules, usage(("RESERVED", 10, 0), expired=True)).exact_net == Decimal(1)


def test_an_expired_reservation_uses_expiry_elements_first_and_reservation_elements_for_the_rest():
    rules = tariff(
        element(price("FLAT", "1"), price("TIME", "60"), reservation="RESERVATION"),
        element(price("FLAT", "5"), reservation="RESERVATION_EXPIRES"),
        element(price("FLAT", "9")),
    )
    lines = rate(rules, usage(("RESERVED", 10, 0), expired=True)).lines
    assert {(line.dimension, line.amount, line.scope) for line in lines} == {
        (Dimension.FLAT, Decimal(5), Scope.RESERVATION),
        (Dimension.TIME, Decimal(10), Scope.RESERVATION),
    }


def test_a_booking_has_its_own_price_elements_overtime_and_cancellation_fees():
    rules = tariff(
        element(price("FLAT", "2"), booking="BOOKING"),
        element(price("TIME", "6"), booking="BOOKING_OVERTIME"),
        element(price("FLAT", "3"), booking="BOOKING_CANCELLATION_FEES"),
        element(price("ENERGY", "1")),
    )
    used = replace(usage(("RESERVED", 10, 0), HOUR), booked=True, booking_ended=NOON + timedelta(minutes=40))
    assert rate(rules, used).exact_net == Decimal(2 + 10 + 3)
    called_off = replace(usage(("RESERVED", 10, 0)), booked=True, booking_cancelled=True)
    assert rate(rules, called_off).exact_net == Decimal(3)


def test_overtime_starts_at_the_end_of_the_booking_and_excludes_withheld_time():
    rules = tariff(element(price("TIME", "6"), booking="BOOKING_OVERTIME"), element(price("ENERGY", "1")))
    used = usage(("RESERVED", 10, 0), ("CHARGING", 30, 5_000), ("WITHHELD", 30, 0), ("IDLE", 30, 0))
    ended = [replace(used, booked=True, booking_ended=NOON + timedelta(minutes=minute)) for minute in (0, 30, 70, 80, 100)]
    assert [rate(rules, one).exact_net for one in ended] == [5 + 6, 5 + 4, 5 + 3, 5 + 2, 5]


def test_leaving_when_the_booking_ends_costs_no_overtime_fee():
    rules = tariff(element(price("FLAT", 3), booking="BOOKING_OVERTIME"), element(price("ENERGY", 1)))
    ended = [replace(usage(HOUR), booked=True, booking_ended=NOON + timedelta(minutes=minute)) for minute in (61, 60, 59)]
    assert [rate(rules, one).exact_net for one in ended] == [10, 10, 10 + 3]


def test_a_tariff_with_booking_elements_alone_prices_reserved_time():
    rules = tariff(element(price("TIME", "6"), reservation="BOOKING"), element(price("FLAT", "4"), reservation="BOOKING_EXPIRES"))
    assert rate(rules, usage(("RESERVED", 10, 0))).exact_net == 1
    assert rate(rules, usage(("RESERVED", 10, 0), expired=True)).exact_net == 5


KEPT = [element(price("FLAT", 1), reservation="RESERVATION"), element(price("FLAT", 2), reservation="RESERVATION_EXPIRES")]
BOOKED = [element(price("FLAT", 10), booking="BOOKING"), element(price("FLAT", 20), booking="BOOKING_EXPIRES")]
CALLED_OFF = [element(price("FLAT", 40), booking="BOOKING_CANCELLATION_FEES")]


@pytest.mark.parametrize(
    ("elements", "booked", "used_expired_cancelled"),
    [
        (KEPT, False, (1, 2, 1)),
        (KEPT, True, (1, 2, 1)),  # a tariff that has one kind alone prices held time by that
        (BOOKED + CALLED_OFF, False, (10, 20, 40)),
        (BOOKED + CALLED_OFF, True, (10, 20, 40)),
        (CALLED_OFF, True, (0, 0, 40)),
        (KEPT + BOOKED + CALLED_OFF, False, (1, 2, 1)),
        (KEPT + BOOKED + CALLED_OFF, True, (10, 20, 40)),
        (KEPT + BOOKED, True, (10, 20, 0)),
        (KEPT + CALLED_OFF, True, (0, 0, 40)),
        (KEPT + CALLED_OFF, False, (1, 2, 1)),
    ],
)
def test_reserved_time_is_priced_by_booking_or_reservation_elements(elements, booked, used_expired_cancelled):
    held = replace(usage(("RESERVED", 10, 0)), booked=booked)
    fates = (held, replace(held, reservation_expired=True), replace(held, booking_cancelled=True))
    rated = [rate(tariff(*elements, element(price("ENERGY", 1))), one) for one in fates]
    assert tuple(one.exact_net for one in rated) == used_expired_cancelled
    assert [[note.code for note in one.notes] for one in rated] == [
        [] if amount else ["free_reservation"] for amount in used_expired_cancelled
    ]


def test_half_a_cent_is_rounded_up():
    rules = tariff(element(price("ENERGY", "0.125")))
    assert rate(rules, usage(("CHARGING", 60, 1_000))).gross == Money(13, "EUR")


def test_prices_including_tax_keep_their_gross_amount():
    rules = tariff(element(price("ENERGY", "0.50", 19)), tax_included="YES")
    rating = rate(rules, usage(HOUR))
    assert (rating.net, rating.tax, rating.gross) == (Money(420, "EUR"), Money(80, "EUR"), Money(500, "EUR"))


def test_amounts_are_rounded_once_per_tax_rate_and_not_per_line():
    rules = tariff(element(price("FLAT", "0.104", 20), price("ENERGY", "0.104", 20), price("TIME", "0.104", 20)))
    assert rate(rules, usage(("CHARGING", 60, 1_000))).net == Money(31, "EUR")


def test_energy_without_a_price_gets_a_note():
    rating = rate(tariff(element(price("TIME", "1"))), usage(HOUR))
    assert [note.code for note in rating.notes] == ["free_energy"]


def test_an_unknown_current_matches_no_current_restriction_and_gets_a_note():
    rating = rate(tariff(element(price("ENERGY", "1"), max_current=32)), usage(HOUR))
    assert rating.exact_net == 0
    assert {note.code for note in rating.notes} == {"free_energy", "unknown_draw"}


def test_an_unknown_current_gets_a_note_although_another_price_applies():
    rating = rate(tariff(element(price("ENERGY", "1"), max_current=32), element(price("ENERGY", "2"))), usage(HOUR))
    assert (rating.exact_net, [note.code for note in rating.notes]) == (20, ["unknown_draw"])


def test_every_line_states_its_reason():
    rules = tariff(element(price("PARKING_TIME", "6", step=300), start_time="08:00", end_time="20:00"))
    (line,) = rate(rules, usage(("IDLE", 7, 0))).lines
    assert line.because == "element 1 (08:00 to 20:00): 7 min, rounded up by 3 min to blocks of 300 s"


def test_an_empty_phase_has_no_price():
    rules = tariff(element(price("FLAT", "1"), max_power=10), element(price("FLAT", "2")))
    empty, charging = ("IDLE", 0, 0), ("CHARGING", 60, 50_000)
    assert rate(rules, usage(empty, charging)).exact_net == rate(rules, usage(charging)).exact_net == 2


def test_a_maximum_of_zero_never_applies():
    rules = tariff(element(price("ENERGY", "1"), max_kwh=0), element(price("ENERGY", "2"), max_duration=0), element(price("ENERGY", "3")))
    assert rate(rules, usage(HOUR)).exact_net == 30


def test_negative_amounts_round_away_from_zero():
    rating = rate(tariff(element(price("ENERGY", "-0.125", 19))), usage(("CHARGING", 60, 1_000)))
    assert (rating.net, rating.tax, rating.gross) == (Money(-13, "EUR"), Money(-2, "EUR"), Money(-15, "EUR"))


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1), ("EUR", 123), ("KWD", 1235)])
def test_amounts_have_the_decimals_of_their_currency(currency, minor):
    assert rate(tariff(element(price("ENERGY", "1.2345")), currency=currency), usage(("CHARGING", 60, 1_000))).gross == Money(
        minor, currency
    )


def test_no_tax_and_a_tax_of_zero_percent_are_separate_rates():
    rules = tariff(element(price("ENERGY", "1", 0), price("FLAT", "1")))
    assert [tax.vat_percent for tax in rate(rules, usage(HOUR)).taxes] == [None, 0]


def test_no_usage_costs_nothing():
    assert rate(tariff(element(price("FLAT", "1")), min_price={"before_taxes": 5}), Usage((), "UTC")).gross == Money(0, "EUR")


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(BadInput, match="time zone"):
        rate(tariff(element(price("TIME", "1"), start_time="08:00")), usage(HOUR, zone="Europe/Berlim"))


def test_invalid_phases_tax_lines_and_usages_are_refused():
    with pytest.raises(BadInput):
        Phase(PhaseState.IDLE, NOON, NOON - timedelta(seconds=1), 0)
    with pytest.raises(BadInput):
        Phase(PhaseState.CHARGING, NOON, NOON, -1)
    with pytest.raises(BadInput):
        TaxLine(None, Money(1, "EUR"), Money(1, "EUR"), Money(3, "EUR"))
    with pytest.raises(BadInput):
        Usage((usage(HOUR).phases[0], usage(HOUR).phases[0]), "UTC")
