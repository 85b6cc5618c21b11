"""A price that has become unlawful is shown where people look, until it is changed."""

from dataclasses import replace

import pytest

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


def test_it_needs_review_with_what_to_change_and_where(unlawful, client):
    ops = client.sign_in("ops")
    assert "1 unlawful price in force." in ops.get("/console").text
    page = ops.get("/console/quarantine").text
    assert "DAY is unlawful." in page and RULE in page and "Found " in page and "/console/prices?site=market" in page
    assert RULE in ops.get("/console/prices?site=market").text
    assert "message to review" not in ops.get("/console").text


def test_it_leaves_the_list_once_it_is_changed_and_not_by_being_reviewed(unlawful, client):
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


def test_programs_read_which_rule_a_price_breaks(unlawful, client):
    for query in ("", "?site=market"):
        (broken,) = [one for price in client.get(f"/api/v1/prices{query}", headers=OPS).json() for one in price["unlawful"]]
        assert (broken["site"], broken["rule"]) == ("market", "eu-afir-50kw") and RULE in broken["source"] and broken["remedy"]
    assert not [one for price in client.get("/api/v1/prices?site=harbour", headers=OPS).json() for one in price["unlawful"]]


def test_what_could_not_be_checked_of_a_price_in_force_is_told_quietly(scene, client):
    page = client.sign_in("ops").get("/console/prices?site=market").text
    assert "1 rule of law not checked" in page and "eu-afir-payment" in page and "unlawful" not in client.get("/console").text
