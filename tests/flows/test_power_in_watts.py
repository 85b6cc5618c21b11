"""Limits in watts: sockets of direct current, and chargers that accept no other unit."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.flows.chargers.settings import settings_of
from forecourt.flows.ports import Grant
from forecourt.kernel import ChargerId
from forecourt.stations import (
    ChargerBooted,
    ChargerSettings,
    MeterSample,
    Obedience,
    OrderResult,
    Outcome,
    ReadSettings,
    SetFallback,
    SetLimit,
    TransactionUpdated,
)
from power_world import at, deliver, grant, plan, safe_fallback


def direct(forecourt, number: int = 1) -> None:
    """A DC socket: 32 A of three phases."""
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(forecourt.evse_id(number))
        store.stations.put_evse(replace(evse, standard="IEC_62196_T2_COMBO", phases=("L1", "L2", "L3")))


def charges(forecourt, transaction: str, minute: float, power_w: int, current_ma: int) -> None:
    sample = MeterSample(at(minute), int(1000 + minute), power_w=power_w, current_ma=current_ma)
    forecourt.says("CP1", TransactionUpdated(at(minute), 1, transaction, samples=(sample,)))


def test_the_limit_of_a_dc_socket_is_sent_in_watts(forecourt) -> None:
    direct(forecourt)
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    (limit,) = (order for _, order in deliver(forecourt, 1.1) if isinstance(order, SetLimit))
    assert (limit.limit_a, limit.limit_w) == (32, 20_313)


def test_the_site_load_of_a_dc_socket_is_computed_from_its_watts(forecourt) -> None:
    direct(forecourt)
    safe_fallback(forecourt)
    transaction = forecourt.starts("CP1", 0).transaction
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    charges(forecourt, transaction, 3, power_w=20_000, current_ma=50_000)
    assert grant(forecourt, 1).verified, "50 A at 400 V are 31.5 A of three phases of 230 V"


def test_a_dc_socket_above_its_limit_in_watts_is_detected_even_with_few_amps(forecourt) -> None:
    direct(forecourt)
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(forecourt.evse_id(1))
        store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, fallback_a=0, obeys=Obedience.OBEYS))
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=16.0),)))
    transaction = forecourt.starts("CP1", 0).transaction
    assert plan(forecourt, 1)["B1"] == 16
    deliver(forecourt, 1.1)
    charges(forecourt, transaction, 5, power_w=14_000, current_ma=15_200)
    assert grant(forecourt, 1).disobeyed == 1, "15.2 A at 920 V are 22 A of the site"


def test_a_charger_that_accepts_only_watts_gets_fallback_and_limits_in_watts(forecourt) -> None:
    forecourt.says("CP1", ChargerBooted(at(0), "ocpp1.6", "V", "M"))
    read = OrderResult(Outcome.ACCEPTED, values=(("ChargingScheduleAllowedChargingRateUnit", "Power"),))
    with forecourt.transactions.begin() as store:
        (item,) = store.outbox.claim("charger", at(0), 100, 60)
        assert isinstance(item.work.order, ReadSettings), "the first of its line"
        apply_order_result(store, item, item.work, read, at(0), forecourt.ids)
        store.outbox.done(item.id, at(0), "ACCEPTED")
    fallbacks = [order for _, order in deliver(forecourt, 2) if isinstance(order, SetFallback)]
    assert [one.limit_w for one in fallbacks] == [None, fallbacks[0].limit_a * 230], "told anew once its unit is known"
    forecourt.starts("CP1", 3)
    amps = plan(forecourt, 3)["B1"]
    (limit,) = (order for _, order in deliver(forecourt, 3.1) if isinstance(order, SetLimit))
    assert limit.limit_w == amps * 230 > 0


def test_a_dc_charger_that_accepts_only_amps_gets_a_limit_that_stays_within_its_watts(forecourt) -> None:
    direct(forecourt)
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP1"))
        store.stations.put_charger(replace(charger, settings=ChargerSettings(amps_alone=True)))
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=16.0),)))
    transaction = forecourt.starts("CP1", 0).transaction
    assert plan(forecourt, 1)["B1"] == 16
    (limit,) = (order for _, order in deliver(forecourt, 1.1) if isinstance(order, SetLimit))
    assert limit.as_sent == ("A", 10), "16 A of three phases are 11 kW; 92 % of that is 10 A at 1,000 V"
    charges(forecourt, transaction, 5, power_w=4_000, current_ma=10_000)
    assert (grant(forecourt, 1).counted_a, grant(forecourt, 1).disobeyed) == (16, 0), "10 A at 400 V"


@pytest.mark.parametrize(
    ("said", "unit", "alone"), [("Current", "A", True), ("A,W", "A", False), ("Power", "W", False), ("", "A", False), ("W", "W", False)]
)
def test_the_rate_unit_of_a_charger_stays_stored_when_a_later_answer_omits_it(forecourt, said: str, unit: str, alone: bool) -> None:
    with forecourt.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP1"))
        once = replace(charger, settings=settings_of(charger, {"SmartChargingCtrlr/RateUnit": said}))
        assert [(one.rate_unit, one.amps_alone) for one in (once.settings, settings_of(once, {}))] == [(unit, alone)] * 2
