"""Documents never change, numbers have no gap, the ledger balances."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.billing import DocumentKind
from forecourt.flows.ports import DocumentSearch, Transactions, document_files
from forecourt.kernel import BookingId, Conflict, DocumentId, DriverId, Money, SessionId
from forecourt.ledger import receivable, revenue, verify_chain
from forecourt.payments import Captured, Charging, Declined, Unknown
from forecourt.store import PostgresTransactions


def test_an_invoice_comes_before_its_credit_note_of_the_same_instant(any_transactions: Transactions, sample) -> None:
    session_id = SessionId(sample.id())
    invoice = sample.invoice(1, session_id=session_id)
    noted = sample.invoice(1, kind=DocumentKind.CREDIT_NOTE, corrects=invoice.id, session_id=session_id)
    credit = replace(noted, series="CN", number="CN-2026-000001")
    with any_transactions.begin() as store:
        store.documents.put(invoice)
        store.documents.put(credit)
    with any_transactions.begin() as store:
        assert store.documents.of_session(session_id) == [invoice, credit]


def test_a_document_is_read_as_it_was_issued(any_transactions: Transactions, sample) -> None:
    session_id, booking_id = SessionId(sample.id()), BookingId(sample.id())
    invoice = sample.invoice(1, session_id=session_id, booking_id=booking_id)
    credit = sample.invoice(2, corrects=invoice.id, session_id=session_id)
    with any_transactions.begin() as store:
        store.documents.put(invoice)
        store.documents.put(credit)
    with any_transactions.begin() as store:
        assert store.documents.document(invoice.id) == invoice
        assert store.documents.by_number(sample.operator.id, "INV-2026-000002") == credit
        assert store.documents.of_session(session_id) == [invoice, credit]
        assert store.documents.of_booking(booking_id) == [invoice]
        assert store.documents.of_driver(sample.driver.id, 1) == [credit]
        assert store.documents.credit_notes_of(invoice.id) == [credit]
        assert store.documents.recent(sample.operator.id, 9, before=credit.issued_at) == [invoice]


def test_documents_of_the_same_instant_are_ordered_by_number(any_transactions: Transactions, sample) -> None:
    one = sample.invoice(1)
    with any_transactions.begin() as store:
        store.documents.put_all([one, *(replace(sample.invoice(number), issued_at=one.issued_at) for number in range(2, 8))])
    with any_transactions.begin() as store:
        every = store.documents.recent(sample.operator.id, 9)
        assert [document.sequence for document in every] == [7, 6, 5, 4, 3, 2, 1]
        assert store.documents.recent(sample.operator.id, 9, every[2].issued_at, every[2].number) == every[3:]
        assert store.documents.search(sample.operator.id, DocumentSearch(), 3, every[2]) == every[3:6]


def test_a_document_number_is_used_once(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.documents.put(sample.invoice(1))
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.documents.put(sample.invoice(1))


def test_document_numbers_have_no_gap_within_a_series_and_year(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert [store.documents.next_number(sample.operator.id, "INV", 2026) for _ in range(2)] == [1, 2]
        assert store.documents.next_number(sample.operator.id, "CN", 2026) == 1
    with pytest.raises(ZeroDivisionError), any_transactions.begin() as store:
        store.documents.next_number(sample.operator.id, "INV", 2026)
        raise ZeroDivisionError
    with any_transactions.begin() as store:
        assert store.documents.next_number(sample.operator.id, "INV", 2026) == 3
        assert store.documents.next_number(sample.operator.id, "INV", 2027) == 1


def test_the_first_file_of_a_document_is_never_replaced(any_transactions: Transactions, sample) -> None:
    one, two = sample.invoice(1), sample.invoice(2)
    with any_transactions.begin() as store:
        store.documents.put(one)
        store.documents.put(two)
        store.documents.put_files(one.id, document_files(b"%PDF\x00", b"<a/>"))
        store.documents.put_files(one.id, document_files(b"other"))
    with any_transactions.begin() as store:
        assert store.documents.files(one.id) == document_files(b"%PDF\x00", b"<a/>")
        assert store.documents.files(two.id) is None
        assert store.documents.without_files(two.issued_at) == [two]
        store.documents.retry_files_at(two.id, two.issued_at + timedelta(hours=1))
        assert store.documents.without_files(two.issued_at) == []
        assert store.documents.without_files(two.issued_at + timedelta(hours=1)) == [two]


def test_two_workers_do_not_print_the_same_document(transactions: PostgresTransactions, sample) -> None:
    one, two = sample.invoice(1), sample.invoice(2)
    with transactions.begin() as store:
        store.documents.put(one)
        store.documents.put(two)
    with transactions.begin() as mine, transactions.begin() as other:
        assert [*mine.documents.without_files(two.issued_at, 1), *other.documents.without_files(two.issued_at, 9)] == [one, two]
    with transactions.begin() as store:
        assert store.documents.without_files(two.issued_at, 9) == [one, two]


def test_a_file_without_its_document_is_refused(any_transactions: Transactions, sample) -> None:
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.documents.put_files(DocumentId(sample.id()), document_files(b"%PDF"))


def test_the_ledger_is_chained_and_balanced_and_a_key_is_posted_once(any_transactions: Transactions, sample) -> None:
    subject = sample.id()
    with any_transactions.begin() as store:
        assert store.ledger.post(sample.txn("invoice/1", 100))
        assert not store.ledger.post(sample.txn("invoice/1", 100))
        assert store.ledger.post(sample.txn("invoice/2", 19, subject))
    with any_transactions.begin() as store:
        assert not store.ledger.post(sample.txn("invoice/2", 19))
        assert store.ledger.post(sample.txn("invoice/3", 1))
    with any_transactions.begin() as store:
        assert verify_chain(store.ledger.chain(sample.operator.id)) == 3
        assert store.ledger.sum_minor("EUR") == 0
        assert store.ledger.balance(sample.operator.id, receivable(sample.driver.id), "EUR") == 120
        assert store.ledger.balance(sample.operator.id, revenue("energy"), "EUR") == -120
        rows = [(one.account.name, one.debit_minor, one.credit_minor) for one in store.ledger.trial_balance(sample.operator.id)]
        assert rows == [(receivable(sample.driver.id).name, 120, 0), ("REVENUE:energy", 0, 120)]
        assert [one.txn.key for one in store.ledger.of_subject(subject)] == ["invoice/2"]


def test_payments_are_found_by_id_reference_document_session_and_driver(any_transactions: Transactions, sample) -> None:
    hold = sample.payment(evse_id=sample.evses[0].id)
    paid = sample.payment(
        Captured(Money(119, "EUR"), "pi_2", sample.t0, Money(0, "EUR")),
        document_id=DocumentId(sample.id()),
        made_at=sample.t0 + timedelta(1),
    )
    lost = sample.payment(Unknown(Charging(Money(1, "EUR"), sample.t0), sample.t0, "timeout"), session_id=SessionId(sample.id()))
    with any_transactions.begin() as store:
        for one in (hold, paid, lost):
            store.payments.put(one)
    with any_transactions.begin() as store:
        assert store.payments.payment(lost.id) == lost
        assert store.payments.lock(hold.id) == hold
        assert store.payments.hold_on(sample.driver.id, sample.evses[0].id) == hold
        assert store.payments.hold_on(sample.driver.id, sample.evses[1].id) is None
        assert store.payments.open_holds(sample.operator.id) == [hold]
        assert store.payments.pending(sample.t0 + timedelta(seconds=1)) == [lost]
        assert store.payments.of_document(paid.document_id) == [paid]
        assert store.payments.of_session(lost.session_id) == [lost]
        assert store.payments.of_driver(sample.driver.id)[0] == paid


def test_an_invoice_is_unpaid_until_a_payment_is_under_way(any_transactions: Transactions, sample) -> None:
    one, two = sample.invoice(1), sample.invoice(2)
    declined = sample.payment(Declined(Money(119, "EUR"), sample.t0, "card_declined"), document_id=two.id)
    with any_transactions.begin() as store:
        store.documents.put(one)
        store.documents.put(two)
        store.payments.put(sample.payment(Charging(Money(119, "EUR"), sample.t0), document_id=one.id))
        store.payments.put(declined)
        assert store.payments.unpaid(sample.operator.id) == [two.id]
        assert store.payments.debt_status(sample.driver.id).blocked
    with any_transactions.begin() as store:
        store.payments.put(replace(sample.payment(document_id=two.id), made_at=sample.t0 + timedelta(hours=1)))
        assert not store.payments.debt_status(sample.driver.id).blocked
        assert store.payments.unpaid(sample.operator.id) == []


def test_a_webhook_event_is_processed_once(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert not store.payments.webhook_seen("evt_1", sample.t0)
        assert store.payments.webhook_seen("evt_1", sample.t0)
    with any_transactions.begin() as store:
        assert store.payments.webhook_seen("evt_1", sample.t0)


def test_several_document_numbers_are_taken_at_once_and_peeking_takes_none(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert store.documents.next_number(sample.operator.id, "INV", 2026, 0) == 1
        assert store.documents.next_number(sample.operator.id, "INV", 2026, 3) == 1
        assert store.documents.next_number(sample.operator.id, "INV", 2026) == 4


def test_charges_are_known_as_billed_after_many_documents_are_stored_at_once(any_transactions: Transactions, sample) -> None:
    billed, other = SessionId(sample.id()), SessionId(sample.id())
    one, two = sample.invoice(1, session_id=billed), sample.invoice(2)
    with any_transactions.begin() as store:
        store.documents.put_all([one, two])
    with any_transactions.begin() as store:
        assert store.documents.billed([billed, other]) == {billed}
        assert {found.id for found in store.documents.without_files(two.issued_at)} == {one.id, two.id}


def test_many_postings_at_once_are_chained_and_each_key_is_posted_once(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.ledger.post(sample.txn("a"))
        assert store.ledger.post_all([sample.txn("a"), sample.txn("b"), sample.txn("b"), sample.txn("c")]) == 2
        assert store.ledger.post_all([sample.txn("c")]) == 0
    with any_transactions.begin() as store:
        assert [one.txn.key for one in store.ledger.chain(sample.operator.id)] == ["a", "b", "c"]
        assert verify_chain(store.ledger.chain(sample.operator.id)) == 3


def test_drivers_with_holds_are_those_with_an_active_hold(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert store.payments.drivers_with_holds([sample.driver.id]) == set()
        refused = sample.payment(Declined(Money(5000, "EUR"), sample.invoice().issued_at, "insufficient_funds"))
        store.payments.put(refused)
        assert store.payments.drivers_with_holds([sample.driver.id]) == set()
        store.payments.put(sample.payment())
        assert store.payments.drivers_with_holds([sample.driver.id, DriverId(sample.id())]) == {sample.driver.id}


def test_ledger_positions_of_a_time_span_include_backdated_entries(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        for number, day in enumerate([0, 1, 9, 2, 1, 3]):
            store.ledger.post(replace(sample.txn(f"invoice/{number}"), at=sample.t0 + timedelta(days=day)))
        assert store.ledger.positions(sample.operator.id, sample.window(24, 72)) == range(2, 6)
        assert [one.position for one in store.ledger.posted(sample.operator.id, range(2, 5))] == [2, 3, 4]
        assert not store.ledger.positions(sample.operator.id, sample.window(100, 101))
