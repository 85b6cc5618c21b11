"""A site's energy contract: hourly prices, the demand charge on the month's peak, and its forecast."""

from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.drivers import ChargingNeed
from forecourt.flows.power import set_energy_contract
from forecourt.flows.power.energy_costs import supply_from
from forecourt.kernel import BadInput, Span
from forecourt.planning import EnergyContract, HourPrice, day_text, parse_day

from .test_power import at, plan, safe_fallback


def contract(prices: str, demand: str = "0") -> EnergyContract:
    return EnergyContract(parse_day(prices, "x"), parse_day(prices, "x"), Decimal("0.5"), Decimal(demand))


def charging(forecourt, prices: str, demand: str = "0") -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    with forecourt.transactions.begin() as store:
        need = ChargingNeed(forecourt.operator_id, forecourt.site_id, forecourt.card_driver, 8000, at(600), at(0))
        store.drivers.put_need(need)
        set_energy_contract(store, store.stations.site(forecourt.site_id), contract(prices, demand), at(0))


def test_a_car_that_stays_long_is_charged_in_hours_with_cheap_energy(forecourt) -> None:
    """NOON is 14:00 at the site; the price falls at 16:00."""
    charging(forecourt, "0:00 0.4, 16:00 0.1")
    assert plan(forecourt, 1)["B1"] == 0
    assert plan(forecourt, 121)["B1"] == 32


def test_a_demand_charge_spreads_the_energy_over_the_stay(forecourt) -> None:
    charging(forecourt, "0:00 0.1", demand="2")
    told = plan(forecourt, 1)["B1"]
    with forecourt.transactions.begin() as store:
        set_energy_contract(store, store.stations.site(forecourt.site_id), None, at(2))
    assert (told, plan(forecourt, 3)["B1"]) == (0, 32), "0.8 kW for ten hours is less than its floor; without the charge all at once"


def test_the_months_peak_demand_is_forecast_from_past_charges(forecourt) -> None:
    for day in range(1, 6):
        minute = -1440 * day
        started = forecourt.starts("CP2", minute, wh=1000)
        forecourt.meters("CP2", started.transaction, minute + 120, 11_000)
        forecourt.stops("CP2", started.transaction, minute + 120, 11_000)
    charging(forecourt, "0:00 0.1", demand="3")
    with forecourt.transactions.begin() as store:
        costs = store.plans.energy_costs(forecourt.site_id)
    assert costs.month == "2026-06"
    assert costs.forecast_w == pytest.approx(5000, rel=0.05), "10 kWh in two hours, on five days like the thirty to come"
    assert 6 <= plan(forecourt, 1)["B1"] <= 22


@pytest.mark.parametrize("text", ["", "8:00 0.1", "0:00 0.1, 0:00 0.2", "0:00 free", "25:00 0.1", "0:00 1e9"])
def test_invalid_energy_prices_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        contract(text)


def test_energy_prices_survive_being_written_and_read_and_follow_the_sites_clock() -> None:
    day = parse_day("0:00 0.06, 8:30 0.0749", "x")
    assert day == (HourPrice(0, Decimal("0.06")), HourPrice(510, Decimal("0.0749")))
    assert parse_day(day_text(day), "x") == day
    supply = EnergyContract(day, day[:1], Decimal(1), Decimal(0)).supply(Span(at(0), at(0) + timedelta(days=6)), "Europe/Berlin")
    assert [supply.per_kwh(at(minute)) for minute in (-331, -330, 4 * 1440)] == [0.06, 0.0749, 0.0749]
    assert supply.per_kwh(at(5 * 1440)) == 0.06, "a Saturday"


def test_a_public_holiday_has_the_prices_of_a_weekend_where_the_contract_says_so(forecourt) -> None:
    """As utilities have it; NOON is 2026-06-01, and the 4th is a holiday in a part of the country."""
    day = parse_day("0:00 0.4", "x"), parse_day("0:00 0.1", "x")
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        seen = {}
        for region in ("", "DE-BY"):
            told = EnergyContract(*day, Decimal("0.5"), Decimal(0), region)
            seen[region] = supply_from(told, None, site, at(2 * 1440)).per_kwh(at(3 * 1440))
    assert seen == {"": 0.4, "DE-BY": 0.1}
