"""Prices proposed from weeks of charges: within the operator's bounds, with legal notice, approved by a person or in advance."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from busy_weeks import live_weeks
from flows.conftest import KIND, NOON, Forecourt
from forecourt.flows.prices import (
    Publication,
    approve_price,
    current_version,
    follow_ladder,
    price_at,
    propose_prices,
    publish_tariff,
    reject_price,
    set_rules,
    withdraw_entry,
    withdraw_version,
)
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.revenue import ApprovalMode, Bounds, DayKind, Ladder, PriceRules, ProposalKind, ProposalState, prices_by_hour
from forecourt.tariffs import Buyer
from stores import both_stores

BOUNDS = Bounds(Decimal("0.30"), Decimal("0.56"), Decimal("0.06"), notice_h=24)


def after_weeks(place):
    with place.transactions.begin() as store:
        live_weeks(store, place.site_id, NOON, 6, place.ids, busy=2.0)
        set_rules(store, PriceRules(place.operator_id, place.site_id, BOUNDS), "anna", NOON, place.ids)
    return place


@pytest.fixture
def busy_in_both_stores(forecourt):
    return after_weeks(forecourt)


@pytest.fixture
def busy(memory_transactions):
    """In memory; two of the tests show that both stores hold the same proposals and occupancy prices."""
    place = Forecourt(memory_transactions)
    with memory_transactions.begin() as store:
        place.build(store)
    return after_weeks(place)


def change_rules(busy, **changes):
    with busy.transactions.begin() as store:
        set_rules(store, replace(store.pricing.rules(busy.site_id), **changes), "anna", NOON, busy.ids)


def test_an_approved_price_list_begins_after_its_notice_period_and_the_log_names_the_approver(busy_in_both_stores):
    busy = busy_in_both_stores
    with busy.transactions.begin() as store:
        (proposal,) = propose_prices(store, busy.site_id, NOON, busy.ids)
    with busy.transactions.begin() as store:
        assert max(store.pricing.bids(busy.site_id).workday) > min(store.pricing.bids(busy.site_id).workday) >= 0
        decided = approve_price(store, proposal.id, "anna", NOON, busy.ids)
    with busy.transactions.begin() as store:
        site = store.stations.site(busy.site_id)
        assert decided.starts_at == NOON + timedelta(hours=24) and decided.state is ProposalState.APPROVED
        assert current_version(store, site, NOON).id == proposal.replaces
        assert current_version(store, site, NOON + timedelta(hours=25)).id == decided.published
        assert {"pricing.rules", "pricing.approve"} <= {one.action for one in store.audit.recent() if one.actor == "anna"}


def test_while_a_price_is_scheduled_no_other_is_proposed_or_approved(busy):
    with busy.transactions.begin() as store:
        (proposal,) = propose_prices(store, busy.site_id, NOON, busy.ids)
        approved = approve_price(store, proposal.id, "anna", NOON, busy.ids)
        store.pricing.put_proposal(replace(proposal, id=busy.ids.new(NOON)))
        with pytest.raises(Conflict, match="changes at"):
            propose_prices(store, busy.site_id, NOON + timedelta(hours=1), busy.ids)
        with pytest.raises(Conflict, match="changes at"):
            approve_price(store, store.pricing.proposals(busy.site_id)[0].id, "anna", NOON + timedelta(hours=1), busy.ids)
        withdraw_version(store, busy.operator_id, approved.published, "anna", NOON + timedelta(hours=2))
        assert propose_prices(store, busy.site_id, NOON + timedelta(hours=3), busy.ids)


def test_a_proposal_is_decided_once_and_a_newer_one_replaces_it(busy):
    with busy.transactions.begin() as store:
        (first,) = propose_prices(store, busy.site_id, NOON, busy.ids)
        (second,) = propose_prices(store, busy.site_id, NOON + timedelta(hours=1), busy.ids)
        assert store.pricing.proposal(first.id).state is ProposalState.REPLACED
        reject_price(store, second.id, "anna", NOON, busy.ids)
        with pytest.raises(Conflict):
            approve_price(store, second.id, "anna", NOON, busy.ids)
        with pytest.raises(Conflict):
            approve_price(store, first.id, "anna", NOON, busy.ids)


def test_a_standing_approval_puts_a_proposed_price_into_force_automatically(busy):
    change_rules(busy, mode=ApprovalMode.AUTOMATIC)
    with busy.transactions.begin() as store:
        (proposal,) = propose_prices(store, busy.site_id, NOON, busy.ids)
        assert proposal.state is ProposalState.APPROVED and proposal.decided_by == "automatic"


def with_ladder(busy):
    """An approved one: 0.50 from two sockets taken on; and both are."""
    change_rules(busy, by_occupancy=True)
    rungs = ((0, 0, 2, 2),) * 24
    with busy.transactions.begin() as store:
        (found,) = propose_prices(store, busy.site_id, NOON, busy.ids)
        ladder = Ladder((Decimal("0.30"), Decimal("0.40"), Decimal("0.50")), rungs, rungs)
        store.pricing.put_proposal(replace(found, kind=ProposalKind.BY_OCCUPANCY, ladder=ladder))
        approve_price(store, found.id, "anna", NOON, busy.ids)
    busy.free()
    for charger in ("CP1", "CP2"):
        busy.starts(charger, 1)
    return found


def test_a_proposal_made_within_former_bounds_cannot_be_approved(busy):
    with busy.transactions.begin() as store:
        (proposal,) = propose_prices(store, busy.site_id, NOON, busy.ids)
    change_rules(busy, mode=ApprovalMode.AUTOMATIC)
    with busy.transactions.begin() as store:
        store.pricing.proposal(proposal.id).must_be_open()
    change_rules(busy, bounds=replace(BOUNDS, cap=Decimal("0.42")))
    with busy.transactions.begin() as store, pytest.raises(Conflict, match="already replaced"):
        approve_price(store, proposal.id, "anna", NOON, busy.ids)


@pytest.mark.parametrize(("floor", "cap", "shown"), [("0.30", "0.42", "0.42"), ("0.30", "0.35", "0.35"), ("0.52", "0.56", "0.52")])
def test_occupancy_prices_keep_to_the_current_bounds(busy, floor, cap, shown):
    with_ladder(busy)
    change_rules(busy, bounds=replace(BOUNDS, floor=Decimal(floor), cap=Decimal(cap)))
    with busy.transactions.begin() as store:
        version = follow_ladder(store, busy.site_id, NOON + timedelta(minutes=5), busy.ids)
    assert prices_by_hour(json.loads(version.source, parse_float=Decimal), DayKind.WORKDAY)[14] == Decimal(shown)


@both_stores
def test_a_price_raised_by_occupancy_applies_to_new_charges_and_not_to_running_ones(busy_in_both_stores):
    busy = busy_in_both_stores
    found = with_ladder(busy)
    with busy.transactions.begin() as store:
        before = {one.tariff_version_id for one in store.sessions.open_at(busy.site_id)}
        shown = follow_ladder(store, busy.site_id, NOON + timedelta(minutes=5), busy.ids)
        price = prices_by_hour(json.loads(shown.source, parse_float=Decimal), DayKind.WORKDAY)[14]
        assert price == Decimal("0.46")  # towards 0.50, a step of 0.06 at most
        assert follow_ladder(store, busy.site_id, NOON + timedelta(minutes=10), busy.ids) is None
        assert {one.tariff_version_id for one in store.sessions.open_at(busy.site_id)} == before
        assert current_version(store, store.stations.site(busy.site_id), NOON + timedelta(minutes=6)).id == shown.id
        assert follow_ladder(store, busy.site_id, NOON + timedelta(minutes=25), busy.ids) is not None
        rules = store.pricing.rules(busy.site_id)
        set_rules(store, replace(rules, by_occupancy=False), "anna", NOON + timedelta(minutes=50), busy.ids)
        back = current_version(store, store.stations.site(busy.site_id), NOON + timedelta(minutes=51))
        assert back.source == store.prices.version(found.replaces).source, "the last rung would hold at every hour"
        set_rules(store, rules, "anna", NOON + timedelta(minutes=55), busy.ids)
        assert follow_ladder(store, busy.site_id, NOON + timedelta(minutes=70), busy.ids) is None, "it ended"


def test_until_an_approved_list_begins_the_base_price_applies_without_occupancy_changes(busy):
    found = with_ladder(busy)
    with busy.transactions.begin() as store:
        rung = follow_ladder(store, busy.site_id, NOON + timedelta(minutes=5), busy.ids)
        listed = replace(found, id=busy.ids.new(NOON), replaces=rung.id)
        store.pricing.put_proposal(listed)
        approved = approve_price(store, listed.id, "anna", NOON + timedelta(minutes=30), busy.ids)
        site, hours = store.stations.site(busy.site_id), [timedelta(hours=one) for one in (1, 24, 25)]
        before, still, then = (current_version(store, site, NOON + one) for one in hours)
        assert before == still and before.source == store.prices.version(found.replaces).source != rung.source
        assert then.id == approved.published and follow_ladder(store, busy.site_id, NOON + timedelta(hours=2), busy.ids) is None


def test_when_occupancy_pricing_ends_the_operator_wide_price_applies_again(busy):
    with busy.transactions.begin() as store:
        ((own,), (entry,)) = store.prices.versions(busy.operator_id, busy.site_id), store.prices.entries(busy.operator_id)
        store.prices.put_version(replace(own, withdrawn=True))
        store.prices.put_entry(replace(entry, withdrawn=True))
        everywhere = Publication(busy.ids.new(NOON), None, own.source, own.valid_from, operator_id=busy.operator_id)
        general = publish_tariff(store, everywhere)
    with_ladder(busy)
    with busy.transactions.begin() as store:
        site, soon = store.stations.site(busy.site_id), [NOON + timedelta(minutes=one) for one in (6, 31)]
        rung = follow_ladder(store, busy.site_id, NOON + timedelta(minutes=5), busy.ids)
        rules = replace(store.pricing.rules(busy.site_id), by_occupancy=False)
        set_rules(store, rules, "anna", NOON + timedelta(minutes=30), busy.ids)
        sold = [price_at(store, site, KIND, Buyer(), at).version.source for at in soon]
        assert sold == [rung.source, general.source] and rung.source != general.source


def test_occupancy_pricing_and_its_end_never_restore_a_price_that_the_operator_withdrew(busy):
    with_ladder(busy)
    with busy.transactions.begin() as store:
        (entry,) = store.prices.entries(busy.operator_id)
        withdraw_entry(store, busy.operator_id, entry.id, "anna", NOON + timedelta(minutes=2))
    with busy.transactions.begin() as store:
        assert follow_ladder(store, busy.site_id, NOON + timedelta(minutes=5), busy.ids) is not None
        rules = replace(store.pricing.rules(busy.site_id), by_occupancy=False)
        set_rules(store, rules, "anna", NOON + timedelta(minutes=30), busy.ids)
        site, soon = store.stations.site(busy.site_id), [NOON + timedelta(minutes=one) for one in (6, 31)]
        assert [price_at(store, site, KIND, Buyer(), at) for at in soon] == [None, None]


def test_no_price_is_proposed_without_rules_a_current_price_or_enough_days_of_charges(forecourt):
    with forecourt.transactions.begin() as store, pytest.raises(NotFound):
        propose_prices(store, forecourt.site_id, NOON, forecourt.ids)
    with forecourt.transactions.begin() as store:
        live_weeks(store, forecourt.site_id, NOON, 2, forecourt.ids)
        set_rules(store, PriceRules(forecourt.operator_id, forecourt.site_id, BOUNDS), "anna", NOON, forecourt.ids)
    with forecourt.transactions.begin() as store, pytest.raises(BadInput, match="days of history"):
        propose_prices(store, forecourt.site_id, NOON, forecourt.ids)
