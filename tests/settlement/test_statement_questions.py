"""Questions of partners about statement lines: one open at a time, three at most, and corrections within the statement."""

from datetime import timedelta

import pytest

from forecourt.kernel import Money, Refused
from forecourt.ledger import Account, AccountKind
from forecourt.offers import OfferKind
from forecourt.settlement import Question, correct_line, open_question, payable, record_answer
from money_world import NOON

from .test_statements import stated, used

STATED = stated(used(OfferKind.EARNED, 320), used(OfferKind.HOSTING, 500, 1), used(OfferKind.PURCHASE, -100, 2))
LATER = NOON + timedelta(days=40)


def asked(place: int = 1, words: str = "Two were given. ", earlier: tuple[Question, ...] = ()) -> Question:
    return open_question(STATED, place, earlier, words, NOON)


@pytest.mark.parametrize(
    ("place", "kind", "cost"), [(1, OfferKind.EARNED, AccountKind.OFFER_COST), (2, OfferKind.HOSTING, AccountKind.PARTNER_SHARE)]
)
@pytest.mark.parametrize("minor", [320, -50])
def test_a_correction_becomes_a_line_of_the_next_statement_and_its_cost_is_owed_to_the_partner(place, kind, cost, minor) -> None:
    over = record_answer(asked(place), STATED, "You are right.", Money(minor, "EUR"), LATER)
    item, txn = correct_line(over, STATED, kind)
    assert (item.owed.minor, item.statement_id, item.at, item.document) == (minor, None, LATER, STATED.number)
    assert {one.account: one.minor for one in txn.entries} == {payable("cafe"): -minor, Account(AccountKind(cost), "cafe"): minor}


def test_an_empty_repeated_or_too_large_correction_is_refused() -> None:
    over = record_answer(asked(), STATED, "No.", None, LATER)
    for refused, code in (
        (lambda: asked(4), "place"),
        (lambda: asked(0), "place"),
        (lambda: asked(words=" "), "words"),
        (lambda: asked(earlier=(asked(),)), "question_waits"),
        (lambda: asked(earlier=(over,) * 3), "questions_enough"),
        (lambda: record_answer(over, STATED, "Again.", None, LATER), "answered_already"),
        (lambda: record_answer(asked(), STATED, " ", None, LATER), "words"),
        (lambda: record_answer(asked(), STATED, "Yes.", Money(0, "EUR"), LATER), "amount"),
        (lambda: record_answer(asked(), STATED, "Yes.", Money(320, "CHF"), LATER), "amount"),
        (lambda: record_answer(asked(), STATED, "Yes.", Money(921, "EUR"), LATER), "amount"),
    ):
        with pytest.raises(Refused) as told:
            refused()
        assert told.value.code == code
    assert record_answer(asked(), STATED, "Yes.", Money(-920, "EUR"), LATER).correction == Money(-920, "EUR")
    assert asked(2, earlier=(asked(),)).open, "each line has its own"
