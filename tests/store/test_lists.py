"""Long lists: a page at a time, each operator's own, whatever stands between."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.flows.ports import AuditEntry, ListPage, PageAsked, Quarantined, Transactions
from forecourt.kernel import BadInput, OperatorId

BUSY = OperatorId(UUID(int=99))
SECOND = timedelta(seconds=1)


def written(transactions: Transactions, sample, own: int) -> None:
    """The operator's log and doubts, and then 1,000 newer ones of another operator."""
    for who, count, begin in ((sample.operator.id, own, sample.t0), (BUSY, 1000, sample.t0 + timedelta(days=1))):
        with transactions.begin() as store:
            for number in range(count):
                at = begin + number // 2 * SECOND  # two at one instant
                store.audit.add(AuditEntry(sample.id(), who, at, "system", "site.add", f"{number}"))
                store.inbox.quarantine(Quarantined(sample.id(), who, None, None, at, "late_end", f"{number}"))


def test_a_small_operator_beside_a_busy_one_sees_its_own(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 5)
    with any_transactions.begin() as store:
        log, doubts = store.audit.page(sample.operator.id), store.inbox.quarantine_page(sample.operator.id)
        assert [one.subject for one in log.rows] == [one.text for one in doubts.rows] == ["4", "3", "2", "1", "0"]
        assert store.inbox.quarantine_count(sample.operator.id) == 5


def test_pages_show_every_entry_once_and_lead_back(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 7)
    with any_transactions.begin() as store:

        def page(beside: str = "", back: bool = False) -> ListPage[AuditEntry]:
            return store.audit.page(sample.operator.id, PageAsked(beside, back, 3))

        first = page()
        second = page(first.older)
        third = page(second.older)
        assert [one.subject for one in (*first.rows, *second.rows, *third.rows)] == list("6543210")
        assert (first.newer, third.older) == ("", "")
        assert page(third.newer, back=True) == second and page(second.newer, back=True) == first


def test_what_came_meanwhile_moves_no_page(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 4)
    with any_transactions.begin() as store:
        first = store.audit.page(sample.operator.id, PageAsked(limit=2))
        store.audit.add(replace(first.rows[0], id=sample.id(), at=sample.t0 + timedelta(hours=1), subject="new"))
        second = store.audit.page(sample.operator.id, PageAsked(first.older, limit=2))
        assert [one.subject for one in second.rows] == ["1", "0"]
        back = store.audit.page(sample.operator.id, PageAsked(second.newer, back=True, limit=2))
        assert [one.subject for one in back.rows] == ["3", "2"] and back.newer


@pytest.mark.parametrize("beside", ["yesterday", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z~7", "~", "2026-11-23T12:00:00Z~\0"])
def test_a_page_that_cannot_be_is_refused(any_transactions: Transactions, sample, beside: str) -> None:
    with pytest.raises(BadInput), any_transactions.begin() as store:
        store.audit.page(sample.operator.id, PageAsked(beside))
