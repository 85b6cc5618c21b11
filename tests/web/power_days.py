"""Weeks of a site's power, worked out already."""

from datetime import timedelta
from decimal import Decimal

from forecourt.flows.ports import PowerDay
from forecourt.flows.power import report_solar_forecast, report_storage_level, set_energy_contract, set_plant
from forecourt.planning import EnergyContract, SolarPlant, StoragePlant, SunStep, parse_day

from .conftest import NOW, Scene


def with_days(scene: Scene, without: tuple[int, ...] = (9,)) -> None:
    """The last thirty days, but for some; on Sundays nobody came."""
    with scene.transactions.begin() as store:
        for back in (one for one in range(1, 31) if one not in without):
            day = NOW.date() - timedelta(days=back)
            most = 0 if day.weekday() == 6 else 300_000 + 9_000 * (back % 7) + 500 * back
            even = (0.9 + 0.01 * (back % 6), 0.3 + 0.02 * (back % 4)) if most else (None, None)
            wh = (round(most * 1.2), round(most * (0.95 + 0.01 * (back % 5))), most)
            cars, starved = most // 9_000, back % 3 if most else 0
            store.plans.put_day(PowerDay(scene.operator_id, scene.site_id, day, NOW, cars, back % 2, cars // 8, *wh, *even, starved))


def with_plant(scene: Scene) -> None:
    """Prices, a roof and a battery whose level was told a minute ago."""
    day = parse_day("0:00 0.18, 7:00 0.31, 20:00 0.22", "x")
    roof = tuple(max(0, 30_000 - 900 * (hour - 13) ** 2) for hour in range(24))
    with scene.transactions.begin() as store:
        site = store.stations.site(scene.site_id)
        set_energy_contract(store, site, EnergyContract(day, day, Decimal("0.45"), Decimal("6.5")), NOW)
        set_plant(store, site, SolarPlant(40_000, Decimal("0.08"), (roof,)), StoragePlant(60_000, 20_000, 15_000), NOW)
        report_solar_forecast(store, site, [SunStep(NOW + timedelta(hours=n), 12_000.0 - 500 * n) for n in range(6)], NOW)
        report_storage_level(store, site, 22_000, NOW - timedelta(minutes=1), NOW)
