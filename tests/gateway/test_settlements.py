"""A 2.1 charger with its own card terminal: its payment references are not cards, and its settlements are stored."""

from forecourt.gateway.dialects import CardQuery, Report
from forecourt.stations import Acknowledgement, SettlementReported
from gateway.decoding import decode21

SETTLED = {
    "pspRef": "PSP-77",
    "status": "Settled",
    "settlementAmount": 12.5,
    "settlementTime": "2026-11-23T10:00:00Z",
    "transactionId": "T1",
    "receiptId": "R-9",
}


def test_a_terminal_settlement_is_stored_and_recognised_when_repeated() -> None:
    first, again = decode21("NotifySettlement", SETTLED), decode21("NotifySettlement", SETTLED)
    assert isinstance(first, Report) and isinstance(again, Report) and isinstance(first.fact, SettlementReported)
    assert (first.fact.reference, first.fact.amount, first.fact.transaction, first.fact.receipt) == ("PSP-77", "12.5", "T1", "R-9")
    assert first.dedupe_key == again.dedupe_key
    assert first.answer(Acknowledgement()) == b"{}"


def test_the_reference_of_a_terminal_payment_is_not_read_as_a_card() -> None:
    asked = [decode21("Authorize", {"idToken": {"idToken": "04A1B2C3", "type": kind}}) for kind in ("DirectPayment", "ISO14443")]
    tokens = [one.token for one in asked if isinstance(one, CardQuery)]
    assert (tokens[0][:8], len(tokens[0]), tokens[1]) == ("TERMINAL", 32, "04A1B2C3")
