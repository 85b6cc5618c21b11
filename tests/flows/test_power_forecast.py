"""The forecast of the coming hours: the energy of each car, what-if cases, and the health of power sharing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import ChargingNeed
from forecourt.flows.ports import Grant
from forecourt.flows.power import WhatIf, forecast_power, power_health, ready_time_range

from .test_power import at, plan, safe_fallback


def charging(forecourt, number: int, need_wh: int, leaves_min: float) -> None:
    """At 40 A for all, a car of the site's one driver that wants so much."""
    forecourt.starts(f"CP{number}", 0)
    with forecourt.transactions.begin() as store:
        need = ChargingNeed(forecourt.operator_id, forecourt.site_id, forecourt.card_driver, need_wh, at(leaves_min), at(0))
        store.drivers.put_need(need)


def ahead(forecourt, minute: float, what_if: WhatIf = WhatIf()):  # noqa: B008 - a frozen value
    with forecourt.transactions.begin() as store:
        return forecast_power(store, forecourt.site_id, at(minute), what_if)


def test_a_car_alone_is_ready_when_full_power_has_delivered_its_energy(forecourt) -> None:
    safe_fallback(forecourt)
    charging(forecourt, 1, 7360, 300)
    (car,) = ahead(forecourt, 0).cars
    assert (car.evse, car.missing_wh, car.gets_wh) == ("B1", 7360, pytest.approx(7360, abs=2))
    assert car.ready_at is not None
    assert abs(car.ready_at - at(60)) < timedelta(minutes=1)


def test_a_what_if_forecast_covers_half_the_limit_and_one_more_charger_without_changes(forecourt) -> None:
    safe_fallback(forecourt)
    charging(forecourt, 1, 20_000, 120)
    now, half = ahead(forecourt, 0), ahead(forecourt, 0, WhatIf(limit_percent=50))
    assert (round(now.gets_wh), round(half.gets_wh)) == (32 * 230 * 2, pytest.approx(20 * 230 * 2, rel=0.005))
    more = ahead(forecourt, 0, WhatIf(more=1))
    assert [car.evse for car in more.cars] == ["B1", "new 1"]
    assert max(step.total_w for step in more.steps) == pytest.approx(40 * 230, rel=0.005), "the new one is under the same limit"
    assert ahead(forecourt, 0).cars == now.cars, "nothing was changed"


def test_the_ready_time_range_runs_from_the_best_case_to_a_fully_occupied_site(forecourt) -> None:
    safe_fallback(forecourt)
    charging(forecourt, 1, 10_000, 600)
    with forecourt.transactions.begin() as store:
        session = store.sessions.open_at(forecourt.site_id)[0]
        first, last = ready_time_range(store, forecourt.site_id, session.id, at(0))
    assert first is not None
    assert last is not None
    assert at(80) < first <= last


def test_power_health_lists_sockets_that_exceed_limits_and_cars_without_power(forecourt) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        bad = Grant(forecourt.evse_id(3), forecourt.operator_id, forecourt.site_id, fallback_a=0)
        store.plans.put_grant(replace(bad, disobeyed=3))
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    with forecourt.transactions.begin() as store:
        health = power_health(store, forecourt.site_id, at(30))
    assert (health.plans, health.not_optimal, health.disobeying, health.starved, health.jain) == (1, 0, ("B3",), 1, None)
