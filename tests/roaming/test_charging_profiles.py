"""Charging profiles of a partner over HTTP: the answer at once, and the result at the response URL."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from forecourt.flows.ports import ChangedSince, Grant
from forecourt.stations import Obedience
from roaming_world import PARTNER, vouch
from web.conftest import NOW

from .conftest import Desk, Provider
from .pushing import TAKEN, courier, delivered

CARD, URL = "04FACADE", "/ocpi/2.2.1/results/1"


@pytest.fixture
def running(joined: Desk, provider: Provider) -> str:
    """The Session's id of a charge that goes on."""
    delivered(joined, courier(joined))
    partner = joined.partner()
    with joined.scene.transactions.begin() as store:
        vouch(store, partner)
    joined.scene.charge(10, CARD, NOW - timedelta(hours=1), 30, 3_600, end=False)
    provider.pages[URL] = (200, TAKEN)
    with joined.scene.transactions.begin() as store:
        (charge,) = store.roaming_charges.charges_of(PARTNER, ChangedSince())[0]
        charger = store.stations.charger(store.stations.evse(joined.scene.evse(10)).charger_id)
        store.stations.put_charger(replace(charger, connected=True))
    provider.pages[f"/ocpi/2.2.1/sessions/DE/FCT/{charge.id}"] = (200, TAKEN)
    return str(charge.id)


def wanted(provider: Provider, *periods: dict[str, Any], **fields: Any) -> dict[str, Any]:
    profile = {"charging_rate_unit": "A", "charging_profile_period": list(periods)} | fields
    return {"charging_profile": profile, "response_url": f"{provider.base}/2.2.1/results/1"}


def asked(desk: Desk, method: str, session: str, query: str = "", content: Any = None) -> tuple[int, int, Any]:
    answer = desk.ask(method, f"/ocpi/2.2.1/chargingprofiles/{session}{query}", content)
    return answer.status_code, answer.json()["status_code"], answer.json().get("data", {}).get("result")


def results(desk: Desk, provider: Provider) -> list[Any]:
    by = courier(desk)
    while delivered(desk, by):
        pass
    return [json.loads(body) for method, path, _, body in provider.asked if (method, path) == ("POST", URL)]


def test_a_charging_profile_is_set_read_and_cleared(joined: Desk, running: str, provider: Provider) -> None:
    url = f"response_url={provider.base}/2.2.1/results/1"
    assert asked(joined, "PUT", running, content=wanted(provider, {"start_period": 0, "limit": 8})) == (200, 1000, "ACCEPTED")
    assert asked(joined, "GET", running, f"?duration=900&{url}") == (200, 1000, "ACCEPTED")
    assert asked(joined, "DELETE", running, f"?{url}") == (200, 1000, "ACCEPTED")
    active, not_yet, cleared = results(joined, provider)
    assert (active["result"], not_yet, cleared) == ("ACCEPTED", {"result": "REJECTED"}, {"result": "ACCEPTED"})  # no charger was there
    told = active["profile"]["charging_profile"]
    assert told["charging_rate_unit"] == "A" and told["duration"] == 900 and told["charging_profile_period"][0]["start_period"] == 0


def test_an_invalid_charging_profile_is_answered_with_2001_and_changes_nothing(joined: Desk, running: str, provider: Provider) -> None:
    fine = {"start_period": 0, "limit": 8}
    for content in (
        [],
        wanted(provider),
        wanted(provider, {"start_period": 0, "limit": -1}),
        wanted(provider, fine, fine),
        wanted(provider, *({"start_period": n, "limit": 8} for n in range(3000))),
        wanted(provider, fine, start_date_time="9999-12-31T23:59:59Z"),
        {**wanted(provider, fine), "response_url": "https://elsewhere.example/1"},
    ):
        assert asked(joined, "PUT", running, content=content) == (200, 2001, None), content
    for query in ("", "?duration=900", "?duration=x&response_url=https://a.example", "?duration=900&response_url=file:///etc/passwd"):
        assert asked(joined, "GET", running, query) == (200, 2001, None)
    assert asked(joined, "DELETE", running, "?response_url=") == (200, 2001, None)
    with joined.scene.transactions.begin() as store:
        assert store.roaming_charges.charges_of(PARTNER, ChangedSince())[0][0].profile is None
    assert results(joined, provider) == []


def test_charging_profiles_are_offered_for_sockets_proven_to_obey_limits(joined: Desk, running: str) -> None:
    modules = [(one["identifier"], one["role"]) for one in joined.data("/ocpi/2.3.0")["endpoints"]]
    assert ("chargingprofiles", "RECEIVER") in modules
    place = f"/ocpi/2.2.1/locations/{joined.scene.site_id}/{joined.scene.evse(10)}"
    known = []
    for obeys in Obedience:
        with joined.scene.transactions.begin() as store:
            evse = store.stations.evse(joined.scene.evse(10))
            store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, obeys=obeys))
        known.append("CHARGING_PROFILE_CAPABLE" in joined.data(place)["capabilities"])
    assert dict(zip(Obedience, known, strict=True)) == {one: one in (Obedience.OBEYS, Obedience.LATE) for one in Obedience}
