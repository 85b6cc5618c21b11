"""Long lists are paged, each operator's own, beside those of others."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Driver
from forecourt.flows.ports import AuditEntry, ChargeSearch, DocumentSearch, ListPage, PageRequest, QuarantineEntry, Transactions
from forecourt.kernel import BadInput, DriverId, OperatorId, SessionId, SiteId, TariffVersionId
from forecourt.reservations import Cancelled
from forecourt.revenue import ProposalKind, ProposalState

from .test_pricing import proposal

BUSY = OperatorId(UUID(int=99))
SECOND = timedelta(seconds=1)


def written(transactions: Transactions, sample, own: int) -> None:
    """The operator's log and doubts, and then 1,000 newer ones of another operator."""
    for who, count, begin in ((sample.operator.id, own, sample.t0), (BUSY, 1000, sample.t0 + timedelta(days=1))):
        with transactions.begin() as store:
            for number in range(count):
                at = begin + number // 2 * SECOND  # two at one instant
                store.audit.add(AuditEntry(sample.id(), who, at, "system", "site.add", f"{number}"))
                store.inbox.quarantine(QuarantineEntry(sample.id(), who, None, None, at, "late_end", f"{number}"))


def test_a_small_operator_sees_its_own_entries_beside_a_busy_one(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 5)
    with any_transactions.begin() as store:
        log, doubts = store.audit.page(sample.operator.id), store.inbox.quarantine_page(sample.operator.id)
        assert [one.subject for one in log.rows] == [one.text for one in doubts.rows] == ["4", "3", "2", "1", "0"]
        assert store.inbox.quarantine_count(sample.operator.id) == 5


def test_paging_forward_and_back_shows_every_entry_once(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 7)
    with any_transactions.begin() as store:

        def page(beside: str = "", back: bool = False) -> ListPage[AuditEntry]:
            return store.audit.page(sample.operator.id, PageRequest(beside, back, 3))

        first = page()
        second = page(first.older)
        third = page(second.older)
        assert [one.subject for one in (*first.rows, *second.rows, *third.rows)] == list("6543210")
        assert (first.newer, third.older) == ("", "")
        assert page(third.newer, back=True) == second and page(second.newer, back=True) == first


def test_entries_added_meanwhile_do_not_shift_pages(any_transactions: Transactions, sample) -> None:
    written(any_transactions, sample, 4)
    with any_transactions.begin() as store:
        first = store.audit.page(sample.operator.id, PageRequest(limit=2))
        store.audit.add(replace(first.rows[0], id=sample.id(), at=sample.t0 + timedelta(hours=1), subject="new"))
        second = store.audit.page(sample.operator.id, PageRequest(first.older, limit=2))
        assert [one.subject for one in second.rows] == ["1", "0"]
        back = store.audit.page(sample.operator.id, PageRequest(second.newer, back=True, limit=2))
        assert [one.subject for one in back.rows] == ["3", "2"] and back.newer


def test_drivers_are_found_by_part_of_their_name_and_not_after_they_left(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.stations.put_operator(sample.operator)
        for number, email in enumerate(("a@b.example", "b@b.example", "c@b.example", "d@b.example", "")):
            store.drivers.put_driver(Driver(DriverId(sample.id()), sample.operator.id, f"Zoe {number}", email))
        first = store.drivers.page(sample.operator.id, "ZO", PageRequest(limit=2))
        assert [one.name for one in first.rows] == ["Zoe 3", "Zoe 2"]
        assert [one.name for one in store.drivers.page(sample.operator.id, "ZO", PageRequest(first.older, limit=2)).rows] == [
            "Zoe 1",
            "Zoe 0",
        ]
        assert [one.name for one in store.drivers.page(sample.operator.id, "c@").rows] == ["Zoe 2"]


def test_charges_are_found_by_driver_card_charger_site_and_day(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        for hours in (1, 2, 3):
            store.sessions.end(sample.record(sample.session(0, f"{hours}"), hours))
        last = sample.t0 + timedelta(hours=3)

        def found(text: str = "", **wanted: object) -> int:
            return len(store.sessions.page(sample.operator.id, ChargeSearch(text, **wanted)).rows)  # type: ignore[arg-type]

        assert found() == found("ADA") == found("ada@") == found(sample.token.uid) == found("ca-300") == 3
        assert (found(until=last), found(since=last), found("nobody"), found(site_id=SiteId(UUID(int=5)))) == (2, 1, 0, 0)


def test_unbilled_charges_are_listed_until_their_doubts_are_cleared(any_transactions: Transactions, sample) -> None:
    """A failed start needs no document; a charge whose doubts were all cleared is left as it is."""
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        sessions = [sample.session(0, f"{number}") for number in range(4)]
        billed, failed, doubted, waits = sessions
        for number, one in enumerate(sessions):
            store.sessions.end(replace(sample.record(one, 1 + number), held=one is doubted))
        store.sessions.end(replace(sample.record(failed, 2), driver_id=None, energy_wh=0))
        store.documents.put(sample.invoice(1, session_id=billed.id))
        for number, code in enumerate(("doubtful_charge", "signed_values", "late_end")):
            doubt = QuarantineEntry(UUID(int=number), sample.operator.id, sample.site.id, None, sample.t0, code, "", str(doubted.id))
            store.inbox.quarantine(doubt)

        def found() -> set[SessionId]:
            return {one.session_id for one in store.sessions.page(sample.operator.id, ChargeSearch(unbilled=True)).rows}

        assert found() == {doubted.id, waits.id}
        store.inbox.clear_quarantine(sample.operator.id, UUID(int=0), sample.t0)
        assert found() == {doubted.id, waits.id}
        store.inbox.clear_quarantine(sample.operator.id, UUID(int=1), sample.t0)
        assert found() == {waits.id}


def test_the_audit_log_is_filtered_by_subject_and_quarantine_is_counted_up_to_a_day(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.stations.put_operator(sample.operator)
        for number, subject in enumerate(("a", "b", "a")):
            entry = AuditEntry(sample.id(), sample.operator.id, sample.t0, "ops", f"{number}", subject)
            store.audit.add(entry)
            at = sample.t0 + timedelta(days=number)
            store.inbox.quarantine(QuarantineEntry(UUID(int=number), sample.operator.id, None, None, at, "test", ""))
        assert [one.action for one in store.audit.about(sample.operator.id, "a")] == ["2", "0"]
        assert store.audit.about(OperatorId(UUID(int=9)), "a") == []
        assert store.inbox.quarantine_count(sample.operator.id, sample.t0 + timedelta(days=2)) == 2


@pytest.mark.parametrize("beside", ["yesterday", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z~7", "~", "2026-11-23T12:00:00Z~\0"])
def test_an_invalid_page_position_is_refused(any_transactions: Transactions, sample, beside: str) -> None:
    with pytest.raises(BadInput), any_transactions.begin() as store:
        store.audit.page(sample.operator.id, PageRequest(beside))


def test_a_driver_lists_only_their_own_receipts_charges_and_past_bookings(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    ours, theirs, operator_id = sample.driver.id, DriverId(sample.id()), sample.operator.id
    with any_transactions.begin() as store:
        for number, driver_id in enumerate((ours, theirs, ours), 1):
            store.documents.put(sample.invoice(number, driver_id=driver_id))
            record = sample.record(sample.session(0, f"{number}"), number)
            store.sessions.end(replace(record, driver_id=driver_id))
            booking = replace(sample.booking(number, number + 1), driver_id=driver_id)
            store.bookings.put(replace(booking, state=Cancelled(sample.t0)) if number == 1 else booking)
        assert [one.sequence for one in store.documents.page(operator_id, DocumentSearch(driver_id=ours)).rows] == [3, 1]
        assert {one.driver_id for one in store.sessions.page(operator_id, ChargeSearch(driver_id=ours)).rows} == {ours}
        assert [one.live for one in store.bookings.live_of(ours)] == [True] and len(store.bookings.past_of(ours).rows) == 1


def test_the_active_price_ladder_is_found_after_many_later_proposals(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    ladder = replace(proposal(sample), kind=ProposalKind.BY_OCCUPANCY, state=ProposalState.APPROVED, published=TariffVersionId(sample.id()))
    with any_transactions.begin() as store:
        for one in (ladder, *(proposal(sample, minutes) for minutes in range(1, 60))):
            store.pricing.put_proposal(one)
        assert store.pricing.ladders(sample.site.id) == [ladder] and store.pricing.published(sample.site.id) == {ladder.published}
        store.pricing.put_proposal(replace(ladder, state=ProposalState.REPLACED))
        assert store.pricing.ladders(sample.site.id) == []
