"""Members whose plan gives priority get more power when it is short; others still get their part."""

from dataclasses import replace
from decimal import Decimal

import pytest

from forecourt.drivers import StatedNeeds
from forecourt.flows.charging import state_need
from forecourt.flows.desk import Staff
from forecourt.flows.offers import PlanTerms, join_plan, publish_plan
from forecourt.kernel import BadInput, Money
from forecourt.offers import DiscountRule
from power_world import at, plan, safe_fallback
from stores import both_stores

from .conftest import APP, CARD, Forecourt

TENTH = DiscountRule(percent=Decimal(10))


def sell(forecourt: Forecourt, share_percent: int, benefits: tuple[DiscountRule, ...] = (TENTH,), sites: tuple = ()) -> None:
    """The app's driver joins a plan."""
    with forecourt.transactions.begin() as store:
        by = Staff(forecourt.operator_id, "ops", at(-60), forecourt.ids)
        terms = PlanTerms("Plus", Money(0, "EUR"), Decimal(19), benefits, sites, share_percent=share_percent)
        join_plan(store, forecourt.app_driver, publish_plan(store, by, terms).id, "", at(-60), forecourt.ids)


def shared(forecourt: Forecourt, limit_w: int = 4600) -> dict[str, int]:
    """The member at B1 and another driver at B2 with the same need; they share 20 A."""
    safe_fallback(forecourt)
    for charger, card in (("CP1", APP), ("CP2", CARD)):
        forecourt.starts(charger, 0, card)
    with forecourt.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(forecourt.site_id), power_limit_w=limit_w))
        for number, driver_id in ((1, forecourt.app_driver), (2, forecourt.card_driver)):
            state_need(store, driver_id, store.stations.evse(forecourt.evse_id(number)), StatedNeeds(20_000, at(300)), at(1))
    return plan(forecourt, 2)


@pytest.mark.parametrize("benefits", [(TENTH,), ()], ids=["beside a discount", "alone"])
def test_a_priority_member_gets_more_power_when_it_is_short_and_others_still_get_some(forecourt, benefits) -> None:
    sell(forecourt, 200, benefits)
    told = shared(forecourt)
    assert told["B1"] > told["B2"] >= 0 and told["B1"] + told["B2"] == 20


@both_stores
def test_with_enough_power_for_all_member_priority_changes_nothing(forecourt) -> None:
    sell(forecourt, 200)
    told = shared(forecourt, 20_000)
    assert told["B1"] + told["B2"] == 40, "all that the line carries"


def test_a_membership_valid_at_other_sites_gives_no_priority(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        other = replace(site, id=type(site.id)(int=77), slug="other", name="Other")
        store.stations.put_site(other)
    before = shared(forecourt)
    sell(forecourt, 300, sites=(other.id,))
    assert plan(forecourt, 3) == before


@pytest.mark.parametrize("share_percent", [99, 301])
def test_a_priority_below_one_or_above_three_times_is_refused(forecourt, share_percent) -> None:
    with pytest.raises(BadInput):
        sell(forecourt, share_percent)


def test_a_membership_plan_without_any_benefit_is_refused(forecourt) -> None:
    with pytest.raises(BadInput):
        sell(forecourt, 100, ())
