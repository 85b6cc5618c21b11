"""Power is shared so that no order can overload the site, whichever part of it is carried out, and whenever."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.flows.charging import accept
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import Grant
from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId
from forecourt.stations import (
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    OrderResult,
    Outcome,
    Protocol,
    ReportMeter,
    SetFallback,
    SetLimit,
    TransactionUpdated,
)
from power_world import NOON, at, deliver, grant, limits, plan, safe_fallback, unheld
from stores import both_stores


def test_without_cars_the_plan_is_empty(forecourt) -> None:
    assert plan(forecourt, 0) == {}


@both_stores
def test_a_charger_without_an_accepted_fallback_counts_at_its_maximum(forecourt) -> None:
    unheld(forecourt, 1)
    forecourt.starts("CP1", 0, token=None)
    plan(forecourt, 1)
    assert grant(forecourt, 1).counted_a == 32


def test_a_plugged_in_car_without_a_fallback_limit_has_power_reserved_before_it_starts(forecourt) -> None:
    unheld(forecourt, 2)
    forecourt.starts("CP1", 0)
    alone = plan(forecourt, 1)["B1"]
    with forecourt.transactions.begin() as store:
        accept(store, [forecourt.message("CP2", ConnectorReported(at(2), 1, ConnectorState.OCCUPIED))])
    assert forecourt.apply(at(2)).replan
    assert (alone, plan(forecourt, 2)["B1"], plan(forecourt, 9)["B1"]) == (32, 8, 8)
    forecourt.says("CP2", ConnectorReported(at(10), 1, ConnectorState.AVAILABLE))
    assert plan(forecourt, 11)["B1"] == 32


def test_every_charging_car_gets_a_setpoint_within_the_site_limit(forecourt) -> None:
    safe_fallback(forecourt)
    for number in (1, 2, 3):
        forecourt.starts(f"CP{number}", number, token="04CARD")
    amps = plan(forecourt, 5)
    assert sorted(amps) == ["B1", "B2", "B3"]
    assert sum(amps.values()) <= 40
    assert all(a == 0 or a >= 6 for a in amps.values())


def test_a_limit_is_raised_only_once_meters_show_that_the_others_are_lower(forecourt) -> None:
    safe_fallback(forecourt)
    first = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    assert limits(deliver(forecourt, 1.1)) == {"CP1": 32}
    forecourt.meters("CP1", first.transaction, 3, 1100, amps=10)
    forecourt.starts("CP2", 4)
    amps = plan(forecourt, 5)
    assert amps["B1"] < 20 < amps["B2"], "the first car takes less than it is offered"
    assert limits(deliver(forecourt, 5.1)) == {"CP1": amps["B1"], "CP2": 8}, "the first car may still take 32 A"
    forecourt.meters("CP1", first.transaction, 6, 1200, amps=10)
    assert limits(deliver(forecourt, 6.1)) == {}, "it took no more before it was told: its charger may not have obeyed yet"
    forecourt.meters("CP1", first.transaction, 9, 1250, amps=10)
    assert amps["B1"] + limits(deliver(forecourt, 9.1))["CP2"] == 40, "as much of its raise as there is room for, without another plan"
    forecourt.meters("CP1", first.transaction, 10, 1270, amps=10)
    assert limits(deliver(forecourt, 10.1)) == {}, "told once"
    assert sum(grant(forecourt, number).counted_a for number in (1, 2)) <= 40


def test_an_accepted_limit_triggers_a_meter_reading_at_once(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    with forecourt.transactions.begin() as store:
        (item,) = (one for one in store.outbox.claim("charger", at(1.1), 100, 60) if isinstance(one.work.order, SetLimit))
        assert apply_order_result(store, item, item.work, OrderResult(Outcome.ACCEPTED), at(1.1), forecourt.ids) == ReportMeter(1)


def test_a_car_that_draws_less_triggers_a_new_plan_unless_its_order_is_recent(forecourt) -> None:
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)

    def replan(minute: int, amps: int) -> bool:
        reading = MeterSample(at(minute), 1100 + 10 * minute, power_w=230 * amps, current_ma=1000 * amps)
        with forecourt.transactions.begin() as store:
            accept(store, [forecourt.message("CP1", TransactionUpdated(at(minute), 1, car.transaction, samples=(reading,)))])
        return forecourt.apply(at(minute)).replan

    assert [replan(2, 32), replan(3, 31), replan(4, 24), replan(5, 24)] == [False, False, True, False]
    plan(forecourt, 5)
    deliver(forecourt, 5.5)
    assert grant(forecourt, 1).confirmed_a == 25, "an ampere is kept free for it"
    assert not replan(6, 23), "a little less, and too soon after the order"


def test_a_charger_that_draws_above_its_limit_counts_at_its_maximum(forecourt) -> None:
    safe_fallback(forecourt)
    begun = {number: forecourt.starts(f"CP{number}", 0) for number in (1, 2)}
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    told, number = min((grant(forecourt, number).confirmed_a, number) for number in begun)  # of two equal cars either may have less
    forecourt.meters(f"CP{number}", begun[number].transaction, 3, 1500, amps=told + 8)
    assert grant(forecourt, number).counted_a == 32
    assert grant(forecourt, number).disobeyed == 1


def test_a_charger_whose_limit_no_reading_confirms_within_a_step_counts_at_its_maximum(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    forecourt.starts("CP2", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    plan(forecourt, 8)
    assert grant(forecourt, 1).counted_a == 32


def test_an_unreachable_charger_counts_at_its_worst_case_and_is_sent_its_limit_again(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    amps = plan(forecourt, 1)["B1"]
    deliver(forecourt, 1.1, Outcome.UNREACHABLE)
    assert grant(forecourt, 1).counted_a == amps
    plan(forecourt, 2)
    assert limits(deliver(forecourt, 2.1)) == {"CP1": amps}


def test_a_charger_that_reboots_during_a_charge_counts_at_its_fallback_and_is_sent_its_limit_again(forecourt) -> None:
    """A reboot may or may not have lost the limit of the charge."""
    safe_fallback(forecourt)
    first = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", first.transaction, 3, 1100, amps=10)
    held = replace(grant(forecourt, 1), fallback_a=13, counted_a=6, target_a=6, sent_a=6, confirmed_a=6)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(held)
        accept(store, [forecourt.message("CP1", ChargerBooted(at(4), Protocol.OCPP16, "V", "M"))])
    assert forecourt.apply(at(4)).replan
    assert grant(forecourt, 1).counted_a == 13
    plan(forecourt, 4)
    assert "CP1" in limits(deliver(forecourt, 4.1))


def test_an_unchanged_limit_is_not_sent_again(forecourt) -> None:
    safe_fallback(forecourt)
    ack = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", ack.transaction, 3, 1500, amps=32)
    deliver(forecourt, 3.1)
    plan(forecourt, 4)
    assert limits(deliver(forecourt, 4.1)) == {}


def test_an_unanswered_limit_is_sent_again_after_one_planning_step_and_no_sooner(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    for minute in (1, 3, 7):
        plan(forecourt, minute)
    told = [order.plan for _, order in deliver(forecourt, 7.1) if isinstance(order, SetLimit)]
    assert told == [1, 2]


@pytest.mark.parametrize(("plans_since", "raised"), [(0, True), (1, False)])
def test_a_pending_raise_is_sent_only_if_it_belongs_to_the_latest_plan(forecourt, plans_since: int, raised: bool) -> None:
    safe_fallback(forecourt)
    first = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", first.transaction, 3, 1100, amps=10)
    forecourt.starts("CP2", 4)
    wanted = plan(forecourt, 5)["B2"]
    assert limits(deliver(forecourt, 5.1))["CP2"] < wanted
    with forecourt.transactions.begin() as store:
        waiting = store.plans.grant(forecourt.evse_id(2))
        store.plans.put_grant(replace(waiting, plan=waiting.plan - plans_since))
    told = {}
    for minute in (6, 9):
        forecourt.meters("CP1", first.transaction, minute, 1100 + 50 * minute, amps=10)
        told |= limits(deliver(forecourt, minute + 0.1))
    assert ("CP2" in told) == raised


def test_plans_are_numbered_without_gap(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    for minute in (1, 6, 11):
        plan(forecourt, minute)
    with forecourt.transactions.begin() as store:
        assert [paper.number for paper in store.plans.since(forecourt.site_id, NOON)] == [1, 2, 3]


@both_stores
def test_an_unchanged_plan_is_stored_once_a_step(forecourt) -> None:
    """Planned every five seconds for an hour; a car arrives after half an hour."""
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    for look in range(720):
        minute = 1 + look / 12
        if look == 360:
            forecourt.starts("CP2", 31)
        amps = plan(forecourt, minute)
        deliver(forecourt, minute + 0.02)
    with forecourt.transactions.begin() as store:
        papers = store.plans.since(forecourt.site_id, NOON)
        held = {store.plans.grant(forecourt.evse_id(number)).plan for number in (1, 2)}
    assert [paper.number for paper in papers] == list(range(1, len(papers) + 1)) and 12 <= len(papers) < 30
    assert held == {papers[-1].number} and len(amps) == 2


def test_a_car_at_an_offline_charger_counts_at_its_last_limit(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP1")), connected=False))
    forecourt.starts("CP2", 2)
    assert plan(forecourt, 2.5)["B2"] <= 40 - 32


def test_an_accepted_fallback_limit_is_stored_for_the_socket(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        enqueue_order(store, ChargerId("CP1"), SetFallback(6), NOON, forecourt.ids, "test/fallback")
    deliver(forecourt, 0)
    assert grant(forecourt, 1).fallback_a == 6


def test_a_socket_that_often_exceeded_its_limit_has_its_maximum_reserved_even_without_a_car(forecourt) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(3)), disobeyed=3))
    forecourt.starts("CP1", 0)
    assert plan(forecourt, 1) == {"B1": 8}


def test_the_fallback_of_a_socket_that_exceeded_its_limit_is_not_relied_on(forecourt) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(2)), disobeyed=1))
    forecourt.starts("CP2", 0)
    plan(forecourt, 1)
    assert grant(forecourt, 2).counted_a == 32


def test_a_charger_seen_to_follow_limits_promptly_has_new_limits_confirmed_sooner(forecourt) -> None:
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)

    def lowered(minute: float, amps: int, raised_over_a: int | None = None) -> None:
        with forecourt.transactions.begin() as store:
            before = store.plans.grant(forecourt.evse_id(1)) or Grant(forecourt.evse_id(1), forecourt.operator_id, forecourt.site_id)
            told = replace(before, sent_a=amps, confirmed_a=amps, confirmed_at=at(minute), counted_a=32, verified=False)
            store.plans.put_grant(replace(told, raised_over_a=raised_over_a))

    def counted(minute: float, amps: int) -> int:
        forecourt.meters("CP1", car.transaction, minute, round(1000 + 100 * minute), amps=amps)
        return grant(forecourt, 1).counted_a

    assert counted(1, 9) == 0
    lowered(1.5, 10)
    assert [counted(2, 9), counted(5, 9)] == [32, 10], "it was below: three minutes later it has had its time"
    counted(6, 32)
    lowered(6.5, 10)
    assert (counted(7, 10), grant(forecourt, 1).prompt) == (10, True), "it went down with the order"
    lowered(7.5, 12)
    assert counted(7.6, 9) == 12, "it charges steadily: so much it takes by itself"
    lowered(8.5, 14, raised_over_a=12)
    assert [counted(8.9, 9), counted(9, 9)] == [32, 14], "half a minute later a raise right before has had its time, too"


def test_a_reading_that_arrives_after_a_newer_one_does_not_confirm_a_limit(forecourt) -> None:
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)
    with forecourt.transactions.begin() as store:
        before = store.plans.grant(forecourt.evse_id(1)) or Grant(forecourt.evse_id(1), forecourt.operator_id, forecourt.site_id)
        store.plans.put_grant(replace(before, sent_a=0, confirmed_a=0, confirmed_at=at(1), counted_a=9))
    forecourt.meters("CP1", car.transaction, 4, 1100, amps=9)
    assert grant(forecourt, 1).counted_a == 32
    forecourt.meters("CP1", car.transaction, 1.2, 1050, amps=0)
    assert (grant(forecourt, 1).counted_a, grant(forecourt, 1).prompt) == (32, False)


def test_a_socket_counted_at_its_maximum_is_not_raised_to_it_while_others_may_still_draw(forecourt) -> None:
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", car.transaction, 3, 1500, amps=32)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(2)), disobeyed=1))
    forecourt.starts("CP2", 4)
    plan(forecourt, 4)
    assert grant(forecourt, 2).counted_a == 32
    assert limits(deliver(forecourt, 4.1))["CP2"] <= 8, "the first may still take 32 of the 40 A"


@pytest.mark.parametrize(
    ("known", "least"),
    [
        ({}, 0),
        ({"fallback_a": 8}, 8),
        ({"fallback_a": 8, "sent_a": 20}, 8),
        ({"confirmed_a": 16, "sent_a": 20}, 16),
        ({"confirmed_a": 16, "sent_a": 6}, 6),
        ({"confirmed_a": 16, "sent_a": None}, 16),
    ],
)
def test_the_lowest_limit_possibly_in_force_is_the_least_of_the_unconfirmed_orders(known: dict[str, int], least: int) -> None:
    assert Grant(EvseId(UUID(int=1)), OperatorId(UUID(int=2)), SiteId(UUID(int=3)), **known).applied_a == least


def test_an_unanswered_lower_limit_counts_as_both_applied_and_not_applied(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.starts("CP2", 2)
    amps = plan(forecourt, 5)
    deliver(forecourt, 5.1, Outcome.UNANSWERED)
    kept = grant(forecourt, 1)
    assert (kept.applied_a, kept.counted_a) == (amps["B1"], 32)
