"""The long run of random money operations works at small size, and detects planted bugs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forecourt.flows.offers import partner_shares
from forecourt.flows.paying import pay
from forecourt.kernel import Money

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_random_operations_with_faults_leave_the_books_complete() -> None:
    command = [sys.executable, str(FOLDER / "money.py"), "--count", "1500", "--seed", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for came_about in (
        "payments captured",
        "timeouts after",
        "paid from balance",
        "top-ups auto captured",
        "top-ups at a page captured",
        "top-ups refunded",
        "debits collected",
        "debits back",
        "refunds bounced",
    ):
        assert came_about in done.stdout


def nothing(payments: object, currency: str) -> Money:
    return Money.zero(currency)


class Forgetful(dict):  # type: ignore[type-arg]
    """A provider that does not know the keys it has answered."""

    def get(self, key: object, default: object = None) -> None:
        return None


def forget_what_was_paid(monkeypatch: pytest.MonkeyPatch, machine: object) -> None:
    monkeypatch.setattr(pay, "paid_so_far", nothing)


def forget_what_is_on_its_way(monkeypatch: pytest.MonkeyPatch, machine: object) -> None:
    monkeypatch.setattr(pay, "amount_under_way", nothing)


def forget_the_keys(monkeypatch: pytest.MonkeyPatch, machine: object) -> None:
    monkeypatch.setattr(machine, "answers", Forgetful())


def forget_what_came_back(monkeypatch: pytest.MonkeyPatch, machine: object) -> None:
    monkeypatch.setattr(partner_shares, "is_debit_returned", lambda store, invoice: False)


PLANTS = [forget_what_was_paid, forget_what_is_on_its_way, forget_the_keys, forget_what_came_back]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda one: one.__name__)
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch, object], None]) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    from _money_machine import Machine

    def play() -> None:
        for seed in range(40):
            machine = Machine(seed, faults=True)
            plant(monkeypatch, machine)
            machine.play(150)
            machine.settle_and_check()

    with pytest.raises(AssertionError):
        play()
