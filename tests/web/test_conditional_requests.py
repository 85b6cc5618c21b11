"""Conditional requests over REST: unchanged resources get 304, and an edit based on an outdated version gets 412."""

import pytest

from .test_api import ADA, WINDOW
from .test_series import vans  # noqa: F401 - a fixture

AT = "/api/v1/sites/market/details"
LATER = {"start": "2026-06-01T17:30:00Z", "end": "2026-06-01T18:30:00Z"}
EVENING = {"start": "2026-06-01T18:00:00Z", "end": "2026-06-01T19:00:00Z"}


def details(answer) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name not in ("slug", "limit_kw", "public", "region")}


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/api/v1/sites/market", AT, "/api/v1/tariffs", "/api/v1/sites/market/limits", "/api/v1/openapi.json"])
def test_an_unchanged_resource_is_answered_with_304_and_no_body(lived, ops, path, coding):
    first = ops.get(path, headers={"accept-encoding": coding})
    again = ops.get(path, headers={"accept-encoding": coding, "if-none-match": f'W/"0", {first.headers["etag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"") and first.content
    assert again.headers["etag"] == first.headers["etag"] and "content-type" not in again.headers
    assert ops.get(path, headers={"if-none-match": '"0"'}).status_code == 200


def test_compressed_and_plain_answers_have_different_etags_and_either_one_gets_304(lived, ops):
    plain, zipped = (ops.get("/api/v1/tariffs", headers={"accept-encoding": one}) for one in ("identity", "gzip"))
    assert zipped.headers["content-encoding"] == "gzip" and plain.json() == zipped.json()
    assert plain.headers["etag"] != zipped.headers["etag"]
    other = {"accept-encoding": "gzip", "if-none-match": plain.headers["etag"]}
    assert ops.get("/api/v1/tariffs", headers=other).status_code == 304


def test_errors_and_html_pages_have_no_etag(lived, client):
    assert "etag" not in client.get("/api/v1/me").headers and "etag" not in client.get("/login").headers


def test_the_later_of_two_concurrent_edits_of_a_site_is_refused_with_412(lived, ops):
    read = ops.get(AT)
    mine, theirs = details(read) | {"name": "Market North"}, details(read) | {"name": "Market South"}
    tag = {"if-match": read.headers["etag"]}
    assert ops.put(AT, json=theirs, headers=tag).json()["name"] == "Market South"
    late = ops.put(AT, json=mine, headers=tag)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert ops.get(AT).json()["name"] == "Market South"
    assert ops.put(AT, json=mine, headers={"if-match": ops.get(AT).headers["etag"]}).json()["name"] == "Market North"


@pytest.mark.parametrize(
    ("slug", "condition", "status"),
    [
        ("market", {"if-none-match": "*"}, 412),
        ("fresh", {"if-none-match": "*"}, 201),
        ("market", {"if-match": "*"}, 200),
        ("fresh", {"if-match": "*"}, 412),
        ("market", {"if-match": '"0"'}, 412),
        ("market", {}, 200),
    ],
)
def test_if_match_and_if_none_match_decide_whether_a_site_is_added_or_replaced(lived, ops, slug, condition, status):
    assert ops.put(f"/api/v1/sites/{slug}/details", json=details(ops.get(AT)), headers=condition).status_code == status


def test_a_weak_etag_is_not_accepted_in_if_match(lived, ops):
    read = ops.get(AT)
    assert ops.put(AT, json=details(read), headers={"if-match": f"W/{read.headers['etag']}"}).status_code == 412


def test_limits_and_host_shares_are_not_changed_with_an_outdated_etag(lived, ops):
    for path in ("limits", "hosts"):
        read = ops.get(f"/api/v1/sites/market/{path}")
        body = {"seen": read.json()["seen"]} | ({"shares": []} if path == "hosts" else {"power_w": 20_000})
        refused = ops.put(f"/api/v1/sites/market/{path}", json=body, headers={"if-match": '"0"'})
        assert refused.status_code == 412, path
        taken = ops.put(f"/api/v1/sites/market/{path}", json=body, headers={"if-match": read.headers["etag"]})
        assert taken.status_code == 200, taken.text


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_booking_that_changed_since_it_was_read_is_neither_moved_nor_cancelled(scene, client, method):
    at = f"/api/v1/bookings/{client.post('/api/v1/bookings', json=WINDOW, headers=ADA).json()['id']}"
    read, body = client.get(at, headers=ADA), {"json": EVENING} if method == "PUT" else {}
    assert client.put(at, json=LATER, headers=ADA).status_code == 200
    refused = client.request(method, at, headers=ADA | {"if-match": read.headers["etag"]}, **body)
    assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    again = client.get(at, headers=ADA)
    assert again.json()["start"] == LATER["start"] and again.json()["state"] == "confirmed"
    assert client.request(method, at, headers=ADA | {"if-match": again.headers["etag"]}, **body).status_code == 200


def test_a_repeated_change_with_the_same_key_gets_the_first_answer_despite_its_old_etag(scene, client):
    at = f"/api/v1/bookings/{client.post('/api/v1/bookings', json=WINDOW, headers=ADA).json()['id']}"
    sent = ADA | {"if-match": client.get(at, headers=ADA).headers["etag"], "Idempotency-Key": "one"}
    first, again = (client.put(at, json=LATER, headers=sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200) and first.json() == again.json()


def test_a_fleet_driver_cannot_be_changed_removed_or_given_a_card_with_an_old_etag(scene, client, vans):  # noqa: F811
    at = f"/api/v1/fleet/drivers/{vans}"
    old = ADA | {"if-match": client.get(at, headers=ADA).headers["etag"]}
    assert client.put(at, json={"cost_centre": "North"}, headers=old).status_code == 200
    late = [client.put(at, json={"cost_centre": "South"}, headers=old), client.delete(at, headers=old)]
    late.append(client.put(f"{at}/cards/04FF01", json={"label": "Van"}, headers=old))
    assert [one.status_code for one in late] == [412] * 3
    now = client.get(at, headers=ADA)
    assert now.json()["cost_centre"] == "North" and "04FF01" not in str(now.json()["cards"])
    assert client.put(f"{at}/cards/04FF01", json={"label": "Van"}, headers=ADA | {"if-match": now.headers["etag"]}).status_code == 200


def test_a_tariff_version_based_on_an_outdated_version_is_refused(lived, ops):
    shown = next(one for one in ops.get("/api/v1/tariffs").json() if one["state"] == "current")
    assert ops.get(f"/api/v1/tariffs/{shown['id']}").json() == shown
    body = {"tariff": shown["tariff"], "site": shown["site"], "replaces": shown["id"]}
    later = ops.post("/api/v1/tariffs", json=body | {"valid_from": "2026-06-02T00:00:00Z"})
    assert later.status_code == 201, later.text
    late = ops.post("/api/v1/tariffs", json=body | {"valid_from": "2026-06-03T00:00:00Z"})
    assert (late.status_code, late.json()["code"]) == (409, "tariff_changed")
    body["replaces"] = later.json()["id"]
    assert ops.post("/api/v1/tariffs", json=body | {"valid_from": "2026-06-03T00:00:00Z"}).status_code == 201


def test_cors_allows_if_match_from_another_origin(client):
    asked = {"origin": "https://app.example", "access-control-request-method": "PUT"}
    asked["access-control-request-headers"] = "authorization,if-match"
    assert "if-match" in client.options(AT, headers=asked).headers["access-control-allow-headers"]
