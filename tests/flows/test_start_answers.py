"""A start is sent again when the worker that sent it was killed before it could store the answer."""

from uuid import UUID

import pytest

from flows.test_money import held, within
from forecourt.flows.charging.starting import start_refused
from forecourt.flows.ports import Transactions
from forecourt.kernel import SessionId
from forecourt.payments import Held, Payment, assign_to_session
from forecourt.stations import OrderResult, Outcome
from money_world import NOON, MoneyWorld
from stores import both_stores


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def answer(world: MoneyWorld, payment: Payment, outcome: Outcome) -> None:
    """Of the charger, to the start that this hold is for."""
    within(world, lambda store: start_refused(store, f"start/{payment.id}", OrderResult(outcome), NOON, world.ids))


@both_stores
@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNANSWERED, Outcome.UNREACHABLE])
def test_a_running_charge_keeps_its_hold_when_a_repeated_start_is_refused(world: MoneyWorld, outcome: Outcome) -> None:
    before = held(world)
    within(world, lambda store: store.payments.put(assign_to_session(before, SessionId(UUID(int=77)))))
    answer(world, before, outcome)
    assert world.deliver(NOON) == 0
    with world.transactions.begin() as store:
        kept = store.payments.payment(before.id)
    assert kept is not None and isinstance(kept.state, Held)


def test_a_refused_start_without_a_charge_releases_its_hold(world: MoneyWorld) -> None:
    before = held(world)
    answer(world, before, Outcome.REJECTED)
    assert world.deliver(NOON) == 1
