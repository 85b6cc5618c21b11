"""In a real browser: staff approve and reject proposed prices."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from forecourt.flows.prices import current_version, set_rules
from forecourt.revenue import Bounds, Effect, PriceProposal, PriceRules, ProposalKind, ProposalState

from .conftest import HARBOUR
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
EFFECT = Effect(10.0, 11.0, Decimal("0.42"), 12.0, 0.09, 0.05, 0.1, 0.3, 0.2, 0.1)


def proposed(scene) -> tuple[PriceProposal, PriceProposal]:
    """Two that wait for a decision: the present list a cent dearer, by two different reasons."""
    at = scene.clock.at
    with scene.transactions.begin() as store:
        site = store.stations.site(HARBOUR)
        bounds = Bounds(Decimal("0.30"), Decimal("0.70"), Decimal("0.06"))
        set_rules(store, PriceRules(site.operator_id, site.id, bounds), "anna", at, scene.ids)
        version = current_version(store, site, at)
        dearer = json.loads(version.source)
        dearer["elements"][-1]["price_components"][0]["price"] = 0.51
        seen = (site.operator_id, site.id, at, ProposalKind.BY_CLOCK, json.dumps(dearer), version.id)
        first, second = (PriceProposal(scene.ids.new(at), *seen, (), (), EFFECT, reason) for reason in ("Busy mornings.", "Quiet nights."))
        store.pricing.put_proposal(first)
        store.pricing.put_proposal(second)
    return first, second


def test_one_proposal_is_approved_and_the_other_rejected(chromium, scene):  # noqa: F811
    first, second = proposed(scene)
    with served(scene) as address:
        page = visit(chromium, address, "ops", viewport={"width": 390, "height": 844}).new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{address}/console/revenue/harbour")
        page.locator("section:has-text('Busy mornings.')").get_by_role("button", name="Approve").click()
        page.locator("section:has-text('Busy mornings.')").get_by_text("Approved, in force from").wait_for()
        page.locator("section:has-text('Quiet nights.')").get_by_role("button", name="Reject").click()
        page.locator("section:has-text('Quiet nights.')").get_by_text("Rejected").wait_for()
        assert page.get_by_role("button", name="Approve").count() == 0
    with scene.transactions.begin() as store:
        approved, rejected = (store.pricing.proposal(one.id) for one in (first, second))
        assert (approved.state, rejected.state) == (ProposalState.APPROVED, ProposalState.REJECTED)
        assert store.prices.version(approved.published).valid_from == approved.starts_at
        assert rejected == replace(second, state=ProposalState.REJECTED, decided_at=rejected.decided_at, decided_by=rejected.decided_by)
