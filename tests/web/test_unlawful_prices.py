"""A price that has become unlawful is shown in the console until it is changed."""

from dataclasses import replace

import pytest

from forecourt.drivers import Duty
from forecourt.flows.prices import listed_unlawful_prices, review_price_law
from forecourt.web.frame.sealing import digest
from web.conftest import TARIFF

OPS = {"authorization": "Bearer api-ops"}
RULE = "Regulation (EU) 2023/1804"


@pytest.fixture
def unlawful(scene):
    """The price has a fee per session, which a socket of more power does not allow."""
    with scene.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evses(scene.site_id)[0], max_a=300))
        review_price_law(store, scene.operator_id, scene.clock.at, scene.ids)
        sign_in = store.drivers.sign_in(digest("ops"))
        store.drivers.put_sign_in(replace(sign_in, digest=digest("api-ops"), api=True))
    return scene


def test_an_unlawful_price_is_listed_for_review_with_the_rule_and_the_page_to_change_it(unlawful, client):
    ops = client.sign_in("ops")
    assert "1 unlawful price in force." in ops.get("/console").text
    page = ops.get("/console/quarantine").text
    assert "DAY is unlawful." in page and RULE in page and "Found " in page and "/console/prices?site=market" in page
    assert RULE in ops.get("/console/prices?site=market").text
    assert "message to review" not in ops.get("/console").text


def test_an_unlawful_price_leaves_the_list_when_changed_and_cannot_be_cleared(unlawful, client):
    with unlawful.transactions.begin() as store:
        (listed,) = listed_unlawful_prices(store, unlawful.operator_id)
    ops = client.sign_in("ops")
    assert "/clear" not in ops.get("/console/quarantine").text
    assert ops.submit(f"/console/quarantine/{listed.id}/clear").status_code == 409
    assert "DAY is unlawful." in ops.get("/console/quarantine").text
    element = {"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}
    lawful = {"tariff": TARIFF | {"elements": [element]}, "site": "market"}
    assert client.post("/api/v1/tariffs", json=lawful, headers=OPS).status_code == 201
    assert "Nothing to review" in ops.get("/console/quarantine").text and "unlawful" not in ops.get("/console").text


def test_prices_over_rest_name_the_rule_they_break(unlawful, client):
    for query in ("", "?site=market"):
        (broken,) = [one for price in client.get(f"/api/v1/prices{query}", headers=OPS).json() for one in price["unlawful"]]
        assert (broken["site"], broken["rule"]) == ("market", "eu-afir-50kw") and RULE in broken["source"] and broken["remedy"]
    assert not [one for price in client.get("/api/v1/prices?site=harbour", headers=OPS).json() for one in price["unlawful"]]


def test_rules_that_could_not_be_checked_are_shown_with_the_price_but_raise_no_alarm(scene, client):
    page = client.sign_in("ops").get("/console/prices?site=market").text
    assert "1 rule of law not checked" in page and "eu-afir-payment" in page and "unlawful" not in client.get("/console").text


def acknowledged(scene, client, reason: str):
    """The price is acknowledged by somebody who may change prices; what the browser is answered."""
    with scene.transactions.begin() as store:
        (listed,) = listed_unlawful_prices(store, scene.operator_id)
    return client.submit(f"/console/quarantine/{listed.id}/acknowledge", reason=reason)


def test_a_finding_is_acknowledged_only_with_a_reason(unlawful, client):
    ops = client.sign_in("ops")
    refused = acknowledged(unlawful, ops, "")
    assert refused.status_code == 400 and "Enter why this price may stay as it is." in refused.text
    assert acknowledged(unlawful, ops, "Our counsel reads Art. 5 otherwise.").status_code == 303
    for page in ("/console/quarantine", "/console/prices?site=market", "/console/audit"):
        shown = ops.get(page).text
        assert "Our counsel reads Art. 5 otherwise." in shown and "ops@" in shown
    first = ops.get("/console").text
    assert "1 price acknowledged." in first and "unlawful price in force" not in first and "message to review" not in first
    (broken,) = [one for price in client.get("/api/v1/prices", headers=OPS).json() for one in price["unlawful"]]
    assert broken["acknowledged"]["reason"] == "Our counsel reads Art. 5 otherwise."


def test_withdrawing_an_acknowledgement_lists_the_price_for_review_again(unlawful, client):
    ops = client.sign_in("ops")
    acknowledged(unlawful, ops, "For now.")
    with unlawful.transactions.begin() as store:
        (listed,) = listed_unlawful_prices(store, unlawful.operator_id)
    assert ops.submit(f"/console/quarantine/{listed.id}/withdraw").status_code == 303
    assert "1 unlawful price in force." in ops.get("/console").text and "For now." not in ops.get("/console/quarantine").text


def test_unlawful_prices_are_shown_only_to_staff_with_the_prices_duty(unlawful, client):
    with unlawful.transactions.begin() as store:
        account = store.drivers.account_by_email("ops@example.org") or store.drivers.team(unlawful.operator_id)[0]
        store.drivers.put_account(replace(account, duties=(Duty.MONEY,)))
    ops = client.sign_in("ops")
    assert "DAY is unlawful." not in ops.get("/console/quarantine").text and "unlawful" not in ops.get("/console").text
    assert acknowledged(unlawful, ops, "Why not.").status_code == 403
