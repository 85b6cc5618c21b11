"""Specifics of Stripe: amounts, events and settings."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.assembly.settings import settings_from
from forecourt.kernel import BadInput, Forbidden, Money
from forecourt.payments import RowKind
from forecourt.processors import StripeClient, StripeOptions
from forecourt.processors.stripe_objects import clearing_line, money_of, record_of, stripe_amount
from forecourt.simulation.provider import signature

AT_S = 1_780_315_200
PAYMENT = "0198a3c0-0000-7000-8000-000000000001"
INTENT = {
    "id": "pi_1", "status": "requires_capture", "amount": 2000, "amount_capturable": 2000, "amount_received": 0, "currency": "eur",
    "created": AT_S, "metadata": {"forecourt_payment": PAYMENT}, "latest_charge": None,
}  # fmt: skip


def event(**changes: object) -> bytes:
    told = {"id": "evt_1", "type": "payment_intent.succeeded", "created": AT_S, "livemode": False, "data": {"object": INTENT}}
    return json.dumps(told | changes).encode()


def parsed(body: bytes):  # type: ignore[no-untyped-def]
    with StripeClient("sk_test_1", StripeOptions(("whsec_new", "whsec_old"))) as client:
        return client.parse_webhook(body, signature("whsec_old", body, AT_S), datetime.fromtimestamp(AT_S, UTC))


def test_an_event_of_our_own_payment_is_parsed() -> None:
    news = parsed(event())
    assert (news.id, news.name, str(news.payment_id)) == ("evt_1", "captured", PAYMENT)


@pytest.mark.parametrize("change", [{"type": "payout.paid"}, {"data": {"object": {"id": "pi_2", "metadata": {}}}}])
def test_an_event_of_a_foreign_object_is_ignored(change: dict[str, object]) -> None:
    assert parsed(event(**change)) is None


@pytest.mark.parametrize(("status", "bounced"), [("failed", 300), ("canceled", 300), ("succeeded", 0), ("pending", 0)])
def test_refunds_are_counted_as_given_or_returned_by_their_own_status(status: str, bounced: int) -> None:
    refunds = {"data": [{"amount": 300, "status": status}, {"amount": 200, "status": "succeeded"}]}
    charge = {"created": AT_S, "amount_refunded": 200, "refunds": refunds}
    told = record_of(INTENT | {"status": "succeeded", "amount_received": 2000, "latest_charge": charge})
    assert (told.refunded, told.bounced) == (Money(500, "EUR"), Money(bounced, "EUR"))
    with pytest.raises(BadInput):
        record_of(INTENT | {"latest_charge": charge | {"refunds": refunds | {"has_more": True}}})


def test_a_mere_update_of_a_refund_is_ignored() -> None:
    assert parsed(event(type="refund.updated", data={"object": {"status": "succeeded", "payment_intent": "pi_1"}})) is None


def test_an_event_of_test_mode_or_live_mode_is_refused_in_the_other() -> None:
    with pytest.raises(Forbidden):
        parsed(event(livemode=True))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", event(created="now"), event(data={"object": []})])
def test_an_invalid_event_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parsed(body)


@pytest.mark.parametrize(
    ("minor", "currency", "stripe"), [(1999, "EUR", 1999), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500), (1230, "KWD", 1230)]
)
def test_amounts_are_converted_into_stripes_smallest_unit(minor: int, currency: str, stripe: int) -> None:
    assert stripe_amount(Money(minor, currency)) == stripe
    assert money_of(stripe, currency.lower()) == Money(minor, currency)


@pytest.mark.parametrize("money", [Money(1234, "KWD"), Money(50, "MGA")])
def test_an_amount_stripe_cannot_represent_is_refused(money: Money) -> None:
    with pytest.raises(BadInput):
        stripe_amount(money)


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "USD", "JPY", "ISK", "UGX", "CLP", "HUF"]))
def test_an_amount_converted_to_stripe_and_back_is_unchanged(minor: int, currency: str) -> None:
    assert money_of(stripe_amount(Money(minor, currency)), currency.lower()) == Money(minor, currency)


@pytest.mark.parametrize(
    ("status", "more", "ours"),
    [
        ("requires_capture", {}, "held"),
        ("succeeded", {}, "captured"),
        ("canceled", {"cancellation_reason": "requested_by_customer"}, "released"),
        ("canceled", {"cancellation_reason": "automatic"}, "expired"),
        ("requires_payment_method", {"last_payment_error": {"code": "authentication_required"}}, "declined"),
        ("requires_action", {}, "requested"),
        ("processing", {}, "requested"),
    ],
)
def test_payment_intent_states_map_to_payment_states(status: str, more: dict[str, object], ours: str) -> None:
    assert record_of({**INTENT, "status": status, **more}).status == ours


@pytest.mark.parametrize(
    "change", [{"amount_capturable": 1.5}, {"metadata": {"forecourt_payment": "x"}}, {"created": -1}, {"currency": "e"}]
)
def test_an_inconsistent_payment_intent_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        record_of({**INTENT, **change})


def test_a_clearing_row_states_its_kind_and_an_inconsistent_one_is_refused() -> None:
    row = {"id": "txn_1", "amount": 1000, "fee": 24, "net": 976, "currency": "eur", "created": AT_S, "source": {"metadata": {}}}
    kinds = ["charge", "payout", "stripe_fee"]
    assert [clearing_line({**row, "type": kind}).kind for kind in kinds] == [RowKind.OTHER, RowKind.PAYOUT, RowKind.FEE]
    row["type"] = "charge"
    with pytest.raises(BadInput):
        clearing_line({**row, "net": 977, "source": INTENT})


def test_stripe_needs_its_secrets_configured() -> None:
    with pytest.raises(BadInput, match="FORECOURT_PROVIDER_WEBHOOK_SECRETS"):
        settings_from({"FORECOURT_PROVIDER": "stripe", "FORECOURT_PROVIDER_SECRET": "sk_test_1"})
    chosen = settings_from(
        {"FORECOURT_PROVIDER": "stripe", "FORECOURT_PROVIDER_SECRET": "sk_test_1", "FORECOURT_PROVIDER_WEBHOOK_SECRETS": "a,b"}
    )
    assert (chosen.stripe, chosen.webhook_secrets, chosen.provider_url) == (True, ("a", "b"), "")
