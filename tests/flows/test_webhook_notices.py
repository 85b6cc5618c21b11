"""Webhooks of payments: each movement of money sends one event, in the commit that makes it, to the operator's hooks only."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

import pytest

from forecourt.flows.answers import receive_payment_event
from forecourt.flows.billing import settle_statement
from forecourt.flows.billing.partner_statements import statement_returned
from forecourt.flows.desk.notifying import NOTICE_NAMESPACE, WEBHOOK_LANE_PREFIX
from forecourt.flows.paying import apply_dispute, collect_payment, mark_paid_back, refund
from forecourt.flows.ports import Transactions
from forecourt.jobs.notice_messages import webhook_for
from forecourt.kernel import Money, OperatorId, SiteId
from forecourt.notices import TO_SYSTEMS, Channel, Notice, NoticeKind, Webhook
from forecourt.payments import DisputeRecord, DisputeState, Payment, ProcessorEvent, ProcessorRecord, Rejected
from money_world import NOON, OPERATOR, POOR_DRIVER, MoneyWorld

from .test_money import END, bill_and_pay, held, payments, within
from .test_transfer_files import DAY, by, owed_back, paying, stated

HOOK = Webhook(OPERATOR, OPERATOR, "https://erp.example/forecourt", "s")
CAPTURED, DECLINED, REFUNDED = NoticeKind.PAYMENT_CAPTURED, NoticeKind.PAYMENT_DECLINED, NoticeKind.PAYMENT_REFUNDED
OPENED, DECIDED, PAYOUT = NoticeKind.DISPUTE_OPENED, NoticeKind.DISPUTE_DECIDED, NoticeKind.PAYOUT_SENT


@pytest.fixture
def world(memory_transactions: Transactions) -> MoneyWorld:
    made = paying(MoneyWorld(memory_transactions))
    within(made, lambda store: store.notices.put_hook(HOOK))
    return made


def heard(world: MoneyWorld) -> list[Notice]:
    """What is on its way to the operator's own system of money that moved."""
    with world.transactions.begin() as store:
        lanes = store.outbox.lanes_due(WEBHOOK_LANE_PREFIX, END + timedelta(days=90))
        items = [item for lane in lanes for item in store.outbox.open_items(lane, 1000)]
        told = [store.notices.notice(item.work.notice_id) for item in items]  # type: ignore[union-attr]
    return [one for one in told if one is not None and one.kind in TO_SYSTEMS]


def moves(world: MoneyWorld) -> list[tuple[NoticeKind, int, str]]:
    return [(one.kind, one.content.amount.minor if one.content.amount else 0, one.content.words) for one in heard(world)]


def captured(world: MoneyWorld) -> Payment:
    held(world)
    return payments(world, bill_and_pay(world))[0]


def test_each_capture_and_refund_sends_one_webhook_event_despite_repeated_reports(world: MoneyWorld) -> None:
    payment = captured(world)
    taken, none = payment.taken, Money.zero("EUR")
    for back in (100, 150):
        within(world, lambda store, back=back: refund(store, payment.id, Money(back, "EUR"), "goodwill", END, world.ids))
        world.deliver(END)
    event = ProcessorEvent("evt_1", "refunded", payment.id, END)
    for _ in range(2):
        within(world, lambda store: receive_payment_event(store, event, END, world.ids))
        within(world, lambda store: collect_payment(store, payment.document_id, END, world.ids))  # type: ignore[arg-type]
        world.deliver(END, lambda item, at: ProcessorRecord(payment.id, "captured", "pay_1", none, taken, Money(250, "EUR"), at))
    assert moves(world) == [(CAPTURED, taken.minor, ""), (REFUNDED, 100, ""), (REFUNDED, 150, "")]


def test_a_refund_made_at_the_processor_sends_a_webhook_event(world: MoneyWorld) -> None:
    payment = captured(world)
    within(world, lambda store: receive_payment_event(store, ProcessorEvent("evt_1", "refunded", payment.id, END), END, world.ids))
    record = ProcessorRecord(payment.id, "captured", "pay_1", Money.zero("EUR"), payment.taken, Money(70, "EUR"), END)
    world.deliver(END, lambda item, at: record)
    assert moves(world)[1:] == [(REFUNDED, 70, "")]


def test_a_declined_payment_sends_a_webhook_event_with_the_processors_reason(world: MoneyWorld) -> None:
    invoice = bill_and_pay(world, answer=lambda item, at: Rejected("card_declined"), driver=POOR_DRIVER)
    assert moves(world) == [(DECLINED, invoice.gross.minor, "card_declined")]
    (told,) = heard(world)
    assert (told.document_id, told.content.number, told.payment_id) == (invoice.id, invoice.number, payments(world, invoice)[0].id)


def test_a_capture_of_an_expired_hold_and_the_following_payment_send_webhook_events(world: MoneyWorld) -> None:
    held(world)
    invoice = bill_and_pay(world, answer=lambda item, at: Rejected("hold_expired"))
    assert moves(world) == [(DECLINED, invoice.gross.minor, "hold_expired")]
    within(world, lambda store: collect_payment(store, invoice.id, END, world.ids))
    world.deliver(END)
    assert moves(world)[1:] == [(CAPTURED, invoice.gross.minor, "")]


def test_a_dispute_sends_a_webhook_event_when_opened_and_with_each_verdict(world: MoneyWorld) -> None:
    payment = captured(world)
    asked, won, lost = DisputeState.NEEDS_ANSWER, DisputeState.WON, DisputeState.LOST
    for hours, state in [(0, asked), (1, DisputeState.UNDER_REVIEW), (2, won), (3, won), (4, lost), (5, lost), (3, asked)]:
        at, until = END + timedelta(hours=hours), END + timedelta(days=7)
        record = DisputeRecord("dp_1", state, payment.taken, Money(1500, "EUR"), "fraudulent", END, at, until)
        for _ in range(2):
            within(world, lambda store, record=record, at=at: apply_dispute(store, payment, record, at, world.ids))
    taken = payment.taken.minor
    assert moves(world)[1:] == [(OPENED, taken, "fraudulent"), (DECIDED, taken, "won"), (DECIDED, taken, "lost")]
    assert {(one.payment_id, one.content.label) for one in heard(world)[1:]} == {(payment.id, "dp_1")}


def test_a_partner_payout_sends_a_webhook_event_and_another_after_a_returned_transfer(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    owing = stated(world, -5_00, number=2)
    for one in (statement, owing):
        within(world, lambda store, one=one: settle_statement(store, by(world), one, "SEPA 1"))
    within(world, lambda store: statement_returned(store, by(world), statement, "account closed"))
    within(world, lambda store: settle_statement(store, by(world), statement, "SEPA 2"))
    assert moves(world) == [(PAYOUT, 12_34, "")] * 2, "what a partner pays us is no payout"
    assert {(one.document_id, one.partner_id) for one in heard(world)} == {(statement, UUID(int=901))}


def test_a_refund_by_transfer_sends_a_webhook_event_when_paid(world: MoneyWorld) -> None:
    payback, amount = owed_back(world)
    assert REFUNDED not in {kind for kind, _, _ in moves(world)}
    within(world, lambda store: mark_paid_back(store, by(world), payback, DAY, "SEPA 3"))
    assert moves(world)[1:] == [(REFUNDED, amount, "transfer")]


def test_a_rolled_back_payout_sends_no_webhook_event(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    with pytest.raises(RuntimeError), world.transactions.begin() as store:
        settle_statement(store, by(world), statement, "SEPA 1")
        raise RuntimeError
    assert not heard(world)


ANOTHERS = replace(HOOK, id=UUID(int=77), operator_id=OperatorId(UUID(int=77)))


@pytest.mark.parametrize("hook", [replace(HOOK, paused_at=NOON), replace(HOOK, events=(NoticeKind.TURN,)), ANOTHERS])
def test_no_event_is_sent_to_a_paused_foreign_or_unsubscribed_webhook(memory_transactions: Transactions, hook: Webhook) -> None:
    world = paying(MoneyWorld(memory_transactions))
    within(world, lambda store: store.notices.put_hook(hook))
    captured(world)
    assert not heard(world)


def test_each_subscribed_webhook_gets_its_own_event_once_and_the_first_keeps_stable_ids(world: MoneyWorld) -> None:
    second = replace(HOOK, id=UUID(int=5), events=(CAPTURED,))
    for hook in (second, replace(HOOK, id=UUID(int=6), events=(PAYOUT,)), replace(HOOK, id=UUID(int=7), paused_at=NOON)):
        within(world, lambda store, hook=hook: store.notices.put_hook(hook))
    payment = captured(world)
    within(world, lambda store: refund(store, payment.id, Money(100, "EUR"), "goodwill", END, world.ids))
    world.deliver(END)
    told = [(one.webhook_id, one.kind) for one in heard(world)]
    assert sorted(told) == sorted([(OPERATOR, CAPTURED), (second.id, CAPTURED), (OPERATOR, REFUNDED)])
    first = next(one for one in heard(world) if one.hook_id == OPERATOR)
    assert first.id == uuid5(NOTICE_NAMESPACE, f"{OPERATOR}/payment/{payment.id}/captured/hook")


def test_a_payment_event_is_sent_to_the_webhooks_of_the_site_of_its_invoice(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        (site, *_), elsewhere = store.stations.sites(OPERATOR), SiteId(UUID(int=404))
    within(world, lambda store: store.notices.put_hook(replace(HOOK, sites=(elsewhere,))))
    within(world, lambda store: store.notices.put_hook(replace(HOOK, id=UUID(int=5), sites=(site.id, elsewhere))))
    captured(world)
    statement = stated(world, 12_34)
    within(world, lambda store: settle_statement(store, by(world), statement, "SEPA 1"))
    assert [(one.webhook_id, one.kind, one.site_id) for one in heard(world)] == [(UUID(int=5), CAPTURED, site.id)]


def test_the_webhook_body_has_ids_and_amounts_but_no_card_and_no_name(world: MoneyWorld) -> None:
    payment = captured(world)
    (told,) = heard(world)
    body = json.loads(webhook_for(told, HOOK, "market", NOON).body)
    assert body["event"] == "payment_captured" and body["says"]["amount"] == {"minor": payment.taken.minor, "currency": "EUR"}
    assert (body["payment_id"], body["document_id"]) == (str(payment.id), str(payment.document_id))
    assert told.channel is Channel.HOOK and payment.method not in str(body) and world.driver(payment.driver_id).name not in str(body)
