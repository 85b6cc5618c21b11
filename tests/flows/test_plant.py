"""A site's own sun and storage: what is told of them, and how green one more car would charge."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows import green_steps, plant_of, set_plant, tell_forecast, tell_grid_peak, tell_level
from forecourt.kernel import BadInput, NotFound
from forecourt.planning import SolarPlant, StoragePlant, SunStep

from .test_power import at

DAY = tuple(4000 if 8 <= hour < 20 else 0 for hour in range(24))
SUN = SolarPlant(10_000, Decimal("0.08"), (DAY,))
BATTERY = StoragePlant(20_000, 5000, 5000)


@pytest.fixture
def site(forecourt):
    with forecourt.transactions.begin() as store:
        return store.stations.site(forecourt.site_id)


def forecast(*steps: tuple[float, float]) -> list[SunStep]:
    return [SunStep(at(minute), watts) for minute, watts in steps]


def test_a_car_is_as_green_as_what_the_sun_leaves_it(forecourt, site) -> None:
    """NOON is 14:00 at the site; the sun sets at 20:00. A car that draws 2 kW is there for four hours."""
    with forecourt.transactions.begin() as store:
        assert green_steps(store, site, at(0)) is None
        set_plant(store, site, SUN, None)
        alone = green_steps(store, site, at(0))
    session = forecourt.starts("CP1", 0)
    with forecourt.transactions.begin() as store:
        store.sessions.put(replace(store.sessions.open_at(site.id)[0], power_w=2000))
        beside = green_steps(store, site, at(1))
    assert session and len(alone) == 36
    assert [round(one.per_kwh, 3) for one in alone[:8]] == [0.429] * 6 + [1, 1]
    assert [round(one.per_kwh, 3) for one in beside[:5]] == [0.714] * 4 + [0.429]


def test_a_forecast_counts_in_place_of_the_curve_as_far_as_it_reaches(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, None)
        tell_forecast(store, site, forecast((0, 7000), (60, 3500)), at(0))
        told = green_steps(store, site, at(0))
        tell_forecast(store, site, forecast((60, 0)), at(50))
        again = green_steps(store, site, at(0))
    assert [round(one.per_kwh, 2) for one in told[:3]] == [0, 0.5, 0.43]
    assert [round(one.per_kwh, 2) for one in again[:3]] == [0, 1, 0.43], "what it said of the first hour stays"


def test_what_was_told_stays_when_the_figures_are_entered_anew(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, SUN, BATTERY)
        tell_forecast(store, site, forecast((0, 7000)), at(0))
        tell_level(store, site, 8000, at(0))
        tell_grid_peak(store, site, 30_000, at(0))
        set_plant(store, site, replace(SUN, feed_in_per_kwh=Decimal(0)), replace(BATTERY, most_charge_w=1000))
        kept = plant_of(store, site.id)
        set_plant(store, site, None, replace(BATTERY, capacity_wh=7000))
        smaller = plant_of(store, site.id)
    assert (len(kept.solar.forecast), kept.storage.level_wh, kept.grid_peak_month) == (1, 8000, "2026-06")
    assert (smaller.solar, smaller.storage.level_wh) == (None, None), "it cannot hold what was told"


def test_a_level_older_than_an_hour_does_not_count(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        set_plant(store, site, None, BATTERY)
        tell_level(store, site, 8000, at(0))
        tell_level(store, site, 3000, at(-10))
        storage = plant_of(store, site.id).storage
    assert storage.storage(at(60)).level_wh == 8000
    assert storage.storage(at(61)) is None


def test_nobody_tells_of_what_is_not_there_nor_more_than_it_can(forecourt, site) -> None:
    with forecourt.transactions.begin() as store:
        with pytest.raises(NotFound, match="no solar"):
            tell_forecast(store, site, forecast((0, 1)), at(0))
        with pytest.raises(NotFound, match="no storage"):
            tell_level(store, site, 1, at(0))
        set_plant(store, site, SUN, BATTERY)
        for wrong in ([], forecast((0, 10_001)), forecast((0, -1)), forecast((5, 1), (0, 1))):
            with pytest.raises(BadInput):
                tell_forecast(store, site, wrong, at(0))
        with pytest.raises(BadInput, match="more than its capacity"):
            tell_level(store, site, 20_001, at(0))


def test_days_that_were_go_by_the_curve_or_by_what_the_forecast_says_of_each_hour() -> None:
    told = replace(SUN, curves=(), forecast=tuple(forecast((0, 6000), (60, 2000), (120, 0))))
    before = told.usual(at(-1440), at(0), "Europe/Berlin")
    assert [before.mean_w(at(m), at(m + 60)) for m in (-1440, -1380, -1320, -60)] == [6000, 2000, 0, 0]
    assert SUN.usual(at(-1440), at(0), "Europe/Berlin").mean_w(at(-1440), at(0)) == 2000
    assert timedelta(hours=1) == told.solar(at(0), at(60), "Europe/Berlin").steps[-1].start - at(120)
