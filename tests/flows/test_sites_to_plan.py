"""Sites with a reason for a new plan are always planned; skipping the others would change nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.flows.chargers import apply_allowance, lift_allowance, link_changed
from forecourt.flows.desk import Staff
from forecourt.flows.power import plan_power
from forecourt.kernel import ChargerId
from forecourt.stations import Allowance, AllowanceStep, ConnectorReported, ConnectorState, ReadSchedule, SetFallback
from forecourt.store import MemoryTransactions
from power_world import Planner, at, deliver, limited, safe_fallback

from .conftest import Forecourt


def told(place: Forecourt, minute: int) -> None:
    with place.transactions.begin() as store:
        by = Staff(place.operator_id, "x", at(minute), place.ids)
        steps = (AllowanceStep(at(minute + 3), 3000), AllowanceStep(at(minute + 9), None))
        apply_allowance(store, by, place.site_id, Allowance("grid", by.at, steps, at(minute + 12)))


def lifted(place: Forecourt, minute: int) -> None:
    with place.transactions.begin() as store:
        if (kept := store.plans.allowances(place.site_id)) is not None and kept.allowances:
            lift_allowance(store, Staff(place.operator_id, "x", at(minute), place.ids), place.site_id, "grid")


def reports(state: ConnectorState) -> Callable[[Forecourt, int], object]:
    return lambda place, minute: place.says("CP1", ConnectorReported(at(minute), 1, state))


def linked(is_up: bool) -> Callable[[Forecourt, int], None]:
    def change(place: Forecourt, minute: int) -> None:
        with place.transactions.begin() as store:
            link_changed(store, ChargerId("CP2"), is_up, at(minute))

    return change


def forgets(place: Forecourt, minute: int) -> None:
    with place.transactions.begin() as store:
        store.plans.put_grant(store.plans.grant(place.evse_id(2)).without_fallback())


def stops(place: Forecourt, minute: int) -> None:
    with place.transactions.begin() as store:
        session = store.sessions.open_on(place.evse_id(1))
    if session is not None:
        place.stops("CP1", session.transaction, minute, 3000)


HAPPENS: dict[str, Callable[[Forecourt, int], object]] = {
    "a charge begins": lambda place, minute: place.starts("CP1", minute),
    "it ends": stops,
    "a car is plugged in": reports(ConnectorState.OCCUPIED),
    "it leaves": reports(ConnectorState.AVAILABLE),
    "a charger is lost": linked(False),
    "it is back": linked(True),
    "its fallback is lost": forgets,
    "the grid says less": told,
    "it says nothing more": lifted,
    "the wire carries less": lambda place, minute: limited(place, 20 + minute % 7),
    "orders are answered": deliver,
}


def looks_at(place: Forecourt, minute: float) -> bool:
    """Whether the site has to be looked at; where not, what a look would do: nothing, but for the mending of fallbacks."""
    with place.transactions.begin() as store:
        if place.site_id in store.plans.sites_to_plan():
            return True
        assert not store.sessions.open_at(place.site_id)
        before = (store.plans.grants(place.site_id), store.plans.latest(place.site_id), store.plans.allowances(place.site_id))
        known = {item.id for item in store.outbox.open_items("charger", limit=1000)}
        assert plan_power(store, place.site_id, at(minute), place.ids, Planner()) is None
        new = [item.work.order for item in store.outbox.open_items("charger", limit=1000) if item.id not in known]
        assert before == (store.plans.grants(place.site_id), store.plans.latest(place.site_id), store.plans.allowances(place.site_id))
        assert all(isinstance(one, SetFallback | ReadSchedule) for one in new)
    return False


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(HAPPENS)), min_size=1, max_size=8))
def test_a_site_skipped_by_the_planner_would_have_had_no_change(happened: list[str]) -> None:
    place = Forecourt(MemoryTransactions())
    with place.transactions.begin() as store:
        place.build(store)
    safe_fallback(place)
    place.free()
    for number, what in enumerate(happened):
        HAPPENS[what](place, 2 * number)
        for later in (0.1, 1.9):
            looks_at(place, 2 * number + later)


ALWAYS = ("a charge begins", "a car is plugged in", "the grid says less", "its fallback is lost")


@pytest.mark.parametrize("what", ["nothing", *ALWAYS])
def test_each_event_that_needs_a_new_plan_marks_the_site_for_planning(forecourt: Forecourt, what: str) -> None:
    safe_fallback(forecourt)
    forecourt.free()
    if what != "nothing":
        HAPPENS[what](forecourt, 1)
    assert looks_at(forecourt, 1.5) is (what != "nothing")


def test_a_lost_fallback_needs_a_new_plan_only_while_the_charger_is_online_and_not_retired(forecourt: Forecourt) -> None:
    safe_fallback(forecourt)
    forgets(forecourt, 1)
    linked(False)(forecourt, 1)
    assert not looks_at(forecourt, 2)
    linked(True)(forecourt, 3)
    assert looks_at(forecourt, 4)
    with forecourt.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(2)), retired_at=at(4) - timedelta(days=1)))
    assert not looks_at(forecourt, 5)
