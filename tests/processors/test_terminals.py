"""A hold made at a card terminal is adopted, captured, reported and cleared as ours, with every processor."""

from uuid import uuid4

import pytest

from forecourt.kernel import PaymentId
from forecourt.payments import Accepted, Adopt, Capture, ProcessorRecord, QueryPayment, Rejected, Unanswered
from payment_orders import OPERATOR, eur, hold

from .conftest import SECRET, Heard, World


def tapped(world: World, minor: int = 3000) -> Adopt:
    """On the provider's own thread its webhooks go out; a card is held to the terminal there."""
    return Adopt(PaymentId(uuid4()), world.taps(minor).id)


def test_a_terminals_hold_is_adopted_captured_and_cleared_under_our_payment_id(world: World, heard: Heard) -> None:
    wanted = tapped(world)
    record = world.client.adopt(wanted)
    assert isinstance(record, ProcessorRecord) and (record.status, record.held) == ("held", eur(3000))
    assert record == world.client.adopt(wanted) and record.payment_id == wanted.payment_id and record.expires_at is not None
    taken = Capture(wanted.payment_id, OPERATOR, eur(1234), "present", f"{wanted.payment_id}/2", wanted.reference)
    assert isinstance(world.client.carry_out(taken), Accepted)
    (line,) = [one for one in world.client.clearing(record.at.replace(year=2020)) if one.gross.minor > 0]
    assert (line.payment_id, line.gross) == (wanted.payment_id, eur(1234))
    told = [world.client.parse_webhook(body, signature, world.now()) for body, signature in heard.wait_for(2)]
    assert [one and (one.name, one.payment_id) for one in told] == [None, ("captured", wanted.payment_id)]


def test_another_payments_hold_or_no_hold_is_not_adopted(world: World) -> None:
    wanted = tapped(world)
    world.client.adopt(wanted)
    assert isinstance(world.client.adopt(Adopt(PaymentId(uuid4()), wanted.reference)), Rejected)
    assert isinstance(world.client.adopt(Adopt(PaymentId(uuid4()), "pay_of_nobody")), Rejected)
    assert isinstance(world.client.adopt(Adopt(PaymentId(uuid4()), "../clearing.csv")), Rejected)
    ours = world.client.carry_out(hold())
    assert isinstance(ours, Accepted) and isinstance(world.client.adopt(Adopt(PaymentId(uuid4()), ours.reference)), Rejected)
    released = tapped(world)
    world.calls(world.provider.bank.release, released.reference)
    assert isinstance(world.client.adopt(released), Rejected)


def test_a_hold_increased_at_the_terminal_is_in_the_record(world: World) -> None:
    wanted = tapped(world)
    world.client.adopt(wanted)
    world.calls(world.provider.bank.increase, wanted.reference, 5000)
    record = world.client.carry_out(QueryPayment(wanted.payment_id, OPERATOR, "look", wanted.reference))
    assert isinstance(record, ProcessorRecord) and record.held == eur(5000)


@pytest.mark.parametrize("fault", ["down", "key"])
def test_if_the_provider_does_not_answer_nothing_is_adopted(world: World, fault: str) -> None:
    wanted = tapped(world)
    client = world.other_client("sk_of_another_account" if fault == "key" else SECRET)
    world.provider.faults.down = fault == "down"
    assert isinstance(client.adopt(wanted), Unanswered)
    client.close()
    assert world.provider.bank.get(wanted.reference).reference == ""
