"""Webhooks of the provider: accepted only if signed, of this account and fresh; resent until accepted."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.kernel import BadInput, Forbidden
from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.simulation.provider import signature
from payment_orders import charge, hold


@pytest.fixture
def client() -> ProviderClient:
    return ProviderClient("http://127.0.0.1:9", "new", ProviderOptions(older_secrets=("old",)))


BODY = json.dumps(
    {
        "id": "evt_1",
        "name": "captured",
        "account": "acct_forecourt",
        "live": False,
        "at": "2026-06-01T12:00:00Z",
        "payment": {
            "id": "pay_1",
            "reference": "0198a3c0-0000-7000-8000-000000000001",
            "currency": "EUR",
            "status": "captured",
            "held": 0,
            "captured": 500,
            "refunded": 0,
            "changed_at": "2026-06-01T12:00:00Z",
        },
    }
).encode()
AT_S = 1_780_315_200.0


def at(seconds: float = 0) -> datetime:
    return datetime.fromtimestamp(AT_S, UTC) + timedelta(seconds=seconds)


def test_a_signed_webhook_event_is_read(client: ProviderClient) -> None:
    event = client.parse_webhook(BODY, signature("new", BODY, AT_S), at(3))
    assert (event.id, event.name, str(event.payment_id)) == ("evt_1", "captured", "0198a3c0-0000-7000-8000-000000000001")


def test_both_webhook_secrets_are_valid_while_one_is_replaced(client: ProviderClient) -> None:
    client.parse_webhook(BODY, signature("old", BODY, AT_S), at())
    both = signature("other", BODY, AT_S) + "," + signature("new", BODY, AT_S).split(",")[1]
    client.parse_webhook(BODY, both, at())


@pytest.mark.parametrize(
    "text",
    ["", "v1=00", "t=1", "t=x,v1=00", f"t={int(AT_S)},v1=", f"t={int(AT_S)},v1=" + "0" * 64, "t=²,v1=é", signature("guess", BODY, AT_S)],
)
def test_a_forged_signature_is_refused(client: ProviderClient, text: str) -> None:
    with pytest.raises(Forbidden):
        client.parse_webhook(BODY, text, at())


@pytest.mark.parametrize("position", [0, 20, len(BODY) // 2, len(BODY) - 1])
def test_a_body_with_one_changed_byte_is_refused(client: ProviderClient, position: int) -> None:
    changed = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
    with pytest.raises(Forbidden):
        client.parse_webhook(changed, signature("new", BODY, AT_S), at())


@pytest.mark.parametrize("age_s", [301, 3 * 86400, -301])
def test_an_old_or_future_signature_is_refused(client: ProviderClient, age_s: int) -> None:
    with pytest.raises(Forbidden):
        client.parse_webhook(BODY, signature("new", BODY, AT_S), at(age_s))


def test_an_old_signature_with_a_new_timestamp_is_refused(client: ProviderClient) -> None:
    stale = signature("new", BODY, AT_S).replace(f"t={int(AT_S)}", f"t={int(AT_S) + 900}")
    with pytest.raises(Forbidden):
        client.parse_webhook(BODY, stale, at(900))


@pytest.mark.parametrize(("field", "value"), [("account", "acct_other"), ("live", True)])
def test_an_event_of_another_account_or_mode_is_refused(client: ProviderClient, field: str, value: object) -> None:
    body = json.dumps(json.loads(BODY) | {field: value}).encode()
    with pytest.raises(Forbidden):
        client.parse_webhook(body, signature("new", body, AT_S), at())


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[1]", BODY.replace(b"0198a3c0", b"zzzzzzzz"), BODY.replace(b"2026-06-01T", b"x")])
def test_a_signed_body_that_is_no_event_is_refused(client: ProviderClient, body: bytes) -> None:
    with pytest.raises(BadInput):
        client.parse_webhook(body, signature("new", body, AT_S), at())


def test_duplicate_webhook_events_are_signed_and_equal(world, heard) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.webhook_copies = 2
    order = charge()
    world.client.carry_out(order)
    events = [world.client.parse_webhook(body, text, world.now()) for body, text in heard.wait_for(2)]
    assert len(events) == 2 and events[0] == events[1]
    assert (events[0].name, events[0].payment_id) == ("captured", order.payment_id)


def test_webhook_events_are_resent_until_accepted(world, heard) -> None:  # type: ignore[no-untyped-def]
    heard.refusals = 3
    world.client.carry_out(charge())
    assert len(heard.wait_for(1)) == 1


def test_webhook_events_may_arrive_out_of_order(world, heard) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.webhook_reverse = True
    first, second = hold(), hold()
    world.client.carry_out(first)
    world.client.carry_out(second)
    order = [world.client.parse_webhook(body, text, world.now()).payment_id for body, text in heard.wait_for(2)]
    assert order == [second.payment_id, first.payment_id]


def test_after_a_lost_event_the_record_can_still_be_read(world, heard) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.webhooks_lost = 1
    lost = charge()
    world.client.carry_out(lost)
    world.client.carry_out(charge())
    assert len(heard.wait_for(1)) == 1
    found = world.client.fetch_record(lost.payment_id)
    assert found is not None and found.status == "captured"
