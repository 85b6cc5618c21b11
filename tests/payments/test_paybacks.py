"""Paybacks by bank transfer: owed once, paid once, and owed again if the bank returns them."""

from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.billing import credit, issue
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, PaymentId
from forecourt.ledger import BANK, receivable
from forecourt.payments import Payback, paid_by_transfer, pay_back, payback_for_note, payback_returned, unpromised_amount
from money_world import CARD_DRIVER, NOON, invoice

MADE = invoice()  # 8.93
NOTE = issue(credit(MADE, "wrong"), DocumentId(UUID(int=7)), 1, NOON)
PAID = paid_by_transfer(MADE, MADE.due, "ref", PaymentId(UUID(int=8)), NOON).payment
DAY = NOON.date()


def owed(minor: int = 893) -> Payback:
    return payback_for_note(NOTE, PAID, Money(minor, "EUR"))


def test_a_payback_paid_returned_and_paid_again_is_booked_once_each() -> None:
    assert (owed(), owed().open, owed().driver_id) == (owed(), True, CARD_DRIVER)
    now, bank, keys = owed(), 0, set[str]()
    for times in (1, 2):
        now, there = pay_back(now, DAY, " R 1 ", NOON)
        assert (now.paid_on, now.reference, now.open) == (DAY, "R 1", False)
        now, back = payback_returned(now, "R 2", NOON + timedelta(days=times))
        assert (now.paid_on, now.reference, now.returns) == (None, "", times)
        keys |= {there.key, back.key}
        for txn in (there, back):
            assert {entry.account for entry in txn.entries} == {BANK, receivable(CARD_DRIVER)}
            bank += sum(entry.minor for entry in txn.entries if entry.account == BANK)
            assert bank == (-893 if txn is there else 0)
    assert len(keys) == 4


def test_a_payback_is_not_paid_twice_returned_unpaid_or_paid_without_a_reference() -> None:
    paid, _ = pay_back(owed(), DAY, "R", NOON)
    with pytest.raises(Conflict):
        pay_back(paid, DAY, "R", NOON)
    with pytest.raises(Conflict):
        payback_returned(owed(), "R", NOON)
    with pytest.raises(BadInput):
        pay_back(owed(), DAY, "  ", NOON)
    for minor in (0, -1):
        with pytest.raises(BadInput):
            owed(minor)


def test_the_unpromised_amount_of_a_payment_excludes_all_its_paybacks() -> None:
    assert unpromised_amount(PAID, [owed(300), pay_back(owed(200), DAY, "R", NOON)[0]]) == Money(393, "EUR")
