"""An accepted fallback counts until new firmware, a rejection or a meter reading shows that it may be lost."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.flows.chargers import link_changed
from forecourt.flows.ports import ChargerOrder, OutboxItem
from forecourt.flows.power.charge_start import FALLBACK_DELAY
from forecourt.flows.power.site_power import load_site_state
from forecourt.kernel import ChargerId
from forecourt.stations import (
    ChargerBooted,
    ChargerJobKind,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    OrderResult,
    Outcome,
    OwnSchedule,
    Protocol,
    ReadSchedule,
    SetFallback,
    TransactionStarted,
    TransactionUpdated,
    WorkReported,
)
from power_world import at, deliver, grant, limits, plan, safe_fallback
from stores import both_stores

CP1, LATER_S = ChargerId("CP1"), round(FALLBACK_DELAY.total_seconds())


@pytest.fixture
def few(forecourt):
    """Three sockets that obey, behind a wire for 40 A: 13 A each, once a charge has waited. All came up at noon."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            kept = replace(store.plans.grant(forecourt.evse_id(number)), prompt=True, fallback_a=13, fallback_after_s=LATER_S)
            store.plans.put_grant(replace(kept, fallback_at=at(0)))
            charger = store.stations.charger(ChargerId(f"CP{number}"))
            store.stations.put_charger(replace(charger, vendor="V", model="M", firmware="1", booted_at=at(0)))
    return forecourt


def kept(place) -> tuple[int | None, int]:
    return grant(place, 1).fallback_a, grant(place, 1).fallback_after_s


def told(delivered: list[tuple[str, object]]) -> list[tuple[str, int]]:
    return [(charger, order.limit_a) for charger, order in delivered if isinstance(order, SetFallback)]


def contact(place, minute: float, connected: bool) -> None:
    with place.transactions.begin() as store:
        link_changed(store, CP1, connected, at(minute))


def late(place, minute: float, measured: float, amps: int) -> None:
    """A reading of charge 7 at CP1 that comes in at a minute, and was measured at another."""
    sample = MeterSample(at(measured), 1100, current_ma=1000 * amps)
    place.hears("CP1", TransactionUpdated(at(measured), 1, "7", samples=(sample,)), minute)


@pytest.mark.parametrize(("firmware", "held"), [("1", (13, LATER_S)), ("2", (None, 0))])
def test_after_new_firmware_the_fallback_counts_only_once_accepted_again(few, firmware: str, held) -> None:
    few.says("CP1", ChargerBooted(at(5), Protocol.OCPP16, "V", "M", firmware=firmware))
    assert kept(few) == held
    assert told(deliver(few, 5.1)) == [("CP1", 13)]
    assert kept(few) == (13, LATER_S)


def test_firmware_installed_without_a_boot_counts_as_new_firmware(few) -> None:
    few.says("CP1", WorkReported(at(5), ChargerJobKind.FIRMWARE, "Downloaded"))
    assert kept(few) == (13, LATER_S)
    few.says("CP1", WorkReported(at(6), ChargerJobKind.FIRMWARE, "Installed"))
    assert kept(few) == (None, 0)
    assert told(deliver(few, 6.1)) == [("CP1", 13)]


@both_stores
@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNSUPPORTED])
def test_a_charger_that_rejects_a_fallback_is_not_trusted_with_the_earlier_one(few, outcome: Outcome) -> None:
    few.says("CP1", ChargerBooted(at(5), Protocol.OCPP16, "V", "M", firmware="1"))
    deliver(few, 5.1, outcome)
    assert kept(few) == (None, 0)


@pytest.mark.parametrize(("attempts", "held"), [(3, 13), (10, None)])
def test_an_unanswered_fallback_is_not_trusted(few, attempts: int, held: int | None) -> None:
    work = ChargerOrder(CP1, SetFallback(13, after_s=LATER_S))
    item = OutboxItem(few.ids.new(at(5)), few.operator_id, few.site_id, "charger", CP1, work, at(5), "x", attempts)
    with few.transactions.begin() as store:
        apply_order_result(store, item, work, OrderResult(Outcome.UNANSWERED), at(6), few.ids)
    assert kept(few)[0] == held


def test_a_charge_without_a_limit_that_draws_more_than_the_fallback_shows_that_it_is_lost(few) -> None:
    first = few.starts("CP1", 1)
    few.meters("CP1", first.transaction, 2, 1100, amps=16)
    assert (kept(few), grant(few, 1).disobeyed) == ((None, 0), 1)
    with few.transactions.begin() as store:
        view = load_site_state(store, few.site_id, at(2))
        assert view.counted[few.evse_id(1)] == 32
        assert [one.code for one in store.inbox.quarantined()] == ["lost_fallback"]
    plan(few, 61)
    assert told(deliver(few, 61)) == [("CP1", 13)]


def test_a_fallback_at_the_maximum_is_not_called_lost_by_a_reading_slightly_above_it(few) -> None:
    with few.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(few.evse_id(1)), fallback_a=32, fallback_after_s=0))
    first = few.starts("CP1", 1)
    few.meters("CP1", first.transaction, 2, 1100, amps=33)
    assert (kept(few), grant(few, 1).disobeyed) == ((32, 0), 0)


@pytest.mark.parametrize(("measured", "amps", "held"), [(60, 16, None), (60, 4, 13), (160, 13, 13), (160, 16, None), (171, 32, 13)])
def test_meter_readings_reported_after_an_outage_reveal_a_lost_fallback_too(few, measured: int, amps: int, held: int | None) -> None:
    """The charge began at 40 and may draw 13 A from 155 on; at 170 it is online again and is sent its limit."""
    contact(few, 0, connected=True)
    contact(few, 30, connected=False)
    contact(few, 170, connected=True)
    few.hears("CP1", TransactionStarted(at(40), 1, "7", "04CARD", samples=(MeterSample(at(40), 1000),)), 170)
    plan(few, 170)
    assert "CP1" in limits(deliver(few, 170))
    late(few, 172, measured, amps)
    assert kept(few)[0] == held


def test_a_current_allowed_by_a_limit_sent_before_the_outage_shows_no_lost_fallback(few) -> None:
    first = few.starts("CP1", 1)
    plan(few, 1)
    deliver(few, 1)
    contact(few, 5, connected=False)
    sample = MeterSample(at(8), 1500, current_ma=32_000)
    few.hears("CP1", TransactionUpdated(at(8), 1, first.transaction, samples=(sample,)), 20)
    assert kept(few)[0] == 13


def test_a_current_above_the_fallback_after_the_limit_has_expired_shows_that_it_is_lost(few) -> None:
    with few.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), clock_right=True))
    first = few.starts("CP1", 1)
    plan(few, 1)
    deliver(few, 1)
    contact(few, 5, connected=False)
    for minute, held in ((60, 13), (67, None)):
        sample = MeterSample(at(minute), 1500 + minute, current_ma=32_000)
        few.hears("CP1", TransactionUpdated(at(minute), 1, first.transaction, samples=(sample,)), minute)
        assert kept(few)[0] == held, f"its limit has ended at 61, by a clock that may be five minutes wrong: {minute}"


def test_the_fallback_is_sent_daily_and_read_back_first_where_possible(few) -> None:
    with few.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), protocol=Protocol.OCPP201))
    plan(few, 24 * 60 - 1)
    assert deliver(few, 24 * 60 - 1) == []
    plan(few, 24 * 60)
    orders = [(charger, type(order)) for charger, order in deliver(few, 24 * 60)]
    assert [what for charger, what in orders if charger == "CP1"] == [ReadSchedule, SetFallback]
    assert [what for charger, what in orders if charger == "CP2"] == [SetFallback]
    plan(few, 24 * 60 + 61)
    assert deliver(few, 24 * 60 + 61) == []


def test_a_charger_that_was_offline_is_sent_its_fallback_again_hours_after_accepting_it(few) -> None:
    """Some chargers restart without sending a boot notification."""
    contact(few, 0, connected=True)
    contact(few, 100, connected=False)
    contact(few, 110, connected=True)
    for minute in (112, 239):
        plan(few, minute)
        assert deliver(few, minute) == []
    plan(few, 240)
    assert told(deliver(few, 240)) == [("CP1", 13)]
    plan(few, 301)
    assert deliver(few, 301) == []


def test_a_charger_that_boots_as_it_reconnects_is_sent_its_fallback_once(few) -> None:
    contact(few, 0, connected=True)
    contact(few, 300, connected=False)
    contact(few, 310, connected=True)
    plan(few, 311)
    assert deliver(few, 311) == []
    few.says("CP1", ChargerBooted(at(311.5), Protocol.OCPP16, "V", "M", firmware="1"))
    assert told(deliver(few, 311.6)) == [("CP1", 13)]
    plan(few, 313)
    assert deliver(few, 313) == []


def plugged(place, minute: float) -> list[type]:
    """The orders sent to CP1 when a car is plugged in; it is unplugged afterwards."""
    place.says("CP1", ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED))
    orders = [type(order) for charger, order in deliver(place, minute) if charger == "CP1"]
    place.says("CP1", ConnectorReported(at(minute + 1), 1, ConnectorState.AVAILABLE))
    return orders


def says_it_gives(place, minute: float, amps: int) -> None:
    """A car is plugged in at CP1, whose schedule is read back."""
    place.says("CP1", ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED))
    with place.transactions.begin() as store:
        (item,) = store.outbox.claim("charger", at(minute), 100, 60)
        answer = OrderResult(Outcome.ACCEPTED, "A", (("0", str(amps)),))
        apply_order_result(store, item, item.work, answer, at(minute), place.ids)
        store.outbox.done(item.id, at(minute), "Accepted")
    place.says("CP1", ConnectorReported(at(minute + 1), 1, ConnectorState.AVAILABLE))


def test_the_first_car_plugged_in_after_hours_causes_the_fallback_to_be_sent_again(few) -> None:
    assert [plugged(few, minute) for minute in (10, 239, 240, 302)] == [[], [], [SetFallback], []]


def test_the_first_car_after_hours_causes_the_fallback_to_be_read_back_and_resent_if_lost(few) -> None:
    with few.transactions.begin() as store:
        heard = OwnSchedule(1, at(1), "A", ((0, 13.0),), 13)
        store.stations.put_charger(replace(store.stations.charger(CP1), protocol=Protocol.OCPP201, schedules=(heard,)))
    assert [plugged(few, minute) for minute in (239, 240, 245)] == [[], [ReadSchedule], []]
    says_it_gives(few, 305, 13)
    assert kept(few) == (13, LATER_S)
    says_it_gives(few, 370, 32)
    assert kept(few) == (None, 0)
    plan(few, 371)
    assert told(deliver(few, 371)) == [("CP1", 13)]


def test_a_charger_whose_fallback_was_never_read_back_is_sent_it_again(few) -> None:
    with few.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), protocol=Protocol.OCPP201))
    assert plugged(few, 240) == [SetFallback]


@pytest.mark.parametrize(("disobeyed", "room"), [(0, 13), (1, 32)])
def test_the_fallback_of_an_offline_charger_that_ignored_limits_is_not_trusted(few, disobeyed: int, room: int) -> None:
    with few.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(few.evse_id(1)), disobeyed=disobeyed))
    few.free()
    contact(few, 1, connected=False)
    with few.transactions.begin() as store:
        assert [load_site_state(store, few.site_id, at(minute)).counted.get(few.evse_id(1), 0) for minute in (2, 40)] == [0, room]
