"""Limits that expire by themselves: sent again while the charger is connected, and no longer counted once expired."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.chargers import ChargerDetails, add_charger, link_changed, list_unknown
from forecourt.flows.charging import end_stale
from forecourt.flows.desk import Staff
from forecourt.flows.power.fallbacks import fallback_of
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, MeterSample, Protocol, SetFallback, SetLimit, SocketDetails, TransactionUpdated
from power_world import at, deliver, grant, limited, limits, plan, safe_fallback


@pytest.fixture
def charging(forecourt) -> str:
    """A car charges at B1; the chargers' clocks are right."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in (1, 2):
            store.stations.put_charger(replace(store.stations.charger(ChargerId(f"CP{number}")), clock_right=True))
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    return car.transaction


def test_a_limit_is_resent_before_it_expires_within_the_hour_and_stays_confirmed(forecourt, charging: str) -> None:
    ((_, first),) = [one for one in deliver(forecourt, 1.1) if isinstance(one[1], SetLimit)]
    assert first.until == at(61)
    forecourt.meters("CP1", charging, 2, 1500, amps=32)
    told = []
    for minute in range(6, 66, 5):
        plan(forecourt, minute)
        told += [(minute, order.until) for _, order in deliver(forecourt, minute + 0.1) if isinstance(order, SetLimit)]
        assert grant(forecourt, 1).verified
    assert told == [(31, at(91)), (61, at(121))]


def test_an_offline_socket_counts_at_its_fallback_once_its_limit_has_expired(forecourt, charging: str) -> None:
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", charging, 2, 1500, amps=32)
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(3))
    forecourt.starts("CP2", 50)
    assert plan(forecourt, 65) == {"B2": 8}
    assert plan(forecourt, 67) == {"B2": 27}
    assert grant(forecourt, 1).counted_a == 13
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), True, at(70))
    plan(forecourt, 70)
    assert "CP1" in limits(deliver(forecourt, 70.1)), "it has to be told again"


def test_an_offline_socket_limited_below_its_fallback_counts_at_it_and_is_sent_its_limit_again(forecourt, charging: str) -> None:
    """Its limit may end by its own clock or with a restart, unseen while it is offline."""
    held = replace(grant(forecourt, 1), fallback_a=13, counted_a=0, target_a=0, sent_a=0, sent_at=at(1))
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(held, confirmed_a=0, confirmed_at=at(1), verified=True, ends_at=at(61)))
        link_changed(store, ChargerId("CP1"), False, at(3))
    forecourt.starts("CP2", 4)
    assert plan(forecourt, 5) == {"B2": 27}
    deliver(forecourt, 5.1)
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), True, at(70))
    forecourt.meters("CP1", charging, 70, 1500, amps=0)
    assert grant(forecourt, 1).counted_a == 13, "its car may have slept, and its limit has ended"
    plan(forecourt, 71)
    assert "CP1" in limits(deliver(forecourt, 71.1))


@pytest.mark.parametrize("lacking", ["clock", "fallback"])
def test_a_charger_with_a_wrong_clock_or_without_a_fallback_is_sent_limits_without_an_end(forecourt, lacking: str) -> None:
    safe_fallback(forecourt)
    limited(forecourt, 96)  # all may draw all they can
    with forecourt.transactions.begin() as store:
        if lacking == "fallback":
            store.stations.put_charger(replace(store.stations.charger(ChargerId("CP1")), clock_right=True))
            store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), fallback_a=None))
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    ((_, told),) = [one for one in deliver(forecourt, 1.1) if isinstance(one[1], SetLimit)]
    assert (told.until, grant(forecourt, 1).ends_at) == (None, None)


def test_an_older_limit_without_an_end_counts_until_the_one_with_an_end_is_accepted(forecourt, charging: str) -> None:
    deliver(forecourt, 1.1)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), ends_at=None))
    forecourt.meters("CP1", charging, 2, 1500, amps=32)
    plan(forecourt, 30)
    assert limits(deliver(forecourt, 30.1)) == {}
    plan(forecourt, 31)
    assert grant(forecourt, 1).ends_at is None
    deliver(forecourt, 31.1)
    assert grant(forecourt, 1).ends_at == at(31) + timedelta(hours=1)


def test_adding_a_charger_lowers_the_fallback_of_the_others(forecourt) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), fallback_a=32))
        list_unknown(store, ChargerId("CP9"), ChargerBooted(at(0), Protocol.OCPP16, "V", "M"), at(0))
        operator_id = store.stations.site(forecourt.site_id).operator_id
        asked = ChargerDetails(ChargerId("CP9"), forecourt.site_id, (SocketDetails("IEC_62196_T2", ("L1",), 230, 32),))
        add_charger(store, Staff(operator_id, "ops", at(1), forecourt.ids), asked)
    told = {charger: order.limit_a for charger, order in deliver(forecourt, 2) if isinstance(order, SetFallback)}
    assert told["CP1"] < 32


def told_ends(place, minute: float) -> list[object]:
    plan(place, minute)
    return [order.until for charger, order in deliver(place, minute) if charger == "CP1" and isinstance(order, SetLimit)]


@pytest.mark.parametrize(("delay_s", "back", "end"), [(2, 1, at(91)), (2, 40, None), (400, 1, None), (0, 1, None)])
def test_a_clock_is_recognised_as_right_by_meter_readings_that_arrive_in_time(forecourt, delay_s: int, back: int, end) -> None:
    """OCPP 1.6 states need no time. back: it reconnects 32 minutes before it; within an hour stored messages have arrived."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(-10))
        link_changed(store, ChargerId("CP1"), True, at(back - 32))
    car = forecourt.starts("CP1", 0)
    assert told_ends(forecourt, 1) == [None]
    measured = at(30) - timedelta(seconds=delay_s)
    sample = MeterSample(measured, 1500, current_ma=32_000)
    forecourt.hears("CP1", TransactionUpdated(measured, 1, car.transaction, samples=(sample,)), 30)
    assert told_ends(forecourt, 31) == ([end] if end else [])


def test_a_limit_without_an_end_counts_while_offline_until_its_charge_is_known_to_be_over(forecourt) -> None:
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1)
    forecourt.meters("CP1", car.transaction, 2, 1500, amps=32)
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(3))
    forecourt.starts("CP2", 4)
    for minute in (10, 66, 24 * 60, 10 * 24 * 60):
        with forecourt.transactions.begin() as store:
            assert end_stale(store, forecourt.site_id, at(minute), forecourt.ids, at(0)) == 0
        assert plan(forecourt, minute)["B2"] == 8
        deliver(forecourt, minute)


def test_fallbacks_beside_a_charger_with_a_wrong_clock_for_a_day_share_what_its_maximum_leaves(forecourt) -> None:
    limited(forecourt, 50)
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            one = store.stations.charger(ChargerId(f"CP{number}"))
            store.stations.put_charger(replace(one, booted_at=at(0), clock_right=number > 1))
    day = 24 * 60
    with forecourt.transactions.begin() as store:
        found = [fallback_of(store, forecourt.site_id, at(minute)).limit_a for minute in (day - 1, day)]
    assert found == [16, 9], "of 50 A 32 may be held for ever; 16 each were free before"
