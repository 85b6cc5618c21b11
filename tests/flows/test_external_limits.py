"""External limits reported by a charger: plans keep to them, give the reason and return to full power when they are lifted."""

from dataclasses import replace

import pytest

from forecourt.flows.chargers import set_limit_aside
from forecourt.flows.charging import accept, compare, copy_settings, rebuild
from forecourt.flows.desk import Staff
from forecourt.flows.power import begin_test
from forecourt.kernel import BadInput, ChargerId, Conflict
from forecourt.stations import (
    ConnectorReported,
    ConnectorState,
    Evse,
    ExternalLimit,
    ExternalLimitLifted,
    ExternalLimitSet,
    ExternalLimitStep,
    Finding,
    TransactionStarted,
    WriteSetting,
)
from forecourt.store import MemoryTransactions
from power_world import deliver, limited, plan, safe_fallback

from .conftest import CARD, KIND, Forecourt, at

CP1 = ChargerId("CP1")


@pytest.fixture
def place(forecourt: Forecourt) -> Forecourt:
    """Cars at B1 and B2, and room for both."""
    safe_fallback(forecourt)
    limited(forecourt, 64)
    forecourt.starts("CP1", 0)
    forecourt.starts("CP2", 0)
    return forecourt


def cut(place: Forecourt, minute: float, *steps: tuple[float, int | None], number: int = 0, source: str = "SO") -> bool:
    """CP1 reports a limit: minutes and amps. Returns whether a new plan is made."""
    told = tuple(ExternalLimitStep(at(when), None if amps is None else amps * 1000) for when, amps in steps)
    return told_of(place, ExternalLimit(number, source, at(minute), told))


def told_of(place: Forecourt, limit: ExternalLimit) -> bool:
    return hears(place, ExternalLimitSet(limit.reported_at, limit))


def lifted(place: Forecourt, minute: float, number: int = 0, source: str = "SO") -> bool:
    return hears(place, ExternalLimitLifted(at(minute), number, source))


def hears(place: Forecourt, fact: ExternalLimitSet | ExternalLimitLifted) -> bool:
    with place.transactions.begin() as store:
        accept(store, [place.message("CP1", fact)])
    return place.apply(fact.at).replan


def because(place: Forecourt, minute: float) -> str:
    plan(place, minute)
    with place.transactions.begin() as store:
        paper = store.plans.latest(place.site_id)
        return next(one.because for one in paper.setpoints if one.evse_id == place.evse_id(1))


def outside(place: Forecourt) -> tuple[ExternalLimit, ...]:
    with place.transactions.begin() as store:
        return store.stations.charger(CP1).outside


def test_an_external_limit_applies_at_once_is_named_as_the_reason_and_can_be_lifted(place: Forecourt) -> None:
    assert plan(place, 1)["B1"] == 32
    assert cut(place, 2, (2, 10)) and plan(place, 2) == {"B1": 10, "B2": 32}
    assert because(place, 3) == "All that a limit set at its charger by the grid operator allows: 10 A."
    assert lifted(place, 4) and plan(place, 4)["B1"] == 32
    assert not lifted(place, 5), "there is none any more"


def test_an_external_limit_below_the_smallest_pilot_allows_nothing(place: Forecourt) -> None:
    cut(place, 2, (2, 5))
    assert plan(place, 2)["B1"] == 0
    assert because(place, 3).startswith("A limit set at its charger by the grid operator allows less")


def test_a_future_external_limit_is_sent_before_it_begins_and_ends_by_itself(place: Forecourt) -> None:
    cut(place, 2, (2, None), (10, 8), (20, None))
    assert [plan(place, minute)["B1"] for minute in (9, 9.9, 15, 19.9, 20)] == [32, 8, 8, 8, 32]


def test_an_external_limit_above_the_current_limit_raises_nothing(place: Forecourt) -> None:
    limited(place, 20)
    before = plan(place, 1)
    cut(place, 2, (2, 100))
    assert plan(place, 2) == before


def test_of_two_external_limits_the_lower_applies_and_each_source_lifts_its_own(place: Forecourt) -> None:
    cut(place, 2, (2, 12), source="EMS", number=1)
    cut(place, 3, (3, 8))
    assert plan(place, 3)["B1"] == 8
    lifted(place, 4)
    assert plan(place, 4)["B1"] == 12
    cut(place, 5, (5, 16), source="EMS", number=1)
    assert plan(place, 5)["B1"] == 16, "a source's last word counts"
    lifted(place, 6, source="EMS")
    assert plan(place, 6)["B1"] == 32


def twin(place: Forecourt) -> None:
    """CP1 has a second socket, B4, with a car."""
    with place.transactions.begin() as store:
        other = store.stations.evse(place.evse_id(1))
        fourth: Evse = replace(other, id=place.evse_id(4), number=2, label="B4", kind=KIND)
        store.stations.put_evse(fourth)
        store.plans.put_grant(replace(store.plans.grant(other.id), evse_id=fourth.id, session_id=None))
        site = store.stations.site(place.site_id)
        store.stations.put_site(replace(site, limits=(replace(site.limits[0], limit_a=128.0),)))
    place.says("CP1", TransactionStarted(at(0), 2, "twin", CARD))


def test_an_external_limit_of_the_whole_charger_is_shared_by_its_sockets(place: Forecourt) -> None:
    twin(place)
    cut(place, 2, (2, 20))
    shared = plan(place, 2)
    assert 12 <= shared["B1"] + shared["B4"] <= 20 and shared["B2"] == 32
    cut(place, 3, (3, None), number=0)
    cut(place, 3, (3, 10), number=1)
    assert (plan(place, 3)["B1"], plan(place, 4)["B4"]) == (10, 32)


def test_an_external_limit_never_reduces_other_chargers_even_if_its_own_socket_exceeds_it(place: Forecourt) -> None:
    """A socket that ignores limits draws 32 A where its charger may have 0: the others are not reduced for that."""
    twin(place)
    with place.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(place.evse_id(1)), disobeyed=3, counted_a=32))
    cut(place, 2, (2, 0))
    told = plan(place, 2)
    assert (told["B4"], told["B2"]) == (0, 32)


def test_an_external_limit_without_an_amount_caps_nothing_and_amounts_are_requested_once(place: Forecourt) -> None:
    told_of(place, ExternalLimit(0, "SO", at(2)))
    told_of(place, ExternalLimit(0, "SO", at(3)))
    assert plan(place, 3)["B1"] == 32
    asked = [order for charger, order in deliver(place, 4) if isinstance(order, WriteSetting)]
    assert asked == [WriteSetting("SmartChargingCtrlr/NotifyChargingLimitWithSchedules", "true")]
    assert [one.steps for one in outside(place)] == [()]


def test_external_limits_of_unknown_sockets_and_beyond_the_maximum_are_quarantined(place: Forecourt) -> None:
    cut(place, 2, (2, 0), number=7)
    for n in range(20):
        cut(place, 3, (3, 30), source=f"source {n}")
    with place.transactions.begin() as store:
        codes = [one.code for one in store.inbox.quarantined()]
    assert len(outside(place)) == 16
    assert sorted(set(codes)) == ["no_such_socket", "too_many_limits"]


def test_external_limits_are_rebuilt_from_the_inbox(place: Forecourt) -> None:
    cut(place, 2, (2, 10))
    cut(place, 3, (3, 12), source="EMS")
    lifted(place, 4, source="EMS")
    again = MemoryTransactions()
    with place.transactions.begin() as kept, again.begin() as empty:
        copy_settings(kept, empty, place.site_id)
        assert empty.stations.charger(CP1).outside == ()
        rebuild(kept, empty, place.site_id, place.ids)
        assert empty.stations.charger(CP1).outside == kept.stations.charger(CP1).outside != ()


def aside(place: Forecourt, minute: float, told: float, number: int = 0, reason: str = "The grid operator says it is over.") -> None:
    """A person disregards the limit that CP1 reported then."""
    with place.transactions.begin() as store:
        set_limit_aside(store, Staff(place.operator_id, "ops", at(minute), place.ids), CP1, ("SO", number, at(told)), reason)


def test_a_never_lifted_external_limit_can_be_disregarded_with_a_reason_until_reported_again(place: Forecourt) -> None:
    cut(place, 2, (2, 10))
    with pytest.raises(BadInput):
        aside(place, 3, 2, reason="  ")
    assert plan(place, 3)["B1"] == 10
    aside(place, 4, 2)
    assert plan(place, 4)["B1"] == 32
    with place.transactions.begin() as store:
        (noted,) = [one for one in store.audit.recent() if one.action == "charger.limit"]
    assert (noted.actor, noted.subject) == ("ops", "CP1") and "The grid operator says it is over." in noted.detail
    cut(place, 5, (5, 12))
    assert plan(place, 5)["B1"] == 12


def test_disregarding_an_external_limit_is_refused_if_it_changed_since_it_was_shown(place: Forecourt) -> None:
    cut(place, 2, (2, 10))
    cut(place, 2, (2, 14), number=1)
    cut(place, 3, (3, 8))
    with pytest.raises(Conflict):
        aside(place, 4, 2)
    aside(place, 4, 3)
    assert plan(place, 4)["B1"] == 14
    with pytest.raises(Conflict):
        aside(place, 5, 3)


def test_a_disregarded_external_limit_stays_disregarded_after_a_rebuild_from_the_inbox(place: Forecourt) -> None:
    cut(place, 2, (2, 10))
    aside(place, 3, 2)
    cut(place, 4, (4, 12), source="EMS")
    again = MemoryTransactions()
    with place.transactions.begin() as kept, again.begin() as empty:
        copy_settings(kept, empty, place.site_id)
        rebuild(kept, empty, place.site_id, place.ids)
        assert [one.source for one in empty.stations.charger(CP1).limits_at(at(5))] == ["EMS"]
        assert list(compare(kept, empty, place.site_id)) == []
        kept.stations.put_charger(replace(kept.stations.charger(CP1), outside=()))
        assert [one.what for one in compare(kept, empty, place.site_id)] == ["limits"]


@pytest.mark.parametrize(("trusted", "later"), [(True, 32), (False, 8)])
def test_the_reported_start_of_an_external_limit_counts_only_if_the_chargers_clock_is_right(place, trusted: bool, later: int) -> None:
    """Reported to begin in ten minutes: if the clock is not known to be right, it counts from its arrival."""
    if trusted:
        place.hears("CP1", ConnectorReported(at(1), 1, ConnectorState.OCCUPIED), 1.1)
    told = ExternalLimit(0, "SO", at(2), (ExternalLimitStep(at(2)), ExternalLimitStep(at(12), 8000)))
    hears(place, ExternalLimitSet(at(2), told, (ExternalLimitStep(at(2), 8000),)))
    assert (plan(place, 3)["B1"], plan(place, 12)["B1"]) == (later, 8)


def begin(place: Forecourt, minute: float) -> None:
    with place.transactions.begin() as store:
        begin_test(store, Staff(place.operator_id, "ops", at(minute), place.ids), place.evse_id(1))


def test_a_test_whether_limits_are_obeyed_ends_without_a_result_under_an_external_limit(place: Forecourt) -> None:
    begin(place, 1)
    cut(place, 2, (2, 6))
    with place.transactions.begin() as store:
        (test,) = store.plans.tests_of(place.evse_id(1))
        grant = store.plans.grant(place.evse_id(1))
    assert (test.finding, test.ended_at) == (Finding.GAVE_UP, at(2)) and "the grid operator" in test.because
    assert not grant.testing and not grant.quarantined
    with pytest.raises(Conflict):
        begin(place, 3)
    aside(place, 4, 2)
    begin(place, 4)


def test_an_external_limit_in_watts_is_shared_by_the_sockets_and_sent_before_it_begins(place: Forecourt) -> None:
    twin(place)
    watts = (ExternalLimitStep(at(2)), ExternalLimitStep(at(10), None, 230 * 14))
    told_of(place, ExternalLimit(0, "EMS", at(2), watts))
    before, due = plan(place, 9), plan(place, 9.9)
    assert (before["B1"], before["B4"], due["B2"]) == (32, 32, 32) and 12 <= due["B1"] + due["B4"] <= 14
