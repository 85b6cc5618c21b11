"""REST for external power limits of a whole site: set, read, removed; invalid ones are refused with the name of the field."""

from datetime import timedelta

import pytest

from .test_api_limits import ops  # noqa: F401

AT = "/api/v1/sites/market/allowances"


def told(lived, power_w, minutes=0, **more):
    return {"steps": [{"start": (lived.clock.now() + timedelta(minutes=minutes)).isoformat(), "power_w": power_w}], **more}


def test_a_site_power_limit_is_set_read_and_removed_once(lived, ops):  # noqa: F811
    assert ops.get(AT).json() == {"site": "market", "allowed_w": None, "plans_w": None, "allowances": []}
    answer = ops.put(f"{AT}/grid%20operator", json=told(lived, 4200, because="dimming"))
    kept = answer.json()["allowances"]
    assert (answer.status_code, answer.json()["promises_lost"]) == (200, 0)
    assert (kept["allowed_w"], kept["plans_w"], kept["allowances"][0]["source"]) == (4200, 4200, "grid operator")
    ops.put(f"{AT}/works", json=told(lived, 1000, minutes=5))
    again = ops.put(f"{AT}/works", json=told(lived, 1000, minutes=5))
    assert (again.json()["allowances"]["allowed_w"], again.json()["allowances"]["plans_w"]) == (4200, 1000)
    for _ in range(2):
        left = ops.delete(f"{AT}/works")
        assert (left.status_code, [one["source"] for one in left.json()["allowances"]["allowances"]]) == (200, ["grid operator"])
    with lived.transactions.begin() as store:
        details = [one.detail for one in store.audit.recent() if one.action.startswith("site.allowance")]
    assert len(details) == 3 and details[0] == "works"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [{"start": "2026-06-01T12:00:00Z", "power_w": -1}]}, "power_w"),
        ({"steps": [{"start": "2026-06-01T12:00:00Z", "power_w": 1}] * 2}, "steps"),
        ({"steps": [{"start": "1926-06-01T12:00:00Z", "power_w": 1}]}, "start"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"unless_told_w": 10}, "until"),
        ({"because": "two\nlines"}, "because"),
        ({"amps": 3}, "amps"),
    ],
)
def test_an_invalid_site_power_limit_is_refused_with_the_name_of_the_field(lived, ops, change, field):  # noqa: F811
    refused = ops.put(f"{AT}/grid", json={**told(lived, 4200), **change})
    assert refused.status_code == 400 and field in refused.text
    assert ops.get(AT).json()["allowances"] == []


def test_the_fallback_power_of_a_site_limit_stays_until_it_is_set_again(lived, ops):  # noqa: F811
    until = (lived.clock.now() + timedelta(minutes=2)).isoformat()
    ops.put(f"{AT}/building", json=told(lived, 9000, until=until, unless_told_w=2000))
    again = ops.put(f"{AT}/building", json=told(lived, 8000, until=until))
    assert again.json()["allowances"]["allowances"][0]["unless_told_w"] == 2000
    none = ops.put(f"{AT}/building", json=told(lived, 8000, until=until, unless_told_w=None))
    assert none.json()["allowances"]["allowances"][0]["unless_told_w"] is None
