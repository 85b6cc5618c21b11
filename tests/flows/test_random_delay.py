"""Raises with a random delay: evenly spread, repeatable for one occasion, and never applied to a lower limit."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.drivers import ChargingNeed
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Grant
from forecourt.flows.power import set_sharing, skip_random_delay
from forecourt.flows.power.random_delay import draw_delay, raise_due_at
from forecourt.kernel import EvseId, NotFound, OperatorId, SessionId, SiteId
from forecourt.stations import Sharing
from forecourt.store.memory import MemoryTransactions
from power_world import limited

from .conftest import Forecourt
from .test_power import at, deliver, grant, limits, plan, safe_fallback

MAX_S = 600


def socket(number: int, **known: object) -> Grant:
    return Grant(EvseId(UUID(int=number)), OperatorId(UUID(int=0)), SiteId(UUID(int=0)), session_id=SessionId(UUID(int=9)), **known)


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(1, 1800))
def test_a_random_delay_is_whole_seconds_within_the_maximum_and_repeatable_for_one_occasion(
    number: int, occasion: int, most_s: int
) -> None:
    wait = draw_delay(socket(number), occasion, most_s)
    assert timedelta() <= wait <= timedelta(seconds=most_s) and wait.microseconds == 0
    assert draw_delay(socket(number), occasion, most_s) == wait


def test_random_delays_are_spread_evenly_over_sockets_and_occasions() -> None:
    over_sockets = [draw_delay(socket(number), 1, MAX_S).seconds for number in range(1, 1201)]
    over_occasions = [draw_delay(socket(1), occasion, MAX_S).seconds for occasion in range(1, 1201)]
    for waits in (over_sockets, over_occasions):
        minutes = Counter(min(wait // 60, 9) for wait in waits)
        assert len(minutes) == 10 and all(80 <= count <= 160 for count in minutes.values()), "120 a minute, give or take four sigma"


@given(st.integers(0, 32), st.integers(0, 32), st.none() | st.integers(0, 32), st.integers(0, 1800), st.booleans())
def test_only_a_raise_is_delayed_and_only_where_a_random_delay_is_set(told, wanted, sent, most_s, at_once) -> None:
    one = socket(1, confirmed_a=told, sent_a=sent, at_once=at_once)
    until = raise_due_at(one, wanted, most_s, 7, at(0))
    last = told if sent is None else sent
    assert (until is None) == (wanted <= last or not most_s or at_once)
    if until is not None:
        assert at(0) <= until <= at(0) + timedelta(seconds=most_s)
        assert raise_due_at(replace(one, raise_from=until), min(32, wanted + 1), most_s, 8, at(3)) == until, (
            "one occasion is drawn for once"
        )


def staff(forecourt) -> Staff:
    return Staff(forecourt.operator_id, "ops", at(0), forecourt.ids)


def delayed(forecourt, most_s: int = MAX_S) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        set_sharing(store, staff(forecourt), forecourt.site_id, Sharing(random_delay_s=most_s))


def test_a_charge_begins_after_its_random_delay_and_the_plan_names_the_time(forecourt) -> None:
    delayed(forecourt)
    forecourt.starts_as("first", "CP1", 0)
    assert plan(forecourt, 1) == {"B1": 32}, "the plan means to"
    assert limits(deliver(forecourt, 1)) == {"CP1": 0}
    until = grant(forecourt, 1).raise_from
    with forecourt.transactions.begin() as store:
        (setpoint,) = store.plans.latest(forecourt.site_id).setpoints
    assert setpoint.because.endswith(f" From {until + timedelta(hours=2):%H:%M:%S}: increases are randomly delayed here.")
    minute = (until - at(0)) / timedelta(minutes=1)
    plan(forecourt, minute - 0.01)
    assert limits(deliver(forecourt, minute - 0.01)) == {}
    plan(forecourt, minute)
    assert limits(deliver(forecourt, minute)) == {"CP1": 32}
    assert grant(forecourt, 1).raise_from is None


def test_a_driver_may_skip_the_random_delay_of_their_own_charge_only(forecourt) -> None:
    delayed(forecourt)
    forecourt.starts_as("first", "CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1)
    with forecourt.transactions.begin() as store:
        (session,) = store.sessions.open_at(forecourt.site_id)
        with pytest.raises(NotFound):
            skip_random_delay(store, forecourt.app_driver, session.id, at(1.1))
        skip_random_delay(store, forecourt.card_driver, session.id, at(1.1))
    plan(forecourt, 1.2)
    assert limits(deliver(forecourt, 1.2)) == {"CP1": 32}


def test_a_lower_limit_is_sent_at_once_despite_a_random_delay(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1)
    with forecourt.transactions.begin() as store:
        set_sharing(store, staff(forecourt), forecourt.site_id, Sharing(random_delay_s=1800))
    limited(forecourt, 10)
    plan(forecourt, 2)
    assert limits(deliver(forecourt, 2)) == {"CP1": 10}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.1, 9)), min_size=1, max_size=6))
def test_no_raise_is_sent_before_its_random_delay_and_no_lower_limit_is_delayed(steps: list[tuple[int, float]]) -> None:
    forecourt = _fresh()
    delayed(forecourt)
    forecourt.starts("CP1", 0)
    minute = 1.0
    for limit_a, later in steps:
        with forecourt.transactions.begin() as store:
            need = ChargingNeed(forecourt.operator_id, forecourt.site_id, forecourt.card_driver, 60_000, at(1000), at(0))
            store.drivers.put_need(need)
        limited(forecourt, limit_a)
        before = grant(forecourt, 1)
        target = plan(forecourt, minute)["B1"]
        told = limits(deliver(forecourt, minute)).get("CP1")
        had = before.sent_a if before.sent_a is not None else 0
        if target < had:
            assert told == target, "at once"
        elif told is not None and told > had:
            first = not before.raise_from and draw_delay(grant(forecourt, 1), grant(forecourt, 1).plan, MAX_S) == timedelta()
            assert first or before.raise_from <= at(minute)
        minute += later


def _fresh() -> Forecourt:
    forecourt = Forecourt(MemoryTransactions())
    with forecourt.transactions.begin() as store:
        forecourt.build(store)
    return forecourt
