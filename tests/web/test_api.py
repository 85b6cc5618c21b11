"""REST: strict validation of requests, problem documents for errors, and the OpenAPI document."""

import re

import pytest

from .apps import app_of
from .balance_scene import Desk
from .conftest import Browser

ADA, BOB = {"authorization": "Bearer api-ada"}, {"authorization": "Bearer api-bob"}
WINDOW = {"site": "market", "kind": "Type 2 11 kW", "start": "2026-06-01T16:00:00Z", "end": "2026-06-01T17:00:00Z", "energy_wh": 10_000}


def test_sites_their_prices_and_sockets_are_read_without_an_account(lived, client):
    (_, first) = client.get("/api/v1/sites").json()
    assert (first["slug"], first["free"], first["total"]) == ("market", 13, 24)
    assert first["typical_price"] == {"amount": "10.35", "currency": "EUR"}
    sockets = client.get("/api/v1/sites/market").json()["sockets"]
    assert len(sockets) == 24 and {one["standard"] for one in sockets} == {"IEC_62196_T2"}


def test_a_quote_has_a_total_and_itemised_lines_with_quantities_and_units(scene, client):
    quote = client.post("/api/v1/quotes", json=WINDOW, headers=ADA).json()
    # (0.50 + 10 kWh x 0.49 in the evening + 6 started minutes parked x 0.04) x 1.19
    assert quote["total"]["amount"] == "6.71" and all(line["because"] for line in quote["lines"])
    assert [(line["quantity_value"], line["unit"]) for line in quote["lines"]] == [("", ""), ("10", "kWh"), ("0.1", "h")]


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "2101-01-01T00:00:00Z"])
@pytest.mark.parametrize("path", ["quotes", "bookings", "waitlist"])
def test_a_time_before_2000_or_after_2100_is_refused_with_the_name_of_its_field(client, path, end):
    refused = client.post(f"/api/v1/{path}", json=WINDOW | {"start": end, "end": end}, headers=ADA)
    assert refused.status_code == 400 and "start must be between 2000 and 2100" in refused.json()["remedy"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_price_per_kwh_gives_the_currency_code_in_every_language(scene, client, language):
    quote = client.post("/api/v1/quotes", json=WINDOW, headers=ADA | {"accept-language": language}).json()
    assert "0.49 EUR/kWh" in [line["unit_price"] for line in quote["lines"]]


def test_a_booking_is_made_once_per_idempotency_key_and_cancelled_by_its_driver_only(scene, client):
    key = {"Idempotency-Key": "abc"}
    first, again = (client.post("/api/v1/bookings", json=WINDOW, headers=BOB | key) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    other = client.post("/api/v1/bookings", json=WINDOW, headers=ADA | key)
    assert other.json()["id"] != first.json()["id"]
    cancelled = client.delete(f"/api/v1/bookings/{first.json()['id']}", headers=BOB)
    assert cancelled.json()["state"] == "cancelled"
    assert client.delete(f"/api/v1/bookings/{other.json()['id']}", headers=BOB).status_code == 404


def test_an_idempotency_key_reused_with_another_body_is_refused_and_books_nothing(scene, client):
    key = BOB | {"Idempotency-Key": "abc"}
    booked = client.post("/api/v1/bookings", json=WINDOW, headers=key).json()
    longer = client.post("/api/v1/bookings", json=WINDOW | {"end": "2026-06-01T18:00:00Z"}, headers=key)
    assert (longer.status_code, longer.json()["code"]) == (422, "key_used")
    assert client.post("/api/v1/bookings", json=dict(reversed(WINDOW.items())) | {"features": []}, headers=key).json() == booked
    assert [one["id"] for one in client.get("/api/v1/bookings", headers=BOB).json()] == [booked["id"]]


@pytest.mark.parametrize(("language", "said"), [("de", "Sie haben keine solche Buchung."), ("en", "You have no such booking.")])
def test_an_error_is_worded_in_the_requested_language(scene, client, language, said):
    refused = client.get(f"/api/v1/bookings/{scene.ada}", headers=ADA | {"accept-language": language})
    assert refused.json()["detail"] == said and refused.headers["content-language"] == language


@pytest.mark.parametrize(
    "wrong",
    [{"extra": 1}, {"energy_wh": 0}, {"energy_wh": "ten"}, {"start": "2026-06-01T16:00:00"}, {"end": "2026-06-01T15:00:00Z"}, {"site": ""}],
)
def test_a_malformed_body_is_a_problem_document(scene, client, wrong):
    answer = client.post("/api/v1/bookings", json=WINDOW | wrong, headers=ADA)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json" and answer.json()["code"]


def test_a_validation_error_names_the_invalid_field(scene, client):
    wrong = client.post("/api/v1/bookings", json=WINDOW | {"energy_wh": 0}, headers=ADA).json()["errors"]
    assert [one["field"] for one in wrong] == ["energy_wh"] and wrong[0]["message"]
    (limit,) = client.get("/api/v1/bookings?limit=no", headers=ADA).json()["errors"]
    assert limit["field"] == "limit"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_not_a_json_object_gets_a_problem_document(scene, client, body):
    answer = client.post("/api/v1/quotes", content=body, headers=ADA | {"content-type": "application/json"})
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"


def test_a_request_body_that_is_too_large_is_refused(scene, client):
    assert client.post("/api/v1/quotes", content=b" " * 300_000, headers=ADA | {"content-type": "application/json"}).status_code == 413


def test_a_request_without_a_valid_api_token_is_unauthorized(scene, client):
    assert client.get("/api/v1/bookings").status_code == 401
    assert client.get("/api/v1/bookings", headers={"authorization": "Bearer nonsense"}).status_code == 401
    assert client.get("/api/v1/bookings", headers={"authorization": "Bearer ada"}).status_code == 401  # a client session is no API token


def test_a_write_request_with_a_browser_session_needs_the_csrf_token(scene, client):
    client.sign_in("ada")
    assert client.get("/api/v1/bookings").status_code == 200
    assert client.post("/api/v1/bookings", json=WINDOW).status_code == 403
    assert client.post("/api/v1/bookings", json=WINDOW, headers={"x-csrf-token": client.token()}).status_code == 201


def test_a_driver_reads_and_stops_their_own_charge_and_sets_its_energy_need(lived, client):
    (charge,) = client.get("/api/v1/charges", headers=ADA).json()
    assert (charge["bay"], charge["cost"]["amount"]) == ("M-04", "5.06")
    assert client.get(f"/api/v1/charges/{charge['id']}", headers=BOB).status_code == 404
    need = {"evse": str(lived.evse(4)), "energy_wh": 20_000, "departure": "2026-06-01T18:00:00Z"}
    assert client.post("/api/v1/needs", json=need, headers=ADA).json()["energy_wh"] == 20_000
    goal = need | {"energy_wh": None, "battery": {"capacity_wh": 60_000, "target_percent": 80, "level_percent": 50}, "pace": "CHEAP"}
    said = client.post("/api/v1/needs", json=goal | {"stop_there": True}, headers=ADA).json()
    assert (said["energy_wh"], said["pace"], said["stop_there"]) == (9152 + 20_000, "CHEAP", True)
    assert client.post("/api/v1/needs", json=need | {"pace": "SLOW"}, headers=ADA).status_code == 400
    assert client.post(f"/api/v1/charges/{charge['id']}/stop", headers=ADA).status_code == 202


def test_a_charge_starts_only_at_a_free_socket(lived, client):
    assert client.post("/api/v1/charges", json={"evse": str(lived.evse(3))}, headers=ADA).json()["state"] == "holding"
    assert client.post("/api/v1/charges", json={"evse": str(lived.evse(1))}, headers=BOB).json()["code"] == "socket_busy"


def test_a_receipt_is_read_by_its_own_driver_only(lived, client):
    mine = client.get("/api/v1/receipts", headers=ADA).json()
    assert [one["number"] for one in mine] and client.get("/api/v1/receipts", headers=BOB).json() == []
    assert client.get(mine[0]["pdf"], headers=ADA).content.startswith(b"%PDF")
    assert client.get(mine[0]["pdf"], headers=BOB).status_code == 404


def test_the_openapi_document_lists_the_api_paths_and_its_reference_page_has_no_script(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1") and "/api/v1/bookings" in described["paths"]
    assert not [path for path in described["paths"] if not path.startswith("/api/v1/")]
    assert "<script" not in client.get("/api/v1/reference").text


VERBS = (
    "accept|add|block|cancel|check|create|delete|end|extend|get|join|keep|leave|list|move|pass|pay|plan|preview|provide|publish|redeem|"
    "refresh|refund|refuse|remove|renew|report|retire|search|send|set|start|stop|update|withdraw"
)


def test_every_operation_id_is_unique_and_consists_of_a_verb_and_a_noun(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"].values()
    names = [call["operationId"] for item in paths for call in item.values()]
    assert len(set(names)) == len(names) > 100
    assert not [name for name in names if not re.fullmatch(f"({VERBS})(_[a-z]+)+", name)]


def test_health_and_metrics_answer_and_an_unconfigured_payment_webhook_does_not_exist(client):
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json()["status"] == "ready"
    assert "forecourt_up 1" in client.get("/metrics").text
    assert client.post("/webhooks/payments", content=b"{}").status_code == 404


def test_the_return_address_of_a_card_setup_is_the_public_url_not_the_host_header(scene):
    with Browser(app_of(scene.ports(card_desk=Desk(), public_url="https://charge.example/")), base_url="http://10.0.0.7:8000") as client:
        asked = client.post("/api/v1/cards", headers={"authorization": "Bearer api-ada", "host": "evil.example"})
    assert asked.json()["page"].startswith("https://charge.example/cards/setups/")
