"""Complaints about an invoice: one open at a time, three at most, each with an answer."""

from uuid import UUID

import pytest

from forecourt.billing import Complaint, close_declined, credit, issue, open_complaint
from forecourt.kernel import DocumentId, Refused
from money_world import NOON, invoice

MADE = invoice()
NOTE = issue(credit(MADE, "wrong"), DocumentId(UUID(int=7)), 1, NOON)


def said(words: str = " Too much ", earlier: tuple[Complaint, ...] = ()) -> Complaint:
    return open_complaint(MADE, earlier, words, NOON, UUID(int=1))


def test_a_complaint_is_open_until_it_is_declined_with_a_reason() -> None:
    waiting = said()
    assert (waiting.text, waiting.number, waiting.open) == ("Too much", MADE.number, True)
    over = close_declined(waiting, " The meter is right. ", NOON)
    assert (over.answer, over.open, over.over_at) == ("The meter is right.", False, NOON)
    assert said("x" * 1000, (over, over)).open


def test_a_complaint_without_an_invoice_repeated_too_often_or_without_text_is_refused() -> None:
    over = close_declined(said(), "No.", NOON)
    for refused, code in (
        (lambda: open_complaint(NOTE, (), "x", NOON, UUID(int=1)), "not_an_invoice"),
        (lambda: said(earlier=(over, said())), "complaint_waits"),
        (lambda: said(earlier=(over,) * 3), "complaints_enough"),
        (lambda: said("  "), "words"),
        (lambda: said("x" * 1001), "words"),
        (lambda: close_declined(said(), " ", NOON), "words"),
        (lambda: close_declined(over, "Again.", NOON), "answered_already"),
    ):
        with pytest.raises(Refused) as told:
            refused()
        assert told.value.code == code
