"""Every money story leaves complete books with a fault at any of its points, and bugs planted in the flows are detected that way.

`python benchmarks/fault_points.py` plays all of them; here every sixteenth of each (of the longest every 48th).
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest

from forecourt.flows.answers import payments as payment_answers
from forecourt.flows.paying import chargebacks, clearing, deposits, guest_payments, hold_watch, pay, top_up_pages, wallet
from forecourt.kernel import Money, PaymentId
from forecourt.payments import AtPayer, Released, Transition, disputes, outcomes, transitions
from forecourt.payments import wallet as wallet_rules

FOLDER = Path(__file__).parents[2] / "benchmarks"
Plant = tuple[str, Any, str, Callable[..., Any]]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    import fault_points

    return fault_points


@pytest.mark.parametrize(
    ("story", "first"), [("guest", 0), ("late payer", 1), ("wallet", 2), ("pay-in", 4), ("runs low", 5), ("dispute", 3), ("deposit", 6)]
)
def test_the_books_are_complete_with_a_fault_at_any_point(bench: ModuleType, story: str, first: int) -> None:
    plans = bench.singles(story)[first :: 48 if story == "deposit" else 16]  # the longest one
    found = bench.run(story, plans)
    assert found["came through"] >= found["schedules"] - 3  # a charger that cannot be reached does not charge, and people wait so long


@pytest.mark.parametrize(("story", "plan"), [("guest", 40), ("wallet", 90), ("pay-in", 130), ("dispute", 60), ("deposit", 500)])
def test_a_fault_story_ends_alike_on_postgresql_and_in_memory(bench: ModuleType, database_url: str, story: str, plan: int) -> None:
    """One of the hundreds of stories that `--store postgres` runs."""
    with closing(bench.OnPostgres(database_url)) as base:
        through, _ = bench.alike(story, bench.singles(story)[plan], base)
    assert through


def nothing(*_: object, **__: object) -> Any:
    return None


def not_returned(payment: Any, why: str, at: Any) -> Transition:
    """A page nobody paid at is forgotten, without a word to the processor."""
    forgotten = isinstance(payment.state, AtPayer)
    return Transition(replace(payment, state=Released(at, why))) if forgotten else transitions.release(payment, why, at)


def whole_hold(held: Any, amount: Money, document_id: Any, at: Any) -> Transition:
    return transitions.capture(held, held.state.amount, document_id, at)


def any_id(driver_id: UUID, text: str) -> UUID:
    return PaymentId(uuid4())


def at_every_look(auto: Any, rules: Any, has: Any, top_ups: Any, at: Any) -> Money | None:
    """Whatever is on its way already."""
    return auto.amount if has.balance - (has.spent or Money.zero("EUR")) < auto.threshold else None


def parked_all_alike(known: Any, payment: Any, record: Any, at: Any) -> Any:
    return disputes.update_dispute(known, replace(payment, top_up=None), record, at)


def still_open(known: Any, payment: Any, record: Any, at: Any) -> Any:
    return disputes.update_dispute(known, payment, replace(record, state="UNDER_REVIEW" if record.state == "WON" else record.state), at)


def not_parked(known: Any, payment: Any, record: Any, at: Any) -> Any:
    return replace(disputes.update_dispute(known, payment, record, at), txns=())


PLANTED: tuple[Plant, ...] = (
    ("guest", pay, "capture", whole_hold),
    ("guest", pay, "amount_under_way", lambda payments, currency: Money.zero(currency)),
    ("guest", guest_payments, "payer_returned", nothing),
    ("late payer", hold_watch, "release_of", not_returned),
    ("late payer", pay, "_not_awaited", lambda store, payment, at, ids: payment),
    ("wallet", top_up_pages, "uuid5", any_id),
    ("wallet", wallet, "settle_overdraft", nothing),
    ("wallet", pay, "settle_from_balance", lambda moved, at: replace(wallet_rules.settle_from_balance(moved, at), txns=())),
    ("wallet", payment_answers, "apply_top_up", nothing),
    ("wallet", transitions, "reserve_for_refund", lambda payment, amount, at: ()),
    ("runs low", hold_watch, "top_up_if_low", nothing),
    ("runs low", wallet, "due_auto_top_up", at_every_look),
    ("pay-in", payment_answers, "store_used_card", nothing),
    ("pay-in", outcomes, "_taken", lambda payment, state, record: Transition(payment)),
    ("pay-in", top_up_pages, "release", nothing),
    ("dispute", clearing, "look_up", nothing),
    ("dispute", chargebacks, "update_dispute", parked_all_alike),
    ("dispute", chargebacks, "update_dispute", still_open),
    ("dispute", chargebacks, "update_dispute", not_parked),
    ("deposit", pay, "securing_payments", lambda store, booking_id: ()),
    ("deposit", deposits, "release_deposit_payment", nothing),
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda one: f"{one[0]}-{one[2]}")
def test_a_planted_bug_is_found(bench: ModuleType, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    story, module, name, wrong = plant
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(AssertionError):
        for plan in bench.singles(story):
            through, points = bench.played(story, plan)
            assert through or "StartCharge" in " ".join(points.told) or story != "guest", f"{points.told}: in vain"
