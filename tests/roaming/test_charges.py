"""Charges of roaming customers: what the partner is sent, fetches, and commands."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from forecourt.flows.desk.orders import enqueue_partner_message
from forecourt.flows.ports import ChangedSince, PartnerRequest, PartnerUnreachable, PassResult
from forecourt.ocpi import CommandResult
from forecourt.stations import ConnectorState
from ocpi.tables import faults
from roaming_world import PARTNER, TOKEN_C, digest_of, registered, vouch
from web.conftest import NOW

from .conftest import Desk, Provider
from .pushing import LANE, TAKEN, courier, delivered, line

CARD = "04FACADE"


@pytest.fixture
def charged(joined: Desk, provider: Provider) -> Desk:
    """Two charges with the partner's card, billed. The partner takes what it is told."""
    scene, partner = joined.scene, joined.partner()
    delivered(joined, courier(joined))  # its tokens are read
    with scene.transactions.begin() as store:
        vouch(store, partner)
    for bay, hours in ((10, 6), (11, 4)):
        scene.charge(bay, CARD, NOW - timedelta(hours=hours), 60, 7_200, end=True)
    scene._bill()
    with scene.transactions.begin() as store:
        for one in store.roaming_charges.charges_of(PARTNER, ChangedSince())[0]:
            provider.pages[f"/ocpi/2.2.1/sessions/DE/FCT/{one.session_id}"] = (200, TAKEN)
    provider.pages["/ocpi/2.2.1/cdrs"] = (201, TAKEN)
    return joined


async def test_deliveries_to_a_partner_run_in_parallel(charged: Desk, provider: Provider) -> None:
    with charged.scene.transactions.begin() as store:
        items = store.outbox.claim(LANE, NOW, 100, 60)
    await asyncio.gather(*courier(charged).deliveries(LANE, items))
    assert len(items) == 4 and len(told(provider, "sessions")) == len(told(provider, "cdrs")) == 2


def told(provider: Provider, path: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (method, json.loads(body, parse_float=Decimal))
        for method, where, _, body in provider.asked
        if where.startswith(f"/ocpi/2.2.1/{path}") and method != "GET"
    ]


def test_each_cdr_is_sent_once_with_the_total_of_its_invoice(charged: Desk, provider: Provider) -> None:
    by = courier(charged)
    while delivered(charged, by):
        pass
    sessions, cdrs = told(provider, "sessions"), told(provider, "cdrs")
    assert [(method, one["status"]) for method, one in sessions] == [("PUT", "COMPLETED")] * 4  # as each began (told late), and ended
    with charged.scene.transactions.begin() as store:
        bills = {str(one.id): one for one in (store.documents.document(kept.document_id) for kept in kept_cdrs(store))}
        store.outbox.put(next(one for one in store.outbox.history(f"cdr/{cdrs[0][1]['session_id']}")).item)
    assert {one["id"]: one["total_cost"]["incl_vat"] for _, one in cdrs} == {key: one.gross.amount for key, one in bills.items()}
    assert delivered(charged, by) == 0 and len(told(provider, "cdrs")) == 2


def kept_cdrs(store: Any) -> Any:
    return store.roaming_charges.cdrs_of(PARTNER, ChangedSince())[0]


def test_after_a_failure_a_partner_is_retried_later_and_not_for_every_cdr_at_once(charged: Desk, provider: Provider) -> None:
    by = courier(charged)
    provider.pages["/ocpi/2.2.1/cdrs"] = (500, b"")
    while delivered(charged, by):
        pass
    asked = len(told(provider, "cdrs"))
    assert asked == 2
    with charged.scene.transactions.begin() as store:
        assert {one.passing.error for one in kept_cdrs(store)} == {"answered 500, 2000 HTTP 500"}
    provider.pages["/ocpi/2.2.1/cdrs"] = (201, TAKEN)
    assert delivered(charged, by) == 0  # not before its time
    charged.scene.clock.at += timedelta(minutes=2)
    assert delivered(charged, by) == 2 and len(told(provider, "cdrs")) == 4
    with charged.scene.transactions.begin() as store:
        assert {one.passing.error for one in kept_cdrs(store)} == {""}


def test_an_unreachable_partner_is_called_once_and_then_left_alone_for_a_while(charged: Desk, provider: Provider) -> None:
    by, before = courier(charged), len(provider.asked)
    provider.pages |= {page: (200, b"no OCPI") for page in provider.pages if "/sessions/" in page or page.endswith("/cdrs")}
    assert delivered(charged, by) == 4  # two sessions, two CDRs
    assert len(provider.asked) == before + 1


def test_cdrs_and_sessions_are_listed_in_pages(charged: Desk) -> None:
    first = charged.ask("GET", "/ocpi/2.2.1/cdrs?limit=1")
    assert (first.headers["x-total-count"], first.headers["x-limit"], len(first.json()["data"])) == ("2", "100", 1)
    assert first.headers["link"].endswith('/ocpi/2.2.1/cdrs?offset=1&limit=1>; rel="next"')
    second = charged.ask("GET", "/ocpi/2.2.1/cdrs?offset=1&limit=1")
    assert "link" not in second.headers and second.json()["data"][0]["id"] != first.json()["data"][0]["id"]
    newer = charged.data("/ocpi/2.3.0/cdrs?date_from=2026-06-01T07:30:00Z")
    assert len(newer) == 1 and set(newer[0]["total_cost"]) == {"before_taxes", "taxes"}
    assert charged.ask("GET", "/ocpi/2.2.1/sessions").json()["status_code"] == 2001
    assert [one["status"] for one in charged.data("/ocpi/2.2.1/sessions?date_from=2026-01-01T00:00:00")] == ["COMPLETED"] * 2
    for wrong in ("limit=x", "offset=-1", f"offset={'0' * 5000}1", f"limit={'9' * 30}", "date_from=yesterday"):
        assert charged.ask("GET", f"/ocpi/2.2.1/cdrs?{wrong}").json()["status_code"] == 2001


def test_a_partner_sees_no_charges_of_another_partner(charged: Desk) -> None:
    other = replace(registered(charged.scene.operator_id), id=UUID(int=4712), party="ABC")
    with charged.scene.transactions.begin() as store:
        store.roaming.put_partner(other)
        mine = kept_cdrs(store)[0].cdr.session_id
    assert digest_of(TOKEN_C) == other.digest
    charged.token = TOKEN_C
    assert charged.data("/ocpi/2.2.1/cdrs") == charged.data("/ocpi/2.2.1/sessions?date_from=2026-01-01T00:00:00Z") == []
    stop = {"response_url": "https://emsp.example/1", "session_id": mine}
    assert charged.ask("POST", "/ocpi/2.2.1/commands/STOP_SESSION", stop).json()["data"]["result"] == "UNKNOWN_SESSION"


def test_a_command_is_answered_at_once_and_its_result_sent_to_the_response_url(charged: Desk, provider: Provider) -> None:
    evse = str(charged.scene.evse(12))
    start = {
        "response_url": f"{provider.base}/2.2.1/commands/START_SESSION/77",
        "token": {"country_code": "NL", "party_id": "TNM", "uid": "APP-1", "type": "APP_USER", "contract_id": "NL8ACC12E46L90",
                  "issuer": "The New Motion", "valid": True, "whitelist": "NEVER", "last_updated": "2026-06-01T10:00:00Z"},
        "location_id": str(charged.scene.site_id), "evse_uid": evse,
    }  # fmt: skip
    answer = charged.ask("POST", "/ocpi/2.2.1/commands/START_SESSION", start).json()
    assert answer["data"] == {"result": "ACCEPTED", "timeout": 60}
    provider.pages["/ocpi/2.2.1/commands/START_SESSION/77"] = (200, TAKEN)
    with charged.scene.transactions.begin() as store:
        (asked,) = [one for one in store.outbox.open_items("charger") if one.idempotency_key.startswith("roaming/")]
        command = store.roaming_charges.command(UUID(asked.idempotency_key.removeprefix("roaming/")))
        enqueue_partner_message(store, command, PassResult(command.id, CommandResult.ACCEPTED), NOW, charged.scene.ids, "done")
    by = courier(charged)
    while delivered(charged, by):
        pass
    assert ("POST", {"result": "ACCEPTED"}) in told(provider, "commands")


@pytest.mark.parametrize(
    ("command", "body", "http", "code"),
    [
        ("FLY", {}, 200, 2001),
        ("START_SESSION", {"response_url": "file:///etc/passwd"}, 200, 2001),
        ("STOP_SESSION", b"{", 400, 2000),
        ("STOP_SESSION", [], 200, 2001),
    ],
)
def test_an_invalid_command_is_refused_with_the_reason(joined: Desk, command: str, body: Any, http: int, code: int) -> None:
    answer = joined.ask("POST", f"/ocpi/2.2.1/commands/{command}", body)
    assert (answer.status_code, answer.json()["status_code"]) == (http, code)


def test_command_results_are_sent_only_to_servers_that_the_partner_has_named(charged: Desk, provider: Provider) -> None:
    """Our credentials are sent with them. A server of a single module of the partner is one of its servers."""
    back = {"response_url": "http://results.emsp.example/1", "reservation_id": "R1"}
    for kind in ("CANCEL_RESERVATION", "RESERVE_NOW", "START_SESSION", "STOP_SESSION", "UNLOCK_CONNECTOR"):
        card = {"country_code": "NL", "party_id": "TNM", "uid": CARD, "type": "RFID", "contract_id": "C"}
        wanted = back | {"token": card, "expiry_date": "2026-06-01T13:00:00Z", "location_id": "1", "evse_uid": "1", "connector_id": "1",
                         "session_id": "1"}  # fmt: skip
        answer = charged.ask("POST", f"/ocpi/2.2.1/commands/{kind}", wanted)
        assert (answer.status_code, answer.json()["status_code"], "response_url" in answer.json()["status_message"]) == (200, 2001, True)
    provider.pages["/ocpi/2.2.1"][1]["endpoints"].append(
        {"identifier": "commands", "role": "SENDER", "url": "http://results.emsp.example/ocpi/2.2.1/commands"}
    )
    charged.token = charged.ask("PUT", "/ocpi/2.2.1/credentials", provider.credentials).json()["data"]["token"]
    assert charged.ask("POST", "/ocpi/2.2.1/commands/CANCEL_RESERVATION", back).json()["data"]["result"] == "ACCEPTED"


def test_a_command_result_is_not_sent_to_a_server_the_partner_no_longer_names(joined: Desk, provider: Provider) -> None:
    partner = joined.partner()
    call = PartnerRequest(
        partner, ("DE", "FCT"), "POST", "commands", "RECEIVER", body=b"{}", address=provider.base.replace("127.0.0.1", "localhost")
    )
    before = len(provider.asked)
    with pytest.raises(PartnerUnreachable, match="not at a server of The New Motion"):
        line().call(call)
    assert len(provider.asked) == before


def test_a_socket_is_reserved_and_released_by_command(charged: Desk, provider: Provider) -> None:
    place, by = f"/ocpi/2.2.1/locations/{charged.scene.site_id}", courier(charged)
    evse = str(charged.scene.evse(12))
    with charged.scene.transactions.begin() as store:
        store.stations.put_socket(replace(store.stations.socket(charged.scene.evse(12)), state=ConnectorState.AVAILABLE))
    for name in ("77", "78"):
        provider.pages[f"/ocpi/2.2.1/commands/{name}"] = (200, TAKEN)
    card = {"country_code": "NL", "party_id": "TNM", "uid": CARD, "type": "RFID", "contract_id": "NL8ACC12E46L89"}
    wanted = {"response_url": f"{provider.base}/2.2.1/commands/77", "token": card, "expiry_date": "2026-06-01T13:00:00Z",
              "reservation_id": "R1", "location_id": str(charged.scene.site_id), "evse_uid": evse}  # fmt: skip
    assert charged.ask("POST", "/ocpi/2.2.1/commands/RESERVE_NOW", wanted).json()["data"]["result"] == "ACCEPTED"
    held = charged.data(f"{place}/{evse}")
    assert held["status"] == "RESERVED" and "RESERVABLE" in held["capabilities"]
    *_, session = charged.data("/ocpi/2.2.1/sessions?date_from=2026-06-01T12:00:00Z")
    assert (session["status"], session["evse_uid"], faults("Session221", session)) == ("RESERVATION", evse, [])
    provider.pages[f"/ocpi/2.2.1/sessions/DE/FCT/{session['id']}"] = (200, TAKEN)
    back = {"response_url": f"{provider.base}/2.2.1/commands/78", "reservation_id": "R1"}
    assert charged.ask("POST", "/ocpi/2.2.1/commands/CANCEL_RESERVATION", back).json()["data"]["result"] == "ACCEPTED"
    while delivered(charged, by):
        pass
    assert told(provider, "commands") == [("POST", {"result": "ACCEPTED"})] * 2
    assert told(provider, f"sessions/DE/FCT/{session['id']}")[-1][1]["status"] == "COMPLETED"
    assert charged.data(f"{place}/{evse}")["status"] == "AVAILABLE"
