"""Ledger and documents reconcile over a month of a network with debts, disputes, offers, partners, balances and roaming."""

from datetime import timedelta
from pathlib import Path

import pytest

from forecourt.kernel import Money
from forecourt.ledger import CLEARING, Posting, Txn, vat

from .conftest import NOW, Scene
from .full_scene import fill_scene

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def ties(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(FOLDER))
    from _accountant import ties

    return ties


def test_ledger_and_documents_reconcile_and_an_entry_without_a_document_is_found(scene: Scene, ties) -> None:
    fill_scene(scene)
    with scene.transactions.begin() as store:
        assert ties(store, scene.operator_id, NOW + timedelta(days=1)) > 60
        stray = Txn("stray", scene.operator_id, NOW, "Tax of nothing", scene.ada, (Posting(vat(None), CLEARING, Money(1, "EUR")),))
        store.ledger.post(stray)
        with pytest.raises(AssertionError, match="stands on no paper"):
            ties(store, scene.operator_id, NOW + timedelta(days=1))
