"""The acceptance test of a socket, from the operator's request to its effect on the planner."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.flows.chargers import link_changed
from forecourt.flows.desk.audit import Staff
from forecourt.flows.power import advance_tests, begin_test, cancel_test
from forecourt.kernel import ChargerId, Conflict, NotFound, OperatorId
from forecourt.stations import Finding, Obedience, Order, OrderResult, Outcome, SetLimit
from power_world import at, deliver, grant, limits, plan, safe_fallback
from stores import both_stores


def staff(forecourt, minute: float) -> Staff:
    return Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids)


def begin(forecourt, minute: float) -> None:
    with forecourt.transactions.begin() as store:
        begin_test(store, staff(forecourt, minute), forecourt.evse_id(1))


def keep(forecourt, minute: float) -> int:
    with forecourt.transactions.begin() as store:
        return advance_tests(store, forecourt.site_id, at(minute), forecourt.ids)


def answer(forecourt, minute: float, outcome: Outcome) -> Order:
    """The oldest open limit of CP1, and that alone, is answered."""
    with forecourt.transactions.begin() as store:
        open_orders = [one for one in store.outbox.open_items("charger") if one.key == "CP1"]
        item = next(one for one in open_orders if isinstance(one.work.order, SetLimit))
        apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), forecourt.ids)
        store.outbox.done(item.id, at(minute), outcome)
        return item.work.order


def newest(forecourt):
    with forecourt.transactions.begin() as store:
        return store.plans.tests_of(forecourt.evse_id(1))[0]


@pytest.fixture
def charging(forecourt) -> Iterator[str]:
    """A car draws 16 A at B1, where a charger was put into quarantine."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), disobeyed=3, obeys=Obedience.UNTESTED))
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1)
    forecourt.meters("CP1", car.transaction, 1, 1100, amps=16)
    return car.transaction


def test_a_socket_that_passes_its_test_leaves_quarantine_and_shares_power_again(forecourt, charging: str) -> None:
    begin(forecourt, 2)
    told = []
    for minute, amps in ((3, 6), (4, 12), (5, 0)):
        told += list(limits(deliver(forecourt, minute - 0.9)).values())
        forecourt.meters("CP1", charging, minute, 1000 + 100 * minute, amps=amps)
    assert told == [6, 12, 0]
    assert (newest(forecourt).finding, newest(forecourt).by) == (Finding.LATE, "ops"), "this meter is read once a minute"
    assert (grant(forecourt, 1).obedience, grant(forecourt, 1).testing) == (Obedience.LATE, False)
    assert plan(forecourt, 6) == {"B1": 32}


def test_a_socket_that_fails_its_test_is_quarantined(forecourt, charging: str) -> None:
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), disobeyed=0, obeys=Obedience.OBEYS))
    begin(forecourt, 2)
    deliver(forecourt, 2.1)
    for minute in (3, 4, 6):
        forecourt.meters("CP1", charging, minute, 1000 + 100 * minute, amps=16)
    assert grant(forecourt, 1).obedience is Obedience.IGNORES
    assert plan(forecourt, 7) == {"B1": 32}, "all it can draw is kept free for it"


def test_during_a_socket_test_the_planner_reserves_its_maximum_and_sends_it_no_limit(forecourt, charging: str) -> None:
    begin(forecourt, 2)
    deliver(forecourt, 2.1)
    forecourt.starts("CP2", 3)
    assert plan(forecourt, 3) == {"B2": 8}


def test_a_socket_test_waits_for_free_power_before_its_higher_limit_and_then_gives_up(forecourt, charging: str) -> None:
    """A faulty socket draws 30 A of the site's 40 A: 12 A more would be too much, so the test gives up in the end."""
    begin(forecourt, 2)
    deliver(forecourt, 2.1)
    forecourt.starts("CP2", 3)
    with forecourt.transactions.begin() as store:
        other = store.plans.grant(forecourt.evse_id(2))
        store.plans.put_grant(replace(other, session_id=store.sessions.open_on(other.evse_id).id, counted_a=30))
    forecourt.meters("CP1", charging, 4, 1400, amps=6)
    assert limits(deliver(forecourt, 4.1)) == {}
    assert (keep(forecourt, 5), keep(forecourt, 14)) == (0, 1)
    assert "make room" in newest(forecourt).because


@both_stores
def test_a_socket_test_ends_when_charge_or_connection_ends_or_the_charger_refuses(forecourt, charging: str) -> None:
    begin(forecourt, 2)
    deliver(forecourt, 2.1, Outcome.REJECTED)
    assert "refused the limit of 6 A" in newest(forecourt).because
    begin(forecourt, 3)
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(4))
    assert keep(forecourt, 4) == 1
    assert "connection" in newest(forecourt).because
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), True, at(5))
    begin(forecourt, 6)
    forecourt.stops("CP1", charging, 7, 1600)
    assert keep(forecourt, 8) == 1
    assert "charge ended" in newest(forecourt).because
    assert (grant(forecourt, 1).testing, grant(forecourt, 1).disobeyed) == (False, 3), "nothing was shown"


@pytest.mark.parametrize("failure", [Outcome.REJECTED, Outcome.UNANSWERED])
def test_an_earlier_limit_that_fails_during_a_socket_test_does_not_stop_the_test(forecourt, failure: Outcome) -> None:
    car = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    forecourt.meters("CP1", car.transaction, 1, 1100, amps=16)
    begin(forecourt, 2)
    assert answer(forecourt, 2.1, failure).limit_a == 32
    assert grant(forecourt, 1).counted_a == 32
    assert answer(forecourt, 2.2, Outcome.ACCEPTED).limit_a == 6
    assert newest(forecourt).steps[-1].accepted_at == at(2.2)
    forecourt.meters("CP1", car.transaction, 3, 1300, amps=6)
    assert newest(forecourt).next_a is None and newest(forecourt).steps[-1].limit_a == 12, "the next step is told"


def test_a_socket_test_can_be_cancelled_and_repeated_but_not_run_twice_at_once(forecourt, charging: str) -> None:
    begin(forecourt, 2)
    with pytest.raises(Conflict):
        begin(forecourt, 2)
    with forecourt.transactions.begin() as store:
        cancel_test(store, staff(forecourt, 3), forecourt.evse_id(1))
    assert (newest(forecourt).finding, grant(forecourt, 1).testing) == (Finding.CANCELLED, False)
    begin(forecourt, 4)
    assert newest(forecourt).ended_at is None


def test_a_socket_test_needs_a_charging_car_at_a_charger_of_the_operator(forecourt) -> None:
    with pytest.raises(Conflict):
        begin(forecourt, 1)
    with forecourt.transactions.begin() as store, pytest.raises(NotFound):
        begin_test(store, replace(staff(forecourt, 1), operator_id=OperatorId(forecourt.app_driver)), forecourt.evse_id(1))
