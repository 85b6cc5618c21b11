"""A host disputes a line of its statement: the statement is paid as it stands, and the next one corrects it in the ledger."""

from datetime import UTC, datetime, timedelta

import pytest

from forecourt.flows.billing import answer_question, ask_question, issue_partner_statements, pending_transfers, settle_statement
from forecourt.flows.offers import settle_site_shares
from forecourt.kernel import NotFound, OperatorId
from forecourt.ledger import Account, AccountKind
from forecourt.notices import NoticeKind
from forecourt.settlement import line_text, partner_share, payable
from forecourt.wording import localiser_for
from money_world import OPERATOR
from offer_world import CAFE, OfferWorld, eur
from stores import both_stores

from .test_hosts import hosted

MONTHS = [datetime(2026, month, 1, 9, tzinfo=UTC) for month in range(6, 11)]


@pytest.fixture
def world(any_transactions) -> OfferWorld:
    made = OfferWorld(any_transactions)
    made.cafe()
    hosted(made)
    bill = made.charge(10_000)
    with made.transactions.begin() as store:
        settle_site_shares(store, bill.id, MONTHS[0])
    return made


def stated(store, world, at):
    (made,) = issue_partner_statements(store, OPERATOR, at, world.world.ids)
    return made


@both_stores
def test_a_disputed_statement_line_is_paid_and_corrected_on_the_next_statement(world) -> None:
    """A wrong correction can be disputed like any line, and counts as a share again."""
    _, july, august, september, october = MONTHS
    with world.transactions.begin() as store:
        first = stated(store, world, july)
        asked = ask_question(store, first, 1, "We agreed on 15 %.", july)
        assert [one.id for one in store.questions.waiting(OPERATOR)] == [asked.id] and asked.open
        assert [due.amount for due, _ in pending_transfers(store, OPERATOR)] == [first.owed], "nothing of it is kept back"
        settle_statement(store, world.staff(july), first.id, "SEPA 1")
    more = eur(first.owed.minor // 2)
    with world.transactions.begin() as store:
        answer_question(store, world.staff(july + timedelta(days=1)), asked.id, "You are right.", more)
        assert store.questions.waiting(OPERATOR) == []
    with world.transactions.begin() as store:
        second = stated(store, world, august)
        assert [(line.owed, line.document, line.text) for line in second.lines] == [
            (more, first.number, f"Correction of {first.number}, line 1")
        ]
        assert localiser_for("fr").localise(line_text(second.lines[0])) == f"Correction de {first.number}, ligne 1"
        back = ask_question(store, second, 1, "That is too much.", august)
        answer_question(store, world.staff(august + timedelta(days=1)), back.id, "A cent too much.", eur(-1))
        settle_statement(store, world.staff(august), second.id, "SEPA 2")
        third = stated(store, world, september)
        settle_statement(store, world.staff(september), third.id, "SEPA 3")
        told = [one for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.QUESTION_CORRECTED]
        assert issue_partner_statements(store, OPERATOR, october, world.world.ids) == () and third.owed == eur(-1)
    assert {(one.content.amount, one.content.words, one.partner_id) for one in told} == {
        (more, "You are right.", CAFE), (eur(-1), "A cent too much.", CAFE),
    }  # fmt: skip
    assert (
        world.balance(partner_share("cafe-strom")) == first.owed.minor + more.minor - 1
        and world.balance(Account(AccountKind.OFFER_COST, "cafe-strom")) == 0
    )
    assert world.balance(payable("cafe-strom")) == 0 and world.balance_is_zero()


@both_stores
def test_a_statement_question_answered_without_a_correction_moves_no_money(world) -> None:
    with world.transactions.begin() as store:
        asked = ask_question(store, stated(store, world, MONTHS[1]), 1, "We agreed on 15 %.", MONTHS[1])
    owed = world.balance(payable("cafe-strom"))
    with world.transactions.begin() as store:
        by = world.staff(MONTHS[1])
        with pytest.raises(NotFound):
            answer_question(store, type(by)(OperatorId(asked.id), "x", by.at, by.ids), asked.id, "No.")
        answer_question(store, by, asked.id, "10 % from May on.")
        (kind,) = {one.kind for one in store.notices.page(OPERATOR).rows if one.partner_id}
        assert kind is NoticeKind.QUESTION_ANSWERED
        assert not store.partners.awaiting_statement(CAFE, MONTHS[2])
    assert world.balance(payable("cafe-strom")) == owed
