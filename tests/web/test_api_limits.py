"""REST for a site's limits: read, previewed and set as in the console, with the same errors and audit entries."""

from dataclasses import replace

import pytest

from forecourt.web.frame.sealing import digest

OPS, ADA = {"authorization": "Bearer api-ops"}, {"authorization": "Bearer api-ada"}
AT = "/api/v1/sites/market/limits"


@pytest.fixture
def ops(lived, client):
    """A client with an API token of the operator."""
    with lived.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    client.headers.update(OPS)
    return client


def put(ops, **change):
    return ops.put(AT, json={"seen": ops.get(AT).json()["seen"], **change})


def test_site_limits_are_read_previewed_without_effect_and_set_with_an_audit_entry(lived, ops):
    before = ops.get(AT).json()
    assert [(one["name"], one["limit_a"], len(one["sockets"])) for one in before["limits"]] == [("Supply", 90.0, 24)]
    change = {"seen": before["seen"], "amps": {"Supply": 45}, "power_w": 20_000}
    effect = ops.post(f"{AT}/preview", json=change).json()
    supply = effect["changes"][0]
    assert (supply["before"], supply["after"], supply["lowers"], supply["counted"] > 45) == (90.0, 45.0, True, True)
    assert ops.get(AT).json() == before, "a preview stores nothing"
    kept = ops.put(AT, json=change)
    assert kept.status_code == 200 and kept.json()["effect"]["changes"] == effect["changes"]
    after = ops.get(AT).json()
    assert after == kept.json()["limits"] and (after["limits"][0]["limit_a"], after["power_w"]) == (45.0, 20_000)
    assert after["limits"][0]["commissioned_a"] == 90.0
    with lived.transactions.begin() as store:
        entry = next(one for one in store.audit.recent() if one.action == "site.limits")
        assert entry.detail == "Supply 90 A → 45 A; All sockets together none → 20000 W"
        assert entry.actor == str(store.drivers.sign_in(digest("api-ops")).account_id)


def test_a_site_limit_left_out_of_a_change_stays_and_a_dropped_one_is_removed(ops):
    assert put(ops, power_w=20_000).status_code == 200
    assert put(ops, amps={"Supply": 80}).json()["limits"]["power_w"] == 20_000
    assert put(ops, drop_power=True).json()["code"] == "confirm"
    gone = put(ops, drop=["Supply"], drop_power=True, confirm=True).json()["limits"]
    assert (gone["limits"], gone["power_w"]) == ([], None)


def test_a_limit_above_the_commissioned_value_is_set_only_with_confirmation(ops):
    change = {"seen": ops.get(AT).json()["seen"], "amps": {"Supply": 100}}
    assert ops.post(f"{AT}/preview", json=change).json()["confirm_needed"]
    refused = ops.put(AT, json=change)
    assert (refused.status_code, refused.json()["code"]) == (400, "confirm") and ops.get(AT).json()["limits"][0]["limit_a"] == 90
    assert ops.put(AT, json=change | {"confirm": True}).json()["limits"]["limits"][0]["commissioned_a"] == 100


def test_a_change_based_on_outdated_site_limits_is_refused(ops):
    old = {"seen": ops.get(AT).json()["seen"], "amps": {"Supply": 45}}
    put(ops, amps={"Supply": 60})
    assert [answer.status_code for answer in (ops.put(AT, json=old), ops.post(f"{AT}/preview", json=old))] == [409, 409]
    assert ops.get(AT).json()["limits"][0]["limit_a"] == 60


def test_a_distribution_panel_is_added_with_its_limit_and_sockets(ops):
    panel = {"name": "Quay", "limit_a": 40, "sockets": ["M-01", "M-02"]}
    quay = put(ops, panel=panel).json()["limits"]["limits"][1:]
    assert {one["limit_a"] for one in quay} == {40.0} and all(one["sockets"] == {"M-01": 1.0, "M-02": 1.0} for one in quay) and quay


@pytest.mark.parametrize(
    "wrong",
    [
        {"amps": {"Supply": -1}},
        {"amps": {"Supply": 10_001}},
        {"amps": {"Supply": "many"}},
        {"amps": {"Supply": None}},
        {"amps": {"Elsewhere": 10}},
        {"amps": {"": 10}},
        {"amps": {"Supply": 10}, "drop": ["Supply"]},
        {"power_w": 0},
        {"power_w": 1.5},
        {"power_w": 20_000, "drop_power": True},
        {"panel": {"name": "Quay", "limit_a": 40, "sockets": []}},
        {"panel": {"name": "Quay", "limit_a": 40, "sockets": ["M-01", "X-99"]}},
        {"panel": {"name": " ", "limit_a": 40, "sockets": ["M-01"]}},
        {"seen": ""},
        {"extra": 1},
    ],
)
def test_an_invalid_change_of_site_limits_gets_a_problem_document_and_changes_nothing(ops, wrong):
    before = ops.get(AT).json()
    body = {"seen": before["seen"], "confirm": True} | wrong
    for answer in (ops.put(AT, json=body), ops.post(f"{AT}/preview", json=body)):
        assert answer.status_code in (400, 409) and answer.headers["content-type"] == "application/problem+json" and answer.json()["code"]
    assert ops.get(AT).json() == before


def test_a_driver_may_not_read_or_set_site_limits_and_openapi_lists_the_calls(lived, ops):
    assert ops.get("/api/v1/sites/nowhere/limits").status_code == 404
    change = {"seen": ops.get(AT).json()["seen"], "amps": {"Supply": 45}}
    assert [ops.get(AT, headers=ADA).status_code, ops.put(AT, json=change, headers=ADA).status_code] == [403, 403]
    paths = ops.get("/api/v1/openapi.json").json()["paths"]
    assert set(paths["/api/v1/sites/{slug}/limits"]) >= {"get", "put"} and "post" in paths["/api/v1/sites/{slug}/limits/preview"]
