"""Direct debit mandates over time: reminders, their creditor, and their end beside collection files."""

from dataclasses import fields, replace
from datetime import timedelta
from uuid import UUID

import pytest

from camt_file import Line
from forecourt.billing import creditor_id_of
from forecourt.drivers import Duty
from forecourt.flows.billing import (
    COLLECTIONS_DUE,
    CollectionRequest,
    CompanyDetails,
    collectables,
    company_fingerprint,
    download_collection,
    issue_account_statements,
    make_collection_file,
    set_company_details,
    withdraw_collection_file,
)
from forecourt.flows.desk import add_to_team
from forecourt.flows.paying import (
    BY_DRIVER,
    CARRY,
    END,
    mandate_of,
    orphaned_mandates,
    payment_progress_of,
    revoke_mandate,
    settle_orphaned_mandates,
    take_mandate,
)
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.kernel import BadInput, Conflict, Span
from forecourt.notices import NoticeKind
from forecourt.payments import PaymentStatus, parse_debtor_account
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, OPERATOR, C, MoneyWorld

from .test_complaints import At
from .test_direct_debits import CREDITOR, DAY, LATER, STATED, THEIRS, by, collecting, how, made, mandated, stated, told
from .test_transfer_files import OURS


@pytest.fixture
def world() -> MoneyWorld:
    return collecting(MoneyWorld(MemoryTransactions()))


def test_staff_responsible_for_money_are_reminded_of_statements_in_no_direct_debit_file(world: MoneyWorld) -> None:
    mandated(world)
    statement, told_on = stated(world), []
    with world.transactions.begin() as store:
        payer = add_to_team(store, by(world), "money@hof.example", [Duty.MONEY], "a hash")
        add_to_team(store, by(world), "sites@hof.example", [Duty.SITES], "a hash")
    for day in range(2, 26):
        made(world, statement) if day == 23 else None
        CalendarRuns(world.transactions, At(STATED + timedelta(days=day)), world.ids, (COLLECTIONS_DUE,)).run_due_batches()
        with world.transactions.begin() as store:
            letters = [one for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.COLLECTIONS_DUE]
        told_on += [day] * (len(letters) - len(told_on))
    assert told_on == [11, 14, 21] and {one.account_id for one in letters} == {payer.id} and letters[0].content.count == 1


def test_a_mandate_given_for_an_overdue_statement_stops_its_dunning(world: MoneyWorld) -> None:
    late = LATER + timedelta(days=30)
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(ACCOUNT_DRIVER), payment_method=""))
    statement = stated(world)
    with world.transactions.begin() as store:
        case = take_dunning_step(store, statement.id, LATER, world.ids)
        assert case is not None and case.level == 1
        take_mandate(store, ACCOUNT_DRIVER, parse_debtor_account("Ben", THEIRS), LATER, world.ids)
        assert take_dunning_step(store, statement.id, late, world.ids) == case
        how = payment_progress_of(store, statement)
        assert (how.status, how.at) == (PaymentStatus.STATED_DEBIT, LATER), "not on a day that is past"
        assert [one.return_reason for one in collectables(store, OPERATOR, late)] == [""]


@pytest.mark.parametrize(("creditor", "stands"), [("DE98ABC09999999999", True), ("DE48ZZZ08888888888", False)])
def test_a_mandate_is_valid_only_for_the_creditor_it_was_given_to(world: MoneyWorld, creditor: str, stands: bool) -> None:
    mandated(world)
    stated(world)
    with world.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), creditor_id=creditor_id_of(creditor)))
        assert (mandate_of(store, ACCOUNT_DRIVER, LATER) is not None) is bool(collectables(store, OPERATOR, LATER)) is stands


OTHER = "DE48ZZZ08888888888"


def company(world: MoneyWorld, mandates: str = "", **changes: str) -> None:
    with world.transactions.begin() as store:
        operator = store.stations.operator(OPERATOR)
        known = {one.name: getattr(operator, one.name) for one in fields(CompanyDetails)}
        set_company_details(store, by(world), CompanyDetails(**known | changes), company_fingerprint(operator), mandates)


def letters(world: MoneyWorld, kind: NoticeKind) -> list[tuple[str, str, str]]:
    with world.transactions.begin() as store:
        told = [one.content for one in store.notices.of_driver(ACCOUNT_DRIVER).rows if one.kind is kind]
    return [(one.number, one.before, one.words) for one in told]


def test_a_mandate_moved_to_a_new_creditor_id_collects_with_both_ids_until_first_used(world: MoneyWorld) -> None:
    number, first = mandated(world), stated(world)
    made(world, first)
    with pytest.raises(Conflict, match="1 mandate names a creditor other than"):
        company(world, creditor_id=OTHER)
    company(world, CARRY, creditor_id=OTHER)
    assert letters(world, NoticeKind.MANDATE_CHANGED) == [(number, CREDITOR, OTHER)]
    with world.transactions.begin() as store:
        with pytest.raises(Conflict, match="details have changed"):
            download_collection(store, by(world), "COL-2026-000001")
        withdraw_collection_file(store, by(world), "COL-2026-000001", "another creditor")
    again, after = made(world, first, key=2), world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=2)
    assert (again.creditor_id, [one.formerly for one in again.collected]) == (OTHER, [CREDITOR])
    assert told(world, Line(DAY, first.due.minor, "COL-2026-000002-001", "c1")) == [] and world.billed(after, STATED)
    with world.transactions.begin() as store:
        (second,) = issue_account_statements(store, ACCOUNT_DRIVER, Span(STATED - timedelta(days=1), LATER), LATER, world.ids)
    third = made(world, second, key=3, day=DAY + timedelta(days=21))
    assert [one.formerly for one in third.collected] == [""], "its bank knows by now"


@pytest.mark.parametrize("changes", [{"creditor_id": OTHER}, {"creditor_id": ""}, {"bank": ""}])
def test_debtors_are_notified_of_mandates_that_the_operator_ends(world: MoneyWorld, changes: dict[str, str]) -> None:
    number, statement = mandated(world), stated(world)
    with pytest.raises(Conflict, match="1 mandate"):
        company(world, CARRY if "" in changes.values() else "", **changes)
    company(world, END, **changes)
    assert letters(world, NoticeKind.MANDATE_ENDED) == [(number, "", "")] and how(world, statement) is PaymentStatus.STATED_TAKEN
    with world.transactions.begin() as store:
        assert [one.why for one in store.direct_debits.mandates_of(ACCOUNT_DRIVER)] == ["creditor changed"]


def test_a_new_address_account_or_business_code_of_the_creditor_leaves_mandates_unchanged(world: MoneyWorld) -> None:
    number = mandated(world)
    company(world, address="Am Ufer 3", bank=THEIRS, creditor_id="DE98ABC09999999999")
    with world.transactions.begin() as store:
        standing = mandate_of(store, ACCOUNT_DRIVER, LATER)
    assert standing is not None and (standing.number, standing.formerly) == (number, "")
    assert letters(world, NoticeKind.MANDATE_CHANGED) == letters(world, NoticeKind.MANDATE_ENDED) == []


@pytest.mark.parametrize("way", [CARRY, END])
def test_a_mandate_of_a_former_creditor_id_is_found_and_carried_over_or_ended(world: MoneyWorld, way: str) -> None:
    number, statement = mandated(world), stated(world)
    with world.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), creditor_id=OTHER))
        assert collectables(store, OPERATOR, LATER) == []
        (found,) = orphaned_mandates(store, store.stations.operator(OPERATOR), LATER)
        assert (found.creditor_id, [one.number for one in found.mandates]) == (CREDITOR, [number])
        with pytest.raises(Conflict, match="mandates have changed"):
            settle_orphaned_mandates(store, by(world), CREDITOR, 2, way)
        settle_orphaned_mandates(store, by(world), CREDITOR, 1, way)
        assert orphaned_mandates(store, store.stations.operator(OPERATOR), LATER) == []
        assert [one.statement for one in collectables(store, OPERATOR, LATER)] == ([statement] if way == CARRY else [])
    assert len(letters(world, NoticeKind.MANDATE_CHANGED if way == CARRY else NoticeKind.MANDATE_ENDED)) == 1


def test_without_a_bank_account_of_the_operator_remaining_mandates_can_only_be_ended(world: MoneyWorld) -> None:
    mandated(world)
    with world.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank=""))
        with pytest.raises(BadInput, match="What should happen"):
            settle_orphaned_mandates(store, by(world), CREDITOR, 1, CARRY)
        settle_orphaned_mandates(store, by(world), CREDITOR, 1, END)
        assert orphaned_mandates(store, store.stations.operator(OPERATOR), LATER) == []


def test_a_statement_in_a_direct_debit_file_is_shown_so_even_after_its_mandate_ended(world: MoneyWorld) -> None:
    number = mandated(world)
    statement = stated(world)
    made(world, statement)
    with world.transactions.begin() as store:
        revoke_mandate(store, ACCOUNT_DRIVER, BY_DRIVER, LATER, world.ids)
        how = payment_progress_of(store, statement)
        assert how.status is PaymentStatus.STATED_DEBIT and how.mandate is not None and how.mandate.number == number


def test_a_mandate_that_ended_after_the_page_was_shown_collects_nothing(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    with world.transactions.begin() as store:
        shown = {one.statement.id: one.fingerprint for one in collectables(store, OPERATOR, LATER)}
        revoke_mandate(store, ACCOUNT_DRIVER, BY_DRIVER, LATER, world.ids)
        with pytest.raises(Conflict):
            make_collection_file(store, by(world), CollectionRequest(UUID(int=1), DAY, shown))
    assert how(world, statement) is PaymentStatus.STATED_TAKEN, "from the stored card"


def test_a_new_bank_account_needs_a_new_mandate_and_the_debtor_is_notified(world: MoneyWorld) -> None:
    first = mandated(world)
    with world.transactions.begin() as store:
        second = take_mandate(store, ACCOUNT_DRIVER, parse_debtor_account("Ben", OURS), LATER, world.ids)
        assert (first, second.number) == ("MND-2026-000001", "MND-2026-000002")
        assert [one.why for one in store.direct_debits.mandates_of(ACCOUNT_DRIVER)] == ["", "replaced"]
        says = [one.content for one in store.notices.of_driver(ACCOUNT_DRIVER).rows if one.kind is NoticeKind.MANDATE_GIVEN]
        assert {(one.number, one.label, one.words) for one in says} == {(first, "… 4300", CREDITOR), (second.number, "… 2051", CREDITOR)}
