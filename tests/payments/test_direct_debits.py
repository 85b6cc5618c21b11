"""Direct debits: the ledger has the money exactly while the bank has it."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.billing import Numbering, account_statement
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, PaymentId, Span
from forecourt.ledger import BANK, receivable
from forecourt.payments import (
    Payer,
    begin_hold,
    debit_collected,
    debit_refused,
    debit_was_refused,
    is_debit_called_off,
    request_debit,
    withdraw_debit,
)
from money_world import CARD_DRIVER, EVSE, NOON, OPERATOR, PARTIES, invoice

ID, DUE = PaymentId(UUID(int=5)), Money(893, "EUR")
NUMBER = Numbering(DocumentId(UUID(int=8)), 2026, 1, NOON)
STATED = account_statement(PARTIES, CARD_DRIVER, Span(NOON, NOON.replace(day=30)), "Europe/Berlin", [invoice()], NUMBER)
ASKED = request_debit(STATED, DUE, ID, NOON).payment
CAME = debit_collected(ASKED, DUE, "COL-2026-000001-001", NOON)


def test_a_collected_debit_pays_the_debt_and_a_returned_one_restores_it() -> None:
    back = debit_refused(CAME.payment, "MD06", NOON)
    (there,), (away,) = CAME.txns, back.txns
    assert {one.account: one.minor for one in there.entries} == {BANK: 893, receivable(CARD_DRIVER): -893}
    assert {one.account: one.minor for one in away.entries} == {BANK: -893, receivable(CARD_DRIVER): 893} and there.key != away.key
    assert [one.taken.minor for one in (ASKED, CAME.payment, back.payment)] == [0, 893, 0] and ASKED.pending_amount == DUE
    assert [debit_was_refused([one]) for one in (ASKED, CAME.payment, back.payment)] == [False, False, True]


def test_a_debit_that_was_refused_or_withdrawn_posts_nothing() -> None:
    for ended in (debit_refused(ASKED, "AC04", NOON), withdraw_debit(ASKED, NOON)):
        assert not ended.txns and not ended.payment.pending_amount and not ended.payment.taken


def test_a_debit_collected_after_its_file_was_withdrawn_counts_as_requested() -> None:
    for called_off in (False, True):
        gone = withdraw_debit(ASKED, NOON, called_off).payment
        assert is_debit_called_off([gone]) is called_off and debit_collected(gone, DUE, "COL-2026-000001-001", NOON) == CAME
    assert debit_collected(ASKED, Money(1, "EUR"), "COL-2026-000001-001", NOON) == CAME, "what was asked for is known by then"


def test_a_debit_is_collected_once_returned_once_and_never_from_a_card() -> None:
    back, card = debit_refused(CAME.payment, "MD06", NOON).payment, begin_hold(Payer(OPERATOR, CARD_DRIVER, "pm_1"), ID, EVSE, DUE, NOON)
    given_up = replace(withdraw_debit(ASKED, NOON).payment, method="pm_1")
    for again in (CAME.payment, back, card.payment, given_up):
        with pytest.raises(Conflict):
            debit_collected(again, DUE, "COL-2026-000001-001", NOON)
    for over in (back, card.payment):
        with pytest.raises(Conflict):
            debit_refused(over, "AM04", NOON)
    with pytest.raises(Conflict):
        withdraw_debit(CAME.payment, NOON)
    with pytest.raises(BadInput):
        request_debit(STATED, Money(0, "EUR"), ID, NOON)
