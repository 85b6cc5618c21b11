"""Ledger postings of a payment: holds in memo accounts, money from its source to what it pays."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.kernel import DocumentId, Money, PaymentId
from forecourt.ledger import CLEARING, Account, held_on_card, held_on_wallet, holdable, receivable, wallet
from forecourt.payments import WALLET, Accepted, Payer, Rejected, TopUp, Transition, apply_answer, begin_hold, capture, refund
from money_world import CARD_DRIVER, EVSE, NOON, OPERATOR

ID = UUID(int=60)
CARD, PREPAID, DEBT = CLEARING, wallet(CARD_DRIVER), receivable(CARD_DRIVER)
YES, NO = Accepted("p", NOON, NOON.replace(day=7)), Rejected("card_closed")


@pytest.mark.parametrize(
    ("method", "top_up", "held", "source", "pays"),
    [
        ("pm_1", None, held_on_card(CARD_DRIVER), CARD, DEBT),
        (WALLET, None, held_on_wallet(CARD_DRIVER), PREPAID, DEBT),
        ("pm_1", TopUp.DRIVER, held_on_card(CARD_DRIVER), CARD, PREPAID),
    ],
)
def test_a_hold_is_captured_in_full_and_refunded_in_two_parts(
    method: str, top_up: TopUp | None, held: Account, source: Account, pays: Account
) -> None:
    """During a refund to a card its part of a balance cannot be spent; if refused, it can again."""
    books = Counter[Account]()

    def after(moved: Transition, answer: Accepted | Rejected = YES) -> tuple[Transition, dict[Account, int]]:
        for txn in moved.txns:
            books.update({entry.account: entry.minor for entry in txn.entries})
        return (apply_answer(moved.payment, moved.orders[0], answer, NOON) if moved.orders else moved), {
            one: n for one, n in books.items() if n
        }

    asked = begin_hold(Payer(OPERATOR, CARD_DRIVER, method), PaymentId(ID), EVSE, Money(2000, "EUR"), NOON)
    moved, _ = after(replace(asked, payment=replace(asked.payment, top_up=top_up)))
    assert after(moved)[1] == {held: 2000, holdable(CARD_DRIVER): -2000}
    moved, _ = after(capture(moved.payment, Money(2000, "EUR"), DocumentId(ID), NOON))
    assert moved.payment.document_id == ID and after(moved)[1] == {source: 2000, pays: -2000}
    kept = {held_on_wallet(CARD_DRIVER): 500, holdable(CARD_DRIVER): -500} if top_up else {}
    for minor, answer, left in ((500, NO, 2000), (500, YES, 1500), (1500, YES, 0)):
        moved, asked_back = after(refund(moved.payment, Money(minor, "EUR"), "x", NOON), answer)
        assert minor != 500 or {one: n for one, n in asked_back.items() if one not in (source, pays)} == kept
        assert after(moved)[1] == ({source: left, pays: -left} if left else {})
