"""Complaints of drivers about a bill, answered by a credit note or by a message to the driver."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forecourt.billing import MAX_COMPLAINTS, Complaint
from forecourt.drivers import Duty
from forecourt.flows.billing import COMPLAINTS_WAIT, CreditRequest, decline_complaint, file_complaint, issue_credit_note
from forecourt.flows.desk import Staff, add_to_team
from forecourt.flows.paying import record_transfer
from forecourt.flows.ports import Transactions
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.kernel import BadInput, Conflict, Money, NotFound, OperatorId
from forecourt.notices import NoticeKind
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

END = NOON + timedelta(hours=2)


@dataclass(frozen=True)
class At:
    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def by(world: MoneyWorld, operator: OperatorId = OPERATOR) -> Staff:
    return Staff(operator, "ops", END, world.ids)


@pytest.fixture
def bill(world: MoneyWorld):  # type: ignore[no-untyped-def]
    made = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER), END)
    assert made is not None
    return made


def said(world: MoneyWorld, bill, words: str = "It broke off.") -> Complaint:  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        return file_complaint(store, bill, words, END, world.ids)


@both_stores
def test_a_complaint_waits_until_it_is_declined_and_the_driver_is_sent_the_answer(world, bill) -> None:
    made = said(world, bill)
    with world.transactions.begin() as store:
        assert list(store.complaints.page(OPERATOR).rows) == [made] and made.open
        decline_complaint(store, by(world), made.id, " The meter says 10 kWh. ")
    with world.transactions.begin() as store:
        (over,) = store.complaints.of_driver(bill.driver_id)
        (told, *_) = [one for one in store.notices.all_of(bill.driver_id) if one.kind is NoticeKind.COMPLAINT_DECLINED]
        assert (over.open, over.answer, told.content.words) == (False, "The meter says 10 kWh.", "The meter says 10 kWh.")
        with pytest.raises(Conflict):
            decline_complaint(store, by(world), made.id, "Once more.")


def test_a_partial_credit_note_answers_a_complaint(world, bill) -> None:
    made = said(world, bill)
    with world.transactions.begin() as store:
        record_transfer(store, by(world), bill.id, "SEPA 4711")
        note = issue_credit_note(store, by(world), CreditRequest(bill.id, 0, "broke off", amount=Money(100, "EUR"))).note
    with world.transactions.begin() as store:
        (over,) = store.complaints.of_document(bill.id)
        assert (over.id, over.open, over.note) == (made.id, False, note.number)


@both_stores
def test_a_bill_has_one_open_complaint_at_a_time_and_a_maximum_in_all(world, bill) -> None:
    for _ in range(MAX_COMPLAINTS):
        made = said(world, bill)
        with pytest.raises(Conflict):
            said(world, bill)
        with world.transactions.begin() as store:
            decline_complaint(store, by(world), made.id, "No.")
    with pytest.raises(Conflict):
        said(world, bill)


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
def test_a_complaint_needs_a_text_of_bounded_length(world, bill, words) -> None:
    with pytest.raises(BadInput):
        said(world, bill, words)


def test_a_complaint_of_another_operator_is_not_found(world, bill) -> None:
    made = said(world, bill)
    with world.transactions.begin() as store, pytest.raises(NotFound):
        decline_complaint(store, by(world, OperatorId(made.id)), made.id, "No.")


def test_staff_responsible_for_money_are_reminded_of_a_complaint_after_two_days_and_then_weekly(world, bill) -> None:
    said(world, bill)
    with world.transactions.begin() as store:
        payer = add_to_team(store, by(world), "money@hof.example", [Duty.MONEY], "a hash")
        add_to_team(store, by(world), "sites@hof.example", [Duty.SITES], "a hash")
        add_to_team(store, by(world), "invited@hof.example", [Duty.MONEY])
    told = []
    for day in range(1, 16):
        CalendarRuns(world.transactions, At(END + timedelta(days=day)), world.ids, (COMPLAINTS_WAIT,)).run_due_batches()
        with world.transactions.begin() as store:
            letters = [one for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.COMPLAINTS_WAIT]
        told += [day] * (len(letters) - len(told))
    assert told == [2, 7, 14] and {one.account_id for one in letters} == {payer.id} and letters[0].content.count == 1


def test_without_staff_responsible_for_money_the_team_administrators_are_reminded(world, bill) -> None:
    said(world, bill)
    with world.transactions.begin() as store:
        team = add_to_team(store, by(world), "team@hof.example", [Duty.TEAM], "a hash")
    assert reminded(world, 2) == {team.id}
    with world.transactions.begin() as store:
        known = add_to_team(store, by(world), "money@hof.example", [Duty.MONEY])
        store.drivers.put_account(replace(known, sso_subject="42"))
    assert reminded(world, 7) == {team.id, known.id}, "who comes by the company's identity provider is there, too"


def reminded(world: MoneyWorld, day: int) -> set[UUID]:
    """Who was, up to then."""
    CalendarRuns(world.transactions, At(END + timedelta(days=day)), world.ids, (COMPLAINTS_WAIT,)).run_due_batches()
    with world.transactions.begin() as store:
        return {one.account_id for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.COMPLAINTS_WAIT}
