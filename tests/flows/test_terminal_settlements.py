"""Settlements reported by a charger's own card terminal are shown to the operator, and never billed here."""

import pytest

from forecourt.stations import SettlementReported
from power_world import at
from stores import both_stores


@both_stores
@pytest.mark.parametrize(
    ("state", "words"), [("Settled", "has charged 12.5"), ("Rejected", "could not charge (Rejected) 12.5"), ("Canceled", None)]
)
def test_a_settlement_of_a_chargers_own_terminal_is_shown_for_review_and_not_posted(forecourt, state: str, words: str | None) -> None:
    forecourt.says("CP1", SettlementReported(at(0), "PSP-77", state, "12.5", "T1", "R-9"))
    with forecourt.transactions.begin() as store:
        found = [one.text for one in store.inbox.quarantined(10)]
        assert store.ledger.sum_minor("EUR") == 0
    assert len(found) == (words is not None)
    assert all(words in text and "payment PSP-77, receipt R-9" in text for text in found)
