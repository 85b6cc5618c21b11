"""A site's limits and sharing settings: previewed, stored, and followed by the next plan."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.flows.chargers import limits_version, preview_limits, set_limits
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Transactions
from forecourt.flows.power import set_sharing, set_strict_commissioning
from forecourt.flows.power.charge_start import FALLBACK_DELAY
from forecourt.flows.power.site_power import load_site_state, problem_of
from forecourt.flows.prices import group_sockets, grouping_fingerprint, socket_kinds
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId
from forecourt.stations import EvseGroup, LimitEdit, SetFallback, Sharing

from .conftest import Forecourt
from .test_power import at, deliver, limits, plan, safe_fallback


def staff(forecourt, minute: float = 5, operator: OperatorId | None = None) -> Staff:
    return Staff(operator or forecourt.operator_id, "ops", at(minute), forecourt.ids)


def to(amps: float, power_w: int | None = None) -> LimitEdit:
    return LimitEdit({"supply": amps}, power_w)


def change(forecourt, edit: LimitEdit, confirmed: bool = False, minute: float = 5):
    with forecourt.transactions.begin() as store:
        seen = limits_version(store.stations.site(forecourt.site_id))
        return set_limits(store, staff(forecourt, minute), forecourt.site_id, edit, seen, confirmed)


def two_charge(forecourt) -> None:
    safe_fallback(forecourt)
    forecourt.starts("CP1", 0)
    forecourt.starts("CP2", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1)


def test_the_next_plan_stays_within_a_lowered_site_limit(forecourt) -> None:
    two_charge(forecourt)
    change(forecourt, to(20))
    assert sum(plan(forecourt, 6).values()) <= 20
    told = limits(deliver(forecourt, 6))
    assert told and all(amps <= 20 for amps in told.values())


def test_a_site_limit_in_watts_applies_to_all_sockets_together(forecourt) -> None:
    two_charge(forecourt)
    change(forecourt, to(40, 4600))
    assert sum(plan(forecourt, 6).values()) <= 20, "4.6 kW are 20 A at 230 V"


def test_the_preview_of_new_site_limits_lists_the_changes_and_stores_nothing(forecourt) -> None:
    two_charge(forecourt)
    with forecourt.transactions.begin() as store:
        before = store.stations.site(forecourt.site_id)
        found = preview_limits(store, staff(forecourt), forecourt.site_id, to(18, 9000))
        assert store.stations.site(forecourt.site_id) == before
    assert [(one.name, one.before, one.after) for one in found.changes] == [("supply", 40, 18), ("All sockets together", None, 9000)]
    loads = dict(found.loads)
    assert loads["All sockets together"] == pytest.approx(230 * loads["supply"])
    assert (found.fallback_before, found.fallback_after, found.above) == (13, 6, ())


def test_a_changed_site_limit_sends_new_fallbacks_to_chargers_with_another_one(forecourt) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(1)), fallback_a=13))
        store.plans.put_grant(
            replace(store.plans.grant(forecourt.evse_id(2)), fallback_a=6, fallback_after_s=round(FALLBACK_DELAY.total_seconds()))
        )
    change(forecourt, to(20))
    told = [(charger, order.limit_a) for charger, order in deliver(forecourt, 6) if isinstance(order, SetFallback)]
    assert told == [("CP1", 6), ("CP3", 6)]


def test_a_limit_above_the_commissioned_one_needs_confirmation_and_is_in_the_audit_log(forecourt) -> None:
    change(forecourt, to(20))
    change(forecourt, to(40))
    with pytest.raises(BadInput) as refused:
        change(forecourt, to(41))
    assert refused.value.code == "confirm"
    change(forecourt, to(41), confirmed=True)
    with forecourt.transactions.begin() as store:
        assert store.stations.site(forecourt.site_id).limits[0].limit_a == 41
        kept = [one.detail for one in store.audit.recent() if one.action == "site.limits"]
    assert sorted(kept) == ["supply 20 A → 40 A", "supply 40 A → 20 A", "supply 40 A → 41 A (confirmed)"]


def test_site_limits_changed_meanwhile_are_not_overwritten(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        seen = limits_version(store.stations.site(forecourt.site_id))
    change(forecourt, to(20))
    with pytest.raises(Conflict), forecourt.transactions.begin() as store:
        set_limits(store, staff(forecourt), forecourt.site_id, to(30), seen, confirmed=False)


def test_changed_sharing_settings_reach_the_planner_and_the_audit_log(forecourt) -> None:
    wanted = Sharing(fairness=2, turn_min=30, pauses=0, usual_need_wh=9000)
    with forecourt.transactions.begin() as store:
        set_sharing(store, staff(forecourt), forecourt.site_id, wanted)
        policy = problem_of(load_site_state(store, forecourt.site_id, at(6)), {}, 1, at(6)).policy
        (entry,) = (one for one in store.audit.recent() if one.action == "site.sharing")
    assert (policy.fairness, policy.min_dwell_s, policy.pause_budget, policy.default_need_wh) == (2.0, 1800, 0, 9000.0)
    assert entry.detail == "fairness 1 → 2, turn_min 45 → 30, pauses 1 → 0, usual_need_wh 15000 → 9000"


def test_limits_of_another_operators_site_are_not_found(forecourt) -> None:
    rival = staff(forecourt, operator=OperatorId(UUID(int=99)))
    with pytest.raises(NotFound), forecourt.transactions.begin() as store:
        set_sharing(store, rival, forecourt.site_id, Sharing(fairness=0))
    with pytest.raises(NotFound), forecourt.transactions.begin() as store:
        preview_limits(store, rival, forecourt.site_id, to(10))


def test_of_two_concurrent_changes_of_site_limits_the_second_conflicts(transactions: Transactions) -> None:
    """On PostgreSQL: the second read the limits before the first had committed."""
    forecourt = Forecourt(transactions)
    with transactions.begin() as store:
        forecourt.build(store)
    with transactions.begin() as slow:
        seen = limits_version(slow.stations.site(forecourt.site_id))
        change(forecourt, to(20))
        with pytest.raises(Conflict):
            set_limits(slow, staff(forecourt), forecourt.site_id, to(30), seen, confirmed=False)


def test_a_lowered_limit_survives_concurrent_changes_of_other_site_settings(transactions: Transactions) -> None:
    """On PostgreSQL: limits read before the lower one was committed are not written back."""
    forecourt = Forecourt(transactions)
    with transactions.begin() as store:
        forecourt.build(store)
    with transactions.begin() as slow:
        site = slow.stations.site(forecourt.site_id)
        seen = grouping_fingerprint(slow, site)
        change(forecourt, to(20))
        set_strict_commissioning(slow, staff(forecourt), forecourt.site_id, True)
        group_sockets(slow, staff(forecourt), site, [EvseGroup("roof", tuple(socket_kinds(slow, site)))], site.power_classes, seen)
    with transactions.begin() as store:
        after = store.stations.site(forecourt.site_id)
    assert [row.limit_a for row in after.limits] == [20] and after.strict_commissioning and after.evse_groups[0].name == "roof"
