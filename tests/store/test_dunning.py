"""Dunning cases and job runs: read as stored, due ones found once, one run for each period."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.billing import DocumentKind
from forecourt.flows.ports import Failure, Run, Transactions
from forecourt.kernel import Conflict, DocumentId, Money
from forecourt.payments import DunningCase, DunningLevel, DunningNotice, DunningRules, close_case

DAY = timedelta(days=1)


def case(sample, number: int = 1, **changes: object) -> DunningCase:
    notice = DunningNotice(1, sample.t0, Money(0, "EUR"))
    made = DunningCase(
        DocumentId(UUID(int=number)),
        sample.operator.id,
        sample.driver.id,
        "INV-2026-000001",
        Money(900, "EUR"),
        sample.t0,
        (notice,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_dunning_cases_rules_and_runs_are_read_as_stored(any_transactions: Transactions, sample) -> None:
    first, second = case(sample), case(sample, 2, next_at=sample.t0 + DAY, blocks=True)
    run = Run(sample.id(), sample.operator.id, "dunning", "2026-06-01", sample.t0, 7)
    failed = replace(run, done=5, failed=1, failures=(Failure(UUID(int=1), "code", "text", sample.t0),), after=UUID(int=1))
    rules = DunningRules((DunningLevel(1), DunningLevel(9, Money(500, "EUR"))), (2,), 30, 2)
    with any_transactions.begin() as store:
        assert store.dunning.rules(sample.operator.id) == DunningRules()
        store.dunning.put_rules(sample.operator.id, rules)
        store.dunning.put(close_case(first, "paid", sample.t0))
        store.dunning.put(second)
        store.job_runs.put(run)
        store.job_runs.put(failed)
    with any_transactions.begin() as store:
        assert store.dunning.rules(sample.operator.id) == rules
        assert store.dunning.page(sample.operator.id).rows == (second, close_case(first, "paid", sample.t0))
        assert store.dunning.of_driver(sample.driver.id) == [close_case(first, "paid", sample.t0), second]
        assert store.job_runs.page(sample.operator.id).rows == (failed,) and store.job_runs.try_lock(run.id) == failed
        assert store.payments.debt_status(sample.driver.id).owed == second.owed and store.payments.debt_status(sample.driver.id).blocked


def test_a_job_has_one_run_for_each_period(any_transactions: Transactions, sample) -> None:
    run = Run(sample.id(), sample.operator.id, "dunning", "2026-06-01", sample.t0, 7)
    with any_transactions.begin() as store:
        store.job_runs.put(run)
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.job_runs.put(replace(run, id=sample.id()))


def test_dunning_is_due_for_cases_with_a_next_step_and_for_unpaid_invoices(any_transactions: Transactions, sample) -> None:
    late, credited = sample.invoice(1), sample.invoice(2)
    later = case(sample, 2, next_at=sample.t0 + 9 * DAY)
    steps = [case(sample, number, next_at=sample.t0 + DAY) for number in (5, 3)]
    with any_transactions.begin() as store:
        for one in (late, credited, sample.invoice(3, corrects=credited.id, kind=DocumentKind.CREDIT_NOTE)):
            store.documents.put(one)
        for found in (*steps, later):
            store.dunning.put(found)
    at = sample.t0 + DAY
    with any_transactions.begin() as store:
        found = store.dunning.due(sample.operator.id, at, 0, None, 9)
        assert found == sorted([late.id, *(one.document_id for one in steps)])
        assert store.dunning.due(sample.operator.id, at, 0, found[0], 1) == found[1:2]
        assert late.id not in store.dunning.due(sample.operator.id, at, 2, None, 9)


def test_a_document_is_overdue_by_its_own_payment_term(any_transactions: Transactions, sample) -> None:
    said = replace(sample.invoice(1).content.parties, due_days=14)
    told = replace(sample.invoice(1), content=replace(sample.invoice(1).content, parties=said))
    with any_transactions.begin() as store:
        store.documents.put(told)
    with any_transactions.begin() as store:
        assert store.dunning.due(sample.operator.id, told.issued_at + 13 * DAY, 7, None, 9) == []
        assert store.dunning.due(sample.operator.id, told.issued_at + 14 * DAY, 30, None, 9) == [told.id]
