"""Solar power and storage of a site: reported forecasts and levels, storage advice, and the grid share of one more car."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows.power import (
    green_steps,
    plant_of,
    report_grid_peak,
    report_solar_forecast,
    report_storage_level,
    set_energy_contract,
    set_plant,
    storage_advice,
)
from forecourt.flows.power.energy_costs import paid_w
from forecourt.kernel import BadInput, NotFound
from forecourt.planning import SolarPlant, StoragePlant, SunStep, curves_text, parse_curves, parse_forecast

from .test_energy_costs import charging, contract
from .test_power import at, plan

DAY = tuple(4000 if 8 <= hour < 20 else 0 for hour in range(24))
SUN = SolarPlant(10_000, Decimal("0.08"), (DAY,))
BATTERY = StoragePlant(20_000, 5000, 5000)


@pytest.fixture
def site(forecourt):
    with forecourt.transactions.begin() as store:
        return store.stations.site(forecourt.site_id)


def forecast(*steps: tuple[float, float]) -> list[SunStep]:
    return [SunStep(at(minute), watts) for minute, watts in steps]


def test_the_grid_share_of_one_more_car_rises_with_the_power_other_cars_draw(forecourt, site) -> None:
    """NOON is 14:00 at the site; the sun sets at 20:00. The other car draws 2 kW for four hours."""
    with forecourt.transactions.begin() as store:
        assert green_steps(store, site, at(0)) is None
        set_plant(store, site, SUN, None, at(0))
        alone = green_steps(store, site, at(0))
    session = forecourt.starts("CP1", 0)
    with forecourt.transactions.begin() as store:
        store.sessions.put(replace(store.sessions.open_at(site.id)[0], power_w=2000))
        beside = green_steps(store, site, at(1))
    assert session and len(alone) == 36
    assert [round(one.per_kwh, 3) for one in alone[:8]] == [0.429] * 6 + [1, 1]
    assert [round(one.per_kwh, 3) for one in beside[:5]] == [0.714] * 4 + [0.429]


def test_a_solar_forecast_replaces_the_standard_curve_for_the_hours_it_covers(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, None, at(0))
        report_solar_forecast(store, site, forecast((0, 7000), (60, 3500)), at(0))
        told = green_steps(store, site, at(0))
        report_solar_forecast(store, site, forecast((60, 0)), at(50))
        again = green_steps(store, site, at(0))
    assert [round(one.per_kwh, 2) for one in told[:3]] == [0, 0.5, 0.43]
    assert [round(one.per_kwh, 2) for one in again[:3]] == [0, 1, 0.43], "what it said of the first hour stays"


def test_a_new_forecast_keeps_the_earlier_steps_that_still_fit_and_fills_no_gap(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, None, at(0))
        report_solar_forecast(store, site, forecast(*((minute, 100) for minute in range(-60, 0, 5))), at(0))
        report_solar_forecast(store, site, forecast((600, 50)), at(0))
        kept = plant_of(store, site.id).solar.solar(at(-60), at(700), site.zone)
        report_solar_forecast(store, site, forecast(*((601 + minute, 1) for minute in range(795))), at(0))
        full = plant_of(store, site.id).solar.forecast
    assert [kept.mean_w(at(minute), at(minute + 1)) for minute in (-1, 0, 599, 600)] == [100, 0, 0, 50]
    assert (len(full), full[0].watts, full[3].watts) == (800, 100, 0)


def test_reported_forecast_level_and_peak_survive_a_change_of_the_configured_figures(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, BATTERY, at(0))
        report_solar_forecast(store, site, forecast((0, 7000)), at(0))
        report_storage_level(store, site, 8000, at(0), at(0))
        report_grid_peak(store, site, 30_000, at(0))
        set_plant(store, site, replace(SUN, feed_in_per_kwh=Decimal(0)), replace(BATTERY, most_charge_w=1000), at(0))
        kept = plant_of(store, site.id)
        set_plant(store, site, None, replace(BATTERY, capacity_wh=7000), at(0))
        smaller = plant_of(store, site.id)
    assert (len(kept.solar.forecast), kept.storage.level_wh, kept.grid_peak_month) == (1, 8000, "2026-06")
    assert (smaller.solar, smaller.storage.level_wh) == (None, None), "it cannot hold what was told"


def test_a_storage_level_older_than_an_hour_is_not_used(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, None, BATTERY, at(0))
        report_storage_level(store, site, 8000, at(0), at(0))
        report_storage_level(store, site, 3000, at(-10), at(0))
        storage = plant_of(store, site.id).storage
    assert storage.storage(at(60)).level_wh == 8000
    assert storage.storage(at(61)) is None


def test_reports_for_missing_equipment_or_beyond_its_capacity_are_refused(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        with pytest.raises(NotFound, match="no solar"):
            report_solar_forecast(store, site, forecast((0, 1)), at(0))
        with pytest.raises(NotFound, match="no storage"):
            report_storage_level(store, site, 1, at(0), at(0))
        set_plant(store, site, SUN, BATTERY, at(0))
        for wrong in ([], forecast((0, 10_001)), forecast((0, -1)), forecast((5, 1), (0, 1))):
            with pytest.raises(BadInput):
                report_solar_forecast(store, site, wrong, at(0))
        with pytest.raises(BadInput, match="more than its capacity"):
            report_storage_level(store, site, 20_001, at(0), at(0))
        with pytest.raises(BadInput, match="in the future"):
            report_storage_level(store, site, 1, at(6), at(0))


def test_past_days_use_the_solar_curve_or_the_forecast_of_each_hour() -> None:
    told = replace(SUN, curves=(), forecast=tuple(forecast((0, 6000), (60, 2000), (120, 0))))
    before = told.past(at(-1440), at(0), "Europe/Berlin")
    assert [before.mean_w(at(m), at(m + 60)) for m in (-1440, -1380, -1320, -60)] == [6000, 2000, 0, 0]
    assert SUN.past(at(-1440), at(0), "Europe/Berlin").mean_w(at(-1440), at(0)) == 2000
    assert timedelta(hours=1) == told.solar(at(0), at(60), "Europe/Berlin").steps[-1].start - at(120)


def test_a_car_charges_from_solar_power_when_grid_energy_costs_too_much(forecourt, site) -> None:
    """At 0.60 a kWh grid energy is not worth buying; 4 kW of solar power are 17 A."""
    charging(forecourt, "0:00 0.6")
    assert plan(forecourt, 1)["B1"] == 0
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, None, at(2))
    assert plan(forecourt, 3)["B1"] == 17


def test_the_storage_advice_is_to_charge_in_cheap_hours_and_not_in_expensive_ones(forecourt, site) -> None:
    """NOON is 14:00 at the site; the price falls at 16:00. The car leaves at 24:00."""
    charging(forecourt, "0:00 0.45, 16:00 0.1")
    with forecourt.transactions.begin() as store:
        assert storage_advice(store, site, at(1)) is None
        set_plant(store, site, None, replace(BATTERY, efficiency=Decimal("0.8")), at(1))
        assert "unknown" in storage_advice(store, site, at(1)).because
        report_storage_level(store, site, 10_000, at(1), at(1))
        report_grid_peak(store, site, 0, at(1))
        dear = storage_advice(store, site, at(2))
        report_storage_level(store, site, 10_000, at(121), at(121))
        cheap = storage_advice(store, site, at(122))
        set_energy_contract(store, site, None, at(3))
        assert "Energy costs" in storage_advice(store, site, at(3)).because
    assert (dear.watts, dear.until) == (0, at(7)), "the car waits for 16:00 and nobody needs it"
    assert cheap.watts == 5000, "it fills for tomorrow's day"


def test_a_site_without_cars_charges_its_storage_in_cheap_hours(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_energy_contract(store, site, contract("0:00 0.1, 16:00 0.45"), at(0))
        set_plant(store, site, None, BATTERY, at(0))
        report_storage_level(store, site, 10_000, at(0), at(0))
        assert storage_advice(store, site, at(1)).watts == 5000
        report_storage_level(store, site, 10_000, at(130), at(130))
        assert storage_advice(store, site, at(130)).watts == 0, "dear hours: it neither fills nor gives to nobody"


def test_solar_and_storage_power_do_not_count_towards_the_grid_peak(forecourt, site) -> None:
    """A car drew 6 kW for an hour with 4 kW of solar power and 1 kW of storage: 1 kW certainly came from the grid."""
    started = forecourt.starts("CP2", -120, wh=1000)
    forecourt.meters("CP2", started.transaction, -60, 7000)
    forecourt.stops("CP2", started.transaction, -60, 7000)
    with forecourt.transactions.begin() as store:
        set_energy_contract(store, site, contract("0:00 0.1"), at(0))
        peaks = [store.plans.energy_costs(site.id).peak_w]
        for solar, storage in ((SUN, None), (SUN, replace(BATTERY, most_discharge_w=1000)), (None, None)):
            set_plant(store, site, solar, storage, at(0))
            peaks.append(store.plans.energy_costs(site.id).peak_w)
        set_plant(store, site, SUN, None, at(0))
        report_grid_peak(store, site, 7777, at(0))
        costs = store.plans.energy_costs(site.id)
        told = [paid_w(store, site, costs, at(minute)) for minute in (1, 60 * 24 * 40)]
    assert peaks == [6000, 2000, 1000, 6000]
    assert told == [7777, costs.forecast_w], "the meter's word, for its month"


def test_typed_solar_curves_and_forecasts_are_parsed() -> None:
    line = " ".join(["0"] * 6 + ["2500"] * 12 + ["0"] * 6)
    assert curves_text(parse_curves(line.replace(" ", ", ") + "\n\n", "x")) == line
    told = parse_forecast("start,watts\n2026-06-01 14:00, 4200\n2026-06-01T13:00:00Z;0.5\n", "x", "Europe/Berlin")
    assert told == (SunStep(at(0), 4200.0), SunStep(at(60), 0.5))


@pytest.mark.parametrize("text", ["soon, 5\nlater, 6", "2026-06-01 14:00", "2026-06-01 14:00, much", "2026-13-01 14:00, 5"])
def test_an_invalid_forecast_is_refused_with_its_line_number(text) -> None:
    with pytest.raises(BadInput, match=r"Line [12]"):
        parse_forecast(text, "x", "Europe/Berlin")


def test_a_solar_curve_that_is_not_numeric_is_refused() -> None:
    with pytest.raises(BadInput, match="'noon'"):
        parse_curves("0 0 noon", "x")
