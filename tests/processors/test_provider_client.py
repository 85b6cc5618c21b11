"""The provider client, over real HTTP, with every fault."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from forecourt.payments import (
    Accepted,
    Capture,
    Charge,
    PlaceHold,
    ProcessorRecord,
    QueryPayment,
    Refund,
    Rejected,
    Release,
    RowKind,
    Unanswered,
)
from forecourt.processors import ProviderClient, ProviderOptions
from payment_orders import OPERATOR, charge, eur, hold


def capture(of: PlaceHold, reference: str, minor: int, attempt: int = 2) -> Capture:
    return Capture(of.payment_id, OPERATOR, eur(minor), of.method, f"{of.payment_id}/{attempt}", reference)


def done(answer: object) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def record(world, order: PlaceHold | Charge) -> ProcessorRecord:  # type: ignore[no-untyped-def]
    found = world.client.fetch_record(order.payment_id)
    assert found is not None
    return found


def test_a_partial_capture_releases_the_rest_of_the_hold(world) -> None:  # type: ignore[no-untyped-def]
    order = hold()
    answer = done(world.client.carry_out(order))
    assert answer.expires_at is not None and record(world, order).held == eur(2000)
    done(world.client.carry_out(capture(order, answer.reference, 1500)))
    after = record(world, order)
    assert (after.status, after.held, after.captured) == ("captured", eur(0), eur(1500))


def test_a_release_gives_the_whole_hold_back(world) -> None:  # type: ignore[no-untyped-def]
    order = hold()
    reference = done(world.client.carry_out(order)).reference
    done(world.client.carry_out(Release(order.payment_id, OPERATOR, eur(2000), "pm_1", f"{order.payment_id}/2", reference)))
    assert record(world, order).status == "released"
    late = world.client.carry_out(capture(order, reference, 1, attempt=3))
    assert isinstance(late, Rejected) and late.code == "hold_released"


def test_the_same_order_sent_twice_is_executed_once(world) -> None:  # type: ignore[no-untyped-def]
    order = charge()
    assert world.client.carry_out(order) == world.client.carry_out(order)
    assert world.provider.bank.totals().from_customers == {"EUR": 500}


def test_a_reused_idempotency_key_with_another_amount_is_never_taken_for_an_answer(world) -> None:  # type: ignore[no-untyped-def]
    order = charge()
    done(world.client.carry_out(order))
    changed = world.client.carry_out(replace(order, amount=eur(501)))
    assert isinstance(changed, Unanswered) and "idempotency" in changed.error.lower()
    assert world.provider.bank.totals().from_customers == {"EUR": 500}


@pytest.mark.parametrize(("method", "code"), [("pm_declined_1", "card_declined"), ("pm_broke_1", "insufficient_funds")])
def test_a_decline_is_final(world, method: str, code: str) -> None:  # type: ignore[no-untyped-def]
    order = charge(method=method)
    answer = world.client.carry_out(order)
    assert isinstance(answer, Rejected) and answer.code == code
    assert world.client.carry_out(order) == answer
    assert record(world, order).status == "declined"


def test_an_invalid_payment_method_is_rejected_for_good(world) -> None:  # type: ignore[no-untyped-def]
    order = charge(method="tok_1")
    answer = world.client.carry_out(order)
    assert isinstance(answer, Rejected) and answer.code == "method_invalid"
    assert world.client.carry_out(order) == answer


def test_more_than_the_hold_cannot_be_captured(world) -> None:  # type: ignore[no-untyped-def]
    order = hold(1000)
    reference = done(world.client.carry_out(order)).reference
    assert isinstance(world.client.carry_out(capture(order, reference, 1001)), Unanswered)
    assert record(world, order).held == eur(1000)


def test_a_hold_expires_by_the_shared_clock(world) -> None:  # type: ignore[no-untyped-def]
    order = hold()
    reference = done(world.client.carry_out(order)).reference
    world.provider.bank._intents[reference].expires_at = world.clock.seconds()
    assert record(world, order).status == "expired"
    late = world.client.carry_out(capture(order, reference, 100))
    assert isinstance(late, Rejected) and late.code == "hold_expired"


def test_refunds_never_exceed_what_was_taken(world) -> None:  # type: ignore[no-untyped-def]
    order = charge(500)
    reference = done(world.client.carry_out(order)).reference
    first = Refund(order.payment_id, OPERATOR, eur(400), "pm_1", f"{order.payment_id}/2", reference, eur(0))
    second = Refund(order.payment_id, OPERATOR, eur(101), "pm_1", f"{order.payment_id}/3", reference, eur(400))
    done(world.client.carry_out(first))
    never = world.client.carry_out(second)  # nor will it ever be: it is owed another way
    assert isinstance(never, Rejected) and never.code == "refund_too_large" and record(world, order).refunded == eur(400)


@pytest.mark.parametrize("fault", ["timeouts_after_effect", "errors_after_effect", "timeouts_before_effect", "errors_before_effect"])
def test_after_a_timeout_the_same_order_again_takes_the_money_once(world, fault: str) -> None:  # type: ignore[no-untyped-def]
    order = charge()
    setattr(world.provider.faults, fault, 1)
    assert isinstance(world.client.carry_out(order), Unanswered)
    done(world.client.carry_out(order, repeated=True))
    assert world.provider.bank.totals().from_customers == {"EUR": 500}


def test_an_order_whose_idempotency_key_has_expired_takes_nothing_twice(world) -> None:  # type: ignore[no-untyped-def]
    """Providers keep keys for a day; the order may come later."""
    order, kept = charge(), hold()
    reference = done(world.client.carry_out(kept)).reference
    done(world.client.carry_out(order))
    take = capture(kept, reference, 700)
    done(world.client.carry_out(take))
    back = Refund(order.payment_id, OPERATOR, eur(500), "pm_1", f"{order.payment_id}/2", record(world, order).reference, eur(0))
    done(world.client.carry_out(back))
    for forgotten in (order, take, back):
        done(world.client.carry_out(replace(forgotten, key=f"{forgotten.key}/again"), repeated=True))
    totals = world.provider.bank.totals()
    assert (totals.from_customers, totals.payments) == ({"EUR": 700}, 2)


def test_a_lagging_search_index_takes_nothing_twice(world) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.search_behind_s = 60_000.0
    order = charge()
    done(world.client.carry_out(order))
    done(world.client.carry_out(order, repeated=True))
    assert world.provider.bank.totals().from_customers == {"EUR": 500}


def test_a_provider_that_is_down_is_unanswered_and_cannot_be_read(world) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.down = True
    order = charge()
    assert isinstance(world.client.carry_out(order), Unanswered)
    with pytest.raises(ConnectionError):
        world.client.fetch_record(order.payment_id)
    world.provider.faults.down = False
    done(world.client.carry_out(order, repeated=True))


def test_an_unreachable_provider_is_unanswered() -> None:
    with ProviderClient("http://127.0.0.1:9", "x", ProviderOptions(timeout_s=0.5)) as client:
        assert isinstance(client.carry_out(charge()), Unanswered)


def test_a_payment_query_reads_the_record_or_is_unanswered_without_one(world) -> None:  # type: ignore[no-untyped-def]
    order = hold()
    look = QueryPayment(order.payment_id, OPERATOR, "look/1")
    assert isinstance(world.client.carry_out(look), Unanswered)
    world.client.carry_out(order)
    read = world.client.carry_out(look)
    assert isinstance(read, ProcessorRecord) and read.status == "held"


def test_the_clearing_file_lists_payments_and_refunds_less_fees(world) -> None:  # type: ignore[no-untyped-def]
    begun = world.now()
    order = charge(1000)
    reference = done(world.client.carry_out(order)).reference
    world.client.carry_out(Refund(order.payment_id, OPERATOR, eur(300), "pm_1", f"{order.payment_id}/2", reference, eur(0)))
    taken, back = world.client.clearing(begun)
    assert (taken.gross, taken.fee, taken.net) == (eur(1000), eur(24), eur(976))
    assert (back.gross, back.fee) == (eur(-300), eur(0))
    assert taken.payment_id == order.payment_id
    assert world.client.clearing(world.now()) == ()


def test_a_bank_payout_is_listed_with_its_rows_and_the_processors_own_fee(world) -> None:  # type: ignore[no-untyped-def]
    """1,000 less 24 and a fee of 80; a later payment is part of the next payout."""
    begun = world.now()
    done(world.client.carry_out(charge(1000)))
    world.provider.bank.take_fee("EUR", 80)
    assert world.provider.bank.pay_out() == 1
    done(world.client.carry_out(charge(500)))
    rows = world.client.clearing(begun)
    told = {(one.kind, one.gross.minor, one.payment_id is None) for one in rows}
    assert told == {
        (RowKind.PAYMENT, 1000, False),
        (RowKind.FEE, -80, True),
        (RowKind.PAYOUT, -896, True),
        (RowKind.PAYMENT, 500, False),
    }
    within = [one for one in rows if one.payout]
    assert len({one.payout for one in within}) == 1 and sum(one.net.minor for one in within) == 0 and len(within) == 3


def test_an_api_key_of_another_account_is_refused(world) -> None:  # type: ignore[no-untyped-def]
    with world.other_client("sk_other") as stranger:
        answer = stranger.carry_out(charge())
    assert isinstance(answer, Unanswered) and answer.error.startswith("401")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"amount": 1.5}', b'{"reference":"x","currency":"EUR","method":"pm_1","amount":-1}'])
def test_the_provider_refuses_invalid_requests(world, body: bytes) -> None:  # type: ignore[no-untyped-def]
    headers = {"Authorization": "Bearer sk_test_of_this_run", "Idempotency-Key": str(uuid4())}
    assert httpx.post(f"{world.provider.url}/v1/payments", content=body, headers=headers, trust_env=False).status_code == 400


def refund(of: Charge, reference: str, minor: int, attempt: int, already: int = 0) -> Refund:
    return Refund(of.payment_id, OPERATOR, eur(minor), "pm_1", f"{of.payment_id}/{attempt}", reference, eur(already))


def test_a_refund_returned_by_the_payers_bank_is_reported_and_can_be_repeated(world, heard) -> None:  # type: ignore[no-untyped-def]
    begun, order = world.now(), charge(1000)
    reference = done(world.client.carry_out(order)).reference
    done(world.client.carry_out(refund(order, reference, 700, 2)))
    world.calls(world.provider.bank.bounce, reference, 700)
    told = record(world, order)
    assert (told.captured, told.refunded, told.bounced) == (eur(1000), eur(700), eur(700))
    body, text = heard.wait_for(3)[-1]
    news = world.client.parse_webhook(body, text, world.now())
    assert (news.name, news.payment_id) == ("refund_failed", order.payment_id)
    row = world.client.clearing(begun)[-1]
    assert (row.kind, row.payment_id, row.gross, row.fee) == (RowKind.PAYMENT, order.payment_id, eur(700), eur(0))
    done(world.client.carry_out(refund(order, reference, 700, 3, 700), repeated=True))
    assert record(world, order).refunded == eur(1400) and world.provider.bank.totals().from_customers == {"EUR": 300}


def test_each_of_many_refunds_counts(world) -> None:  # type: ignore[no-untyped-def]
    """Stripe lists ten refunds with a charge, and a hundred per page."""
    order = charge(20_000)
    reference = done(world.client.carry_out(order)).reference
    for place in range(103):
        world.calls(world.provider.bank.refund, reference, 100 + place)
    world.calls(world.provider.bank.bounce, reference, 101)
    told = record(world, order)
    assert (told.refunded, told.bounced) == (eur(sum(range(100, 203))), eur(101))
