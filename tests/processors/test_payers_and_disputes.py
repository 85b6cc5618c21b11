"""Payers on the provider's page and disputes of cardholders, with our own API and with Stripe's."""

from uuid import uuid4

import httpx
import pytest

from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.payments import (
    Accepted,
    Capture,
    Charge,
    OpenCharge,
    Opened,
    OpenHold,
    ProcessorRecord,
    QueryPayment,
    Refund,
    Release,
)
from payment_orders import OPERATOR, eur

from .conftest import Heard, World

CHALLENGED = "4000002500003155"


def asked(world: World, minor: int = 2000) -> tuple[OpenHold, Opened]:
    payment_id = PaymentId(uuid4())
    order = OpenHold(payment_id, OperatorId(OPERATOR), eur(minor), f"{payment_id}/1")
    return order, opened_for(world, order)


def opened_for(world: World, order: OpenHold | OpenCharge) -> Opened:
    world.provider.faults.challenge_life_s = 1e9
    answer = world.client.carry_out(order)
    assert isinstance(answer, Opened) and answer == world.client.carry_out(order)  # asked twice, opened once
    return answer


def pays(world: World, opened: Opened, **fields: str) -> httpx.Response:
    key = opened.secret.rpartition("_secret_")[2] if world.stripe else opened.page.rpartition("key=")[2]
    return httpx.post(f"{world.provider.url}/pay/{opened.reference}", data={"key": key, **fields}, timeout=20)


def status(world: World, order: OpenHold | OpenCharge, opened: Opened) -> str:
    record = world.client.carry_out(QueryPayment(order.payment_id, order.operator_id, "look", opened.reference))
    return f"{record.status} {record.code}".strip()


def test_a_payer_passes_the_authentication_challenge_and_the_hold_is_captured(world: World, heard: Heard) -> None:
    order, opened = asked(world)
    assert status(world, order, opened) == "requested"
    assert "is this you" in pays(world, opened, card=CHALLENGED).text
    assert status(world, order, opened) == "requested"
    pays(world, opened, word="yes")
    assert status(world, order, opened) == "held"
    ((body, signature),) = heard.wait_for(1)
    news = world.client.parse_webhook(body, signature, world.now())
    assert (news.name, news.payment_id) == ("held", order.payment_id)
    taken = world.client.carry_out(
        Capture(order.payment_id, order.operator_id, eur(1200), "present", f"{order.payment_id}/2", opened.reference)
    )
    assert isinstance(taken, Accepted) and world.provider.bank.totals().from_customers == {"EUR": 1200}


def test_after_a_refused_card_another_can_be_tried_and_an_abandoned_page_is_released(world: World) -> None:
    order, opened = asked(world)
    pays(world, opened, card="4000 0000 0000 0002")
    assert status(world, order, opened) == "declined card_declined"
    pays(world, opened, card=CHALLENGED)
    pays(world, opened, word="no")
    assert status(world, order, opened) == "declined authentication_failed"
    release = Release(order.payment_id, order.operator_id, order.amount, "present", f"{order.payment_id}/2", opened.reference)
    assert isinstance(world.client.carry_out(release), Accepted) and status(world, order, opened) == "released"
    assert pays(world, opened).status_code == 400


@pytest.mark.parametrize("keep_card", [True, False])
def test_a_payer_pays_at_once_and_the_card_is_stored_if_requested(world: World, heard: Heard, keep_card: bool) -> None:
    payment_id = PaymentId(uuid4())
    order = OpenCharge(payment_id, OperatorId(OPERATOR), eur(2500), f"{payment_id}/1", keep_card)
    opened = opened_for(world, order)
    pays(world, opened, card=CHALLENGED)
    pays(world, opened, word="yes")
    ((body, signature),) = heard.wait_for(1)
    news = world.client.parse_webhook(body, signature, world.now())
    assert (news.name, news.payment_id) == ("captured", payment_id)
    record = world.client.carry_out(QueryPayment(payment_id, order.operator_id, "look", opened.reference))
    assert (record.status, record.captured, record.card is not None) == ("captured", eur(2500), keep_card)
    late = world.client.carry_out(Release(payment_id, order.operator_id, order.amount, "present", f"{payment_id}/2", opened.reference))
    assert isinstance(late, ProcessorRecord) and late.captured == eur(2500)  # too late to be taken back
    if record.card:
        assert (record.card.brand, record.card.last4, record.card.year) == ("visa", "3155", 2034)
        again = Charge(PaymentId(uuid4()), order.operator_id, eur(300), record.card.method, f"{payment_id}/3")
        assert isinstance(world.client.carry_out(again), Accepted)


def test_a_payment_page_needs_its_key(world: World) -> None:
    _, opened = asked(world)
    assert httpx.post(f"{world.provider.url}/pay/{opened.reference}", data={"key": "guessed"}, timeout=20).status_code == 404


@pytest.mark.parametrize("verdict", ["WON", "LOST"])
def test_a_dispute_is_reported_read_and_cleared(world: World, heard: Heard, verdict: str) -> None:
    order, opened = asked(world)
    pays(world, opened)
    capture = Capture(order.payment_id, order.operator_id, eur(2000), "present", f"{order.payment_id}/2", opened.reference)
    assert isinstance(world.client.carry_out(capture), Accepted)
    for told in ("OPENED", "UNDER_REVIEW", verdict):
        assert httpx.put(f"{world.provider.url}/control/disputes/{opened.reference}", json={"status": told}, timeout=20).is_success
        record = world.client.carry_out(QueryPayment(order.payment_id, order.operator_id, "look", opened.reference))
        (dispute,) = record.disputes
        assert dispute.state == {"OPENED": "NEEDS_ANSWER"}.get(told, told)
        assert (dispute.amount, dispute.fee, dispute.reason) == (
            eur(2000),
            eur(1500),
            "fraudulent",
        ) and dispute.answer_by > dispute.opened_at
    names = [news.name for body, signature in heard.wait_for(5) if (news := world.client.parse_webhook(body, signature, world.now()))]
    assert len(names) == 5 and all(name.startswith("dispute") for name in names[2:])
    lines = [line for line in world.client.clearing(record.at.replace(year=2020)) if line.payment_id == order.payment_id]
    assert sum((line.gross for line in lines), Money.zero("EUR")) == (eur(2000) if verdict == "WON" else eur(0))
    assert [line.fee for line in lines][1] == eur(1500)
    refused = world.client.carry_out(Refund(order.payment_id, order.operator_id, eur(1), "present", "k", opened.reference, eur(0)))
    assert isinstance(refused, Accepted) is (verdict == "WON")
    world.provider.bank.totals()
