"""Allowances set from outside for a whole site's power: plans keep to them from their beginning to their end.

Three sockets of 230 V on one line of 96 A, so 22.08 kW at the most.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.flows.chargers import AllowanceEffect, apply_allowance, lift_allowance, link_changed
from forecourt.flows.desk import Staff
from forecourt.flows.power import UnmetLimits, allowed_at, find_unmet_limits
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import Allowance, AllowanceStep, Outcome, SetFallback, SetLimit, SiteAllowances
from forecourt.store import MemoryTransactions
from power_world import at, deliver, grant, limited, limits, plan, safe_fallback

from .conftest import Forecourt

W_OF_A = 230


@pytest.fixture
def any_transactions() -> MemoryTransactions:
    return MemoryTransactions()


@pytest.fixture
def place(forecourt: Forecourt) -> Forecourt:
    return with_cars(forecourt)


def built() -> Forecourt:
    """One of its own for each example."""
    made = Forecourt(MemoryTransactions())
    with made.transactions.begin() as store:
        made.build(store)
    return with_cars(made)


def with_cars(forecourt: Forecourt) -> Forecourt:
    """Cars at B1 and B2, room for all, and clocks that are right."""
    safe_fallback(forecourt)
    limited(forecourt, 96)
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            store.stations.put_charger(replace(store.stations.charger(ChargerId(f"CP{number}")), clock_right=True))
    forecourt.starts("CP1", 0)
    forecourt.starts("CP2", 0)
    return forecourt


def staff(place: Forecourt, minute: float) -> Staff:
    return Staff(place.operator_id, "ops", at(minute), place.ids)


def tell(
    place: Forecourt,
    minute: float,
    *steps: tuple[float, int | None],
    until: float | None = None,
    source: str = "grid",
    safe_w: int | None = None,
    as_before: bool = False,
) -> AllowanceEffect:
    """Minutes and watts."""
    told = tuple(AllowanceStep(at(start), watts) for start, watts in steps)
    word = Allowance(source, at(minute), told, None if until is None else at(until), unless_renewed_w=safe_w)
    with place.transactions.begin() as store:
        return apply_allowance(store, staff(place, minute), place.site_id, word, as_before)


def lift(place: Forecourt, minute: float, source: str = "grid") -> None:
    with place.transactions.begin() as store:
        lift_allowance(store, staff(place, minute), place.site_id, source)


def given_w(place: Forecourt, minute: float) -> int:
    return sum(plan(place, minute).values()) * W_OF_A


def log(place: Forecourt) -> list[str]:
    with place.transactions.begin() as store:
        return [one.detail for one in store.audit.recent() if one.action.startswith("site.allowance")][::-1]


def test_an_allowance_limits_the_plan_at_once_is_named_as_its_reason_and_can_be_lifted(place: Forecourt) -> None:
    assert given_w(place, 1) == 64 * W_OF_A
    tell(place, 2, (2, 4200))
    assert given_w(place, 2) == 18 * W_OF_A
    with place.transactions.begin() as store:
        paper = store.plans.latest(place.site_id)
        assert (
            paper.allowed_w == 4200
            and paper.binding == ("the site's allowance (grid)",)
            and "the site's allowance (grid)" in paper.setpoints[0].because
        )
    lift(place, 3)
    lift(place, 3)
    assert given_w(place, 3) == 64 * W_OF_A
    assert log(place) == ["grid: 2026-06-01 12:02 4200 W until lifted", "grid"]


def test_plans_keep_to_an_allowance_window_from_six_minutes_before_it_to_its_end(place: Forecourt) -> None:
    tell(place, 2, (30, 4600), until=60)
    told = [(minute, given_w(place, minute)) for minute in (2, 23.9, 24.1, 30, 59.9, 60)]
    assert told == [(2, 64 * 230), (23.9, 64 * 230), (24.1, 4600), (30, 4600), (59.9, 4600), (60, 64 * 230)]


def test_the_lowest_of_the_latest_allowances_of_all_sources_applies(place: Forecourt) -> None:
    tell(place, 1, (1, 9200), source="building")
    tell(place, 1, (1, 4600))
    assert given_w(place, 1) == 4600
    tell(place, 2, (2, None))
    assert given_w(place, 2) == 9200
    tell(place, 3, (3, 6900), source="building")
    assert given_w(place, 3) == 6900


def test_when_a_source_stops_renewing_its_allowance_the_safe_power_applies_until_renewed(place: Forecourt) -> None:
    tell(place, 1, (1, 11_500), until=3, source="building", safe_w=2300)
    assert given_w(place, 2.9) == 11_500, "its silence is not expected"
    assert given_w(place, 3) == 2300
    tell(place, 4, (4, 9200), until=6, source="building", as_before=True)
    assert [given_w(place, minute) for minute in (4, 6)] == [9200, 2300]
    lift(place, 7, "building")
    assert given_w(place, 7) == 64 * W_OF_A
    with pytest.raises(BadInput) as refused:
        tell(place, 8, (8, 9200), source="building", safe_w=2300)
    assert refused.value.code == "until"


def test_allowances_renewed_every_few_seconds_do_not_fill_the_audit_log(place: Forecourt) -> None:
    for n in range(12):
        tell(place, 1 + n / 6, (1 + n / 6, 9000 + n), until=3 + n / 6, source="building", safe_w=2300)
    assert len(log(place)) == 1
    tell(place, 4, (4, 9000), until=12, source="building", safe_w=4600)
    tell(place, 80, (80, 9000), until=82, source="building", safe_w=4600)
    assert len(log(place)) == 3, "another safe power; and back after a silence"


def test_a_socket_that_ignores_limits_counts_against_the_allowance_and_leaves_the_others_nothing(place: Forecourt) -> None:
    with place.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(place.evse_id(1)), disobeyed=3, counted_a=32))
    tell(place, 2, (2, 4200))
    assert plan(place, 2) == {"B1": 0, "B2": 0}, "it may obey late"
    tell(place, 3, (3, 40 * 230))
    assert plan(place, 3) == {"B1": 32, "B2": 8}


def test_a_limit_already_sent_is_ended_five_minutes_before_an_allowance_window(place: Forecourt) -> None:
    plan(place, 1)
    assert {one.until for _, one in deliver(place, 1.1) if isinstance(one, SetLimit)} == {at(61)}
    tell(place, 10, (40, 2300), until=90)
    plan(place, 10)
    assert {one.until for _, one in deliver(place, 10.1) if isinstance(one, SetLimit)} == {at(35)}, "five minutes before it"
    for minute in (11, 15, 20, 30):
        plan(place, minute)
        assert not limits(deliver(place, minute + 0.1)), "told once"
    with place.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(31))
    plan(place, 40)
    assert grant(place, 1).counted_a == 0, "it has ended"
    assert plan(place, 41) == {"B2": 10}


def test_a_limit_that_is_no_higher_than_the_fallback_does_not_end_before_a_window(place: Forecourt) -> None:
    """Its end would let the socket draw more, minutes before the next order can take effect."""
    with place.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(place.evse_id(2)), fallback_a=8, fallback_at=at(1)))
    limited(place, 38)
    tell(place, 1, (40, 9 * 230), until=90)
    assert plan(place, 1) == {"B1": 32, "B2": 6}
    assert {charger: one.until for charger, one in deliver(place, 1.1) if isinstance(one, SetLimit)} == {"CP1": at(35), "CP2": at(61)}


def test_a_limit_counts_until_its_old_end_unless_the_charger_has_accepted_an_earlier_one(place: Forecourt) -> None:
    plan(place, 1)
    deliver(place, 1.1)
    tell(place, 10, (40, 2300), until=90)
    plan(place, 10)
    deliver(place, 10.1, Outcome.UNREACHABLE)
    with place.transactions.begin() as store:
        for number in (1, 2):
            link_changed(store, ChargerId(f"CP{number}"), False, at(11))
    plan(place, 41)
    assert [grant(place, number).counted_a for number in (1, 2)] == [32, 32], "they may draw it until minute 61"
    plan(place, 67)
    assert [grant(place, number).counted_a for number in (1, 2)] == [0, 0]


@settings(max_examples=15, deadline=None)
@given(allowed_w=st.integers(0, 23_000), lost=st.sets(st.sampled_from((1, 2))), minute=st.integers(5, 80))
def test_online_chargers_reduce_at_once_to_keep_an_allowance_while_others_are_offline(allowed_w: int, lost: set[int], minute: int) -> None:
    """Limits of offline chargers count until they expire; so a sudden allowance is kept wherever enough others can reduce."""
    place = built()
    plan(place, 1)
    deliver(place, 1.1)
    with place.transactions.begin() as store:
        for number in lost:
            link_changed(store, ChargerId(f"CP{number}"), False, at(2))
    tell(place, minute, (minute, allowed_w))
    told = plan(place, minute)
    kept_w = sum(grant(place, number).counted_a for number in lost) * W_OF_A
    assert kept_w == (32 * W_OF_A * len(lost) if minute < 66 else 0), "limits of minute 1 end at 61, by clocks that may be 5 minutes wrong"
    others_w = sum(told.get(f"B{number}", 0) for number in {1, 2} - lost) * W_OF_A
    assert kept_w + others_w <= allowed_w or others_w == 0


def test_an_allowance_that_cannot_be_met_is_shown_and_logged_until_it_is_met_again(place: Forecourt) -> None:
    plan(place, 1)
    deliver(place, 1.1)
    with place.transactions.begin() as store:
        link_changed(store, ChargerId("CP1"), False, at(2))
    tell(place, 10, (10, 4200))
    assert [plan(place, minute) for minute in (10, 11)] == [{"B2": 0}, {"B2": 0}]
    with place.transactions.begin() as store:
        found = find_unmet_limits(store, place.site_id, at(11))
    assert found == UnmetLimits(("the site's allowance (grid)",), ("B1",), (), 32 * W_OF_A, at(66))
    assert plan(place, 66) == {"B2": 18}, "what it was told has ended"
    with place.transactions.begin() as store:
        assert find_unmet_limits(store, place.site_id, at(66)) is None
        noted = [(one.action, one.detail) for one in store.audit.recent() if one.action.startswith("site.limit_")][::-1]
    words = "the site's allowance (grid): up to 7360 W may be drawn (offline: B1; the last limits sent to them expire by 2026-06-01 15:06)"
    assert noted == [("site.limit_not_kept", words), ("site.limit_kept_again", "")]


def test_fallbacks_fit_the_lowest_allowance_of_the_next_24_hours_and_rise_again_after_it(place: Forecourt) -> None:
    tell(place, 1, (26 * 60, 3 * 8 * 230), until=27 * 60)
    assert not fallbacks(place, 1), "tomorrow"
    seen = {minute: fallbacks(place, minute) for minute in (3 * 60, 3 * 60 + 5, 27 * 60, 27 * 60 + 5)}
    assert seen == {180: {8}, 185: set(), 1620: {32}, 1625: set()}


def fallbacks(place: Forecourt, minute: float) -> set[int]:
    plan(place, minute)
    return {one.limit_a for _, one in deliver(place, minute + 0.1) if isinstance(one, SetFallback)}


TEXT_RETENTION_RULES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(st.tuples(st.integers(0, 90), st.none() | st.integers(0, 20_000)), min_size=1, max_size=4, unique_by=lambda one: one[0]),
        st.none() | st.integers(91, 120),
        st.none() | st.integers(0, 5000),
    ),
    max_size=6,
)


def said_w(words: dict[str, tuple[list[tuple[int, int | None]], int | None, int | None]], minute: float) -> float:
    """The referee: the latest allowance of each source, looked up by hand."""
    found = [1e9]
    for steps, until, safe_w in words.values():
        begun = [watts for start, watts in sorted(steps) if start <= minute]
        if until is not None and minute >= until:
            begun = [safe_w]
        found += [float(begun[-1])] if begun and begun[-1] is not None else []
    return min(found)


@given(words=TEXT_RETENTION_RULES, minute=st.integers(0, 130))
def test_the_allowance_in_force_is_the_lowest_of_each_sources_latest(words, minute: int) -> None:
    words = [(source, steps, until or (100 if safe_w is not None else None), safe_w) for source, steps, until, safe_w in words]
    site_id = Forecourt.site_id
    kept = SiteAllowances(Forecourt.operator_id, site_id)
    for source, steps, until, safe_w in words:
        told = tuple(AllowanceStep(at(start), watts) for start, watts in sorted(steps))
        kept = kept.with_allowance(Allowance(source, at(0), told, None if until is None else at(until), unless_renewed_w=safe_w))
    now_w = allowed_at(Kept(kept), site_id, at(minute)).now_w
    assert (1e9 if now_w is None else now_w) == said_w({source: word for source, *word in words}, minute)


class Kept:
    """The part of a store that is needed here."""

    def __init__(self, kept: SiteAllowances) -> None:
        self._kept = kept

    @property
    def plans(self) -> "Kept":
        return self

    def allowances(self, _: object) -> SiteAllowances:
        return self._kept


@given(
    steps=st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 20_000)), min_size=1, max_size=4, unique_by=lambda one: one[0]),
    seconds=st.integers(0, 3600),
)
def test_no_plan_exceeds_an_allowance_that_begins_while_its_orders_may_still_apply(steps, seconds: int) -> None:
    now: datetime = at(0) + timedelta(seconds=seconds)
    kept = SiteAllowances(Forecourt.operator_id, Forecourt.site_id)
    told = tuple(AllowanceStep(at(start), watts) for start, watts in sorted(steps))
    found = allowed_at(Kept(kept.with_allowance(Allowance("grid", at(0), told))), Forecourt.site_id, now)
    for later in (0, 60, 180, 299, 359):
        holds = [watts for start, watts in sorted(steps) if at(start) <= now + timedelta(seconds=later)]
        assert not holds or holds[-1] is None or (found.plans_w is not None and found.plans_w <= holds[-1])
