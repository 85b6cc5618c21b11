"""REST for the back office and drivers' apps: charges, documents and ledger by period, drivers, booking changes, webhooks."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from forecourt.drivers import TokenStatus
from forecourt.flows.desk import register_card
from forecourt.jobs.notice_messages import webhook_for
from forecourt.kernel import DriverId, Money, OperatorId, PaymentId, TokenUid
from forecourt.notices import Channel, Notice, NoticeContent, NoticeKind, Webhook

from .conftest import NOW
from .messages_scene import CALLED, HOOK_ID, event_sent
from .test_api import ADA, BOB, WINDOW

DAY = {"start": "2026-06-01T00:00:00Z", "end": "2026-06-02T00:00:00Z"}
LATER = {"start": "2026-06-01T18:00:00Z", "end": "2026-06-01T19:00:00Z"}


def test_each_charge_of_a_period_is_listed_once_and_every_invoiced_charge_is_among_them(lived, ops):
    charges = ops.get("/api/v1/sessions", params=DAY).json()
    documents = ops.get("/api/v1/documents", params=DAY).json()
    assert charges and charges == sorted(charges, key=lambda one: one["ended_at"]) and len({one["id"] for one in charges}) == len(charges)
    billed = {one["session"] for one in documents if one["kind"] == "INVOICE"}
    assert billed and billed <= {one["id"] for one in charges}
    halves = [{"start": DAY["start"], "end": NOW.isoformat()}, {"start": NOW.isoformat(), "end": DAY["end"]}]
    assert [one for half in halves for one in ops.get("/api/v1/sessions", params=half).json()] == charges
    assert ops.get("/api/v1/sessions", params=DAY | {"site": "harbour"}).json() == [one for one in charges if one["site"] == "harbour"]


def test_net_plus_vat_is_gross_on_each_document_of_a_period_and_each_is_read_in_full(lived, ops):
    documents = ops.get("/api/v1/documents", params=DAY).json()
    for one in documents:
        cents = {name: round(100 * float(one[name]["amount"])) for name in ("net", "vat", "gross")}
        assert cents["net"] + cents["vat"] == cents["gross"] == sum(round(100 * float(rate["gross"]["amount"])) for rate in one["rates"])
    whole = ops.get(f"/api/v1/documents/{documents[0]['number']}").json()
    assert [line["unit"] for line in whole["lines"] if line["quantity_value"]] == [
        line["unit"] for line in whole["lines"] if line["quantity"]
    ]
    assert whole["total"] == documents[0]["gross"] and whole["lines"] and whole["pdf"] == f"/api/v1/documents/{whole['number']}.pdf"


def test_the_ledger_is_read_in_parts_from_the_last_position_without_a_gap(lived, ops):
    book = ops.get("/api/v1/ledger", params={"limit": 1000}).json()
    assert [one["position"] for one in book] == list(range(1, len(book) + 1)) and len(book) > 3
    read: list = []
    while some := ops.get("/api/v1/ledger", params={"after": read[-1]["position"] if read else 0, "limit": 2}).json():
        read += some
    assert read == book and all(float(each["amount"]["amount"]) > 0 for one in book for each in one["postings"])


@pytest.mark.parametrize("wrong", [{}, {"start": "2026-06-01T00:00:00Z"}, DAY | {"end": "2026-07-09T00:00:00Z"}, DAY | {"start": "soon"}])
def test_a_list_of_charges_with_a_missing_invalid_or_too_long_period_is_refused(scene, ops, wrong):
    assert ops.get("/api/v1/sessions", params=wrong).status_code == 400


@pytest.mark.parametrize("wrong", [{"start": "soon"}, {"start": DAY["end"], "end": DAY["start"]}, {"kind": "bill"}, {"paid": "late"}])
def test_an_invalid_filter_of_documents_is_refused(scene, ops, wrong):
    assert ops.get("/api/v1/documents", params=wrong).status_code == 400
    assert ops.get("/api/v1/documents", params={"least": "12.505"}).json()["code"] == "least"


@pytest.mark.parametrize("paid", ["paid", "open", "overdue", "monthly", "credited"])
@pytest.mark.parametrize("kind", ["", "INVOICE", "CREDIT_NOTE"])
def test_document_filters_over_rest_find_the_same_documents_as_the_console_page(lived, ops, paid, kind):
    shown = {"INVOICE": "invoice", "CREDIT_NOTE": "credit-note", "": ""}[kind]
    rows = ops.get("/console/documents", params={"form": "csv", "state": paid, "kind": shown}).text.splitlines()[1:]
    found = ops.get("/api/v1/documents", params={"paid": paid} | ({"kind": kind} if kind else {})).json()
    assert sorted(one["number"] for one in found) == sorted(row.split(",")[0] for row in rows)


def test_documents_are_filtered_by_text_total_and_driver_and_read_page_by_page(lived, ops):
    def listed(**wanted: str):
        return ops.get("/api/v1/documents", params=wanted).json()

    every = listed(limit="1000")
    one, total = every[0], every[0]["gross"]["amount"]
    assert every == listed() and len(every) > 3
    for wanted in ({"words": one["number"].lower()}, {"least": total, "most": total}, {"driver": one["driver"]}):
        found = listed(**wanted)
        assert one in found and len(found) < len(every), wanted
    assert [each for each in every if each["driver"] == one["driver"]] == found
    onward = ops.get("/api/v1/documents", params={"kind": "INVOICE", "limit": 1}).links["next"]["url"]
    assert ops.get(onward).json() == [each for each in every if each["kind"] == "INVOICE"][1:2]


def test_a_driver_is_added_once_and_gets_a_card_that_is_named_and_blocked(scene, ops):
    wanted = {"name": "Kim Lee", "email": "kim@example.org", "language": "de"}
    made = ops.post("/api/v1/drivers", json=wanted)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store") and "/password/" in made.json()["invitation"]
    assert ops.post("/api/v1/drivers", json=wanted).status_code == 409
    at = f"/api/v1/drivers/{made.json()['id']}"
    for body in ({"label": "Key ring"}, {"label": "Key ring", "blocked": True}, {"label": "Key ring", "blocked": True}):
        cards = ops.put(f"{at}/cards/04aa77", json=body).json()["cards"]
        assert cards == [{"uid": "04AA77", "label": "Key ring", "blocked": body.get("blocked", False)}]
    for words in ("kim", "04AA77"):
        assert [one["id"] for one in ops.get("/api/v1/drivers", params={"words": words}).json()] == [made.json()["id"]]
    assert ops.get(at).json()["invitation"] is None and ops.put(f"{at}/cards/04CARD05", json={}).status_code == 409


def test_renaming_or_unblocking_a_card_keeps_it_blocked_while_a_payment_is_disputed(scene, ops):
    with scene.transactions.begin() as store:
        register_card(store, scene.ada, "04DD01", "Key ring")
        card = store.drivers.token(scene.operator_id, TokenUid("04DD01"))
        store.drivers.put_token(replace(card, status=TokenStatus.BLOCKED, disputed=("dp_1",)))
    for body in ({"label": "Van", "blocked": False}, {"label": "Lorry"}):
        told = ops.put(f"/api/v1/drivers/{scene.ada}/cards/04DD01", json=body).json()["cards"]
        assert [one["blocked"] for one in told if one["uid"] == "04DD01"] == [True]
    with scene.transactions.begin() as store:
        card = store.drivers.token(scene.operator_id, TokenUid("04DD01"))
    assert (card.status, card.disputed, card.label) == (TokenStatus.ACTIVE, ("dp_1",), "Lorry"), (
        "only the block by staff is lifted, not the one by the dispute"
    )


def test_a_booking_is_moved_once_per_idempotency_key_and_keeps_its_id_and_socket_kind(scene, client):
    made = client.post("/api/v1/bookings", json=WINDOW, headers=ADA).json()
    at, key = f"/api/v1/bookings/{made['id']}", {"Idempotency-Key": "later"}
    first, again = (client.put(at, json=LATER, headers=ADA | key).json() for _ in range(2))
    assert first == again and (first["id"], first["start"], first["kind"]) == (made["id"], LATER["start"], made["kind"])
    for wrong in (LATER | {"kind": "CCS"}, LATER | {"end": LATER["start"]}, LATER | {"end": "2026-06-09T18:00:00Z"}):
        assert client.put(at, json=wrong, headers=ADA).status_code == 400
    assert client.put(at, json=LATER, headers=BOB).status_code == 404 and client.get(at, headers=ADA).json()["end"] == LATER["end"]


def test_a_stay_that_has_not_begun_cannot_be_extended(scene, client):
    made = client.post("/api/v1/bookings", json=WINDOW, headers=ADA).json()
    refused = client.post(f"/api/v1/bookings/{made['id']}/longer", json={"end": LATER["start"]}, headers=ADA)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_charging")


def test_openapi_describes_every_error_as_a_problem_document(scene, client):
    described = client.get("/api/v1/openapi.json").json()
    answers = [call["responses"] for item in described["paths"].values() for call in item.values()]
    assert all(one["default"] == {"$ref": "#/components/responses/Problem"} and "400" not in one for one in answers)
    (schema,) = [one["schema"] for one in described["components"]["responses"]["Problem"]["content"].values()]
    problem = client.get(f"/api/v1/bookings/{timedelta()}", headers=ADA).json()
    assert set(schema["required"]) <= problem.keys()


def test_openapi_has_unique_schema_titles_and_a_schema_for_every_answer_and_header(client):
    described = client.get("/api/v1/openapi.json").json()
    named = [schema["title"] for schema in described["components"]["schemas"].values() if "title" in schema]
    assert len(named) == len(set(named)) > 100  # of two schemas with one title, generators drop one, and its calls
    answers = [answer for item in described["paths"].values() for call in item.values() for answer in call["responses"].values()]
    assert all("schema" in header for answer in answers for header in answer.get("headers", {}).values())
    assert not [kind for answer in answers for kind in answer.get("content", {}).values() if not kind["schema"]]


def test_openapi_gives_meanings_of_fields_media_types_of_receipts_and_calls_without_a_token(client):
    described = client.get("/api/v1/openapi.json").json()
    paths, schemas = described["paths"], described["components"]["schemas"]
    assert 'state: "offered"' in schemas["BookingItem"]["description"] and schemas["BookingItem"]["required"] == sorted(
        schemas["BookingItem"]["properties"]
    )
    assert list(paths["/api/v1/receipts/{name}"]["get"]["responses"]["200"]["content"]) == [
        "application/json",
        "application/pdf",
        "application/xml",
    ]
    assert [path for path in paths if "security" in paths[path].get("get", {})] == [
        f"/api/v1/{one}" for one in ("sites", "sites/{slug}", "sockets/{code}")
    ]


def test_a_webhook_event_has_exactly_the_fields_that_openapi_describes(client):
    event = client.get("/api/v1/openapi.json").json()["webhooks"]["event"]["post"]
    schema, operator = event["requestBody"]["content"]["application/json"]["schema"], OperatorId(UUID(int=1))
    ids = (UUID(int=3), operator, DriverId(UUID(int=2)), NoticeKind.PAYMENT_CAPTURED, Channel.HOOK, NOW)
    notice = Notice(*ids, NoticeContent(amount=Money(1234, "EUR"), until=NOW), "/console", payment_id=PaymentId(UUID(int=4)))
    call = webhook_for(notice, Webhook(operator, operator, "https://erp.example", "s"), "market", NOW)
    body = json.loads(call.body)
    assert not list(Draft202012Validator(schema).iter_errors(body)) and "payment_captured" in schema["properties"]["event"]["description"]
    assert body.keys() == schema["properties"].keys() and body["says"].keys() == schema["properties"]["says"]["properties"].keys()


def test_webhooks_are_added_changed_and_removed_over_rest(scene, ops):
    at = "/api/v1/webhooks"
    made = ops.post(at, json={"url": "https://erp.example/hook", "name": "Books", "events": ["turn", "invoice"], "sites": ["market"]})
    hook = made.json()
    secret = hook.pop("secret")
    assert made.status_code == 201 and len(secret) > 40 and ops.get(at).json() == [hook] == [ops.get(f"{at}/{hook['id']}").json()]
    wanted = {"url": hook["url"], "name": "Books", "events": None, "sites": None, "paused": True}
    tag = {"if-match": ops.get(f"{at}/{hook['id']}").headers["etag"]}
    changed = ops.put(f"{at}/{hook['id']}", json=wanted, headers=tag).json()
    assert (changed["events"], changed["sites"], changed["state"]) == (None, None, "paused")
    assert ops.put(f"{at}/{hook['id']}", json=wanted, headers=tag).status_code == 412
    assert ops.delete(f"{at}/{hook['id']}", headers=tag).status_code == 412
    assert ops.put(f"{at}/{hook['id']}", json=wanted | {"paused": False}).json()["state"] == "active"
    replaced = ops.post(f"{at}/{hook['id']}/secret").json()
    assert replaced["secret"] != secret and replaced["old_secret_until"] == ops.get(at).json()[0]["old_secret_until"]
    for wrong in ({"events": ["password_link"]}, {"events": []}, {"sites": []}, {"sites": ["moon"]}, {"url": ""}, {"name": "x\n" * 50}):
        assert ops.put(f"{at}/{hook['id']}", json=wanted | wrong).status_code == 400, wrong
    assert ops.put(f"{at}/{hook['id']}", json={"url": hook["url"]}).status_code == 400, "an update must name every field"
    assert ops.delete(f"{at}/{hook['id']}").status_code == 204 and ops.get(at).json() == []


def test_webhook_deliveries_are_listed_with_each_attempt_and_redelivered_once_over_rest(scene, ops):
    at = "/api/v1/webhooks"
    with scene.transactions.begin() as store:
        event_sent(store, scene)
    other = ops.post(at, json={"url": "https://erp.example/other"}).json()["id"]
    sent = ops.post(f"{at}/{other}/test").json()
    assert (sent["event"], sent["webhook"], sent["state"], sent["attempts"]) == ("test", other, "waiting", [])
    assert ops.get(f"{at}/deliveries/{sent['id']}").json() == sent
    assert [one["id"] for one in ops.get(f"{at}/deliveries").json()] == [sent["id"], str(CALLED)]
    (called,) = ops.get(f"{at}/deliveries", params={"webhook": str(HOOK_ID)}).json()
    assert [(one["response_code"], one["answer"]) for one in called["attempts"]] == [(204, "taken, thank you"), (503, "try later")]
    again = [ops.post(f"{at}/deliveries/{CALLED}/redeliver") for _ in range(2)]
    assert [one.status_code for one in again] == [202, 409] and again[0].json()["id"] == str(CALLED)


def test_every_error_code_in_the_api_guide_is_in_the_source():
    root = Path(__file__).parents[2]
    (table,) = re.findall(r"\| code \| what to do \|\n((?:\|.*\n)+)", (root / "docs" / "api.md").read_text())
    named = {code for row in table.splitlines() for code in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    source = "".join(path.read_text() for path in (root / "src" / "forecourt").rglob("*.py"))
    assert len(named) > 20 and not [code for code in named if f'"{code}"' not in source]


def test_every_call_in_the_api_guide_is_in_openapi(client):
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/api/v1/[^`]*)`", guide)
    assert len(named) > 30 and not [(method, path) for method, path in named if method.lower() not in paths.get(path, {})]
