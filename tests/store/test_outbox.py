"""Outbox items: stored once, claimed by one courier, delivered in order."""

from dataclasses import replace
from datetime import timedelta

from forecourt.flows.ports import AuditEntry, ChargerOrder, InvoiceSession, Transactions
from forecourt.kernel import ChargerId, Money, SessionId
from forecourt.payments import Capture
from forecourt.stations import SetFallback, SetLimit, StopCharge


def _order(sample, transaction="1"):
    return ChargerOrder(sample.chargers[0].id, StopCharge(transaction))


def test_outbox_items_of_every_kind_are_read_as_stored(any_transactions: Transactions, sample) -> None:
    payment = sample.payment()
    works = [
        _order(sample),
        ChargerOrder(sample.chargers[0].id, SetLimit(1, 16, 7, "1")),
        InvoiceSession(SessionId(sample.id())),
        Capture(payment.id, payment.operator_id, Money(119, "EUR"), "pm", "key", "pi_1"),
    ]
    with any_transactions.begin() as store:
        for number, work in enumerate(works):
            store.outbox.put(sample.item(work, key=str(number)))
    with any_transactions.begin() as store:
        assert [item.work for item in store.outbox.claim("charger", sample.t0, 9, 60)] == works


def test_a_request_with_the_same_idempotency_key_is_stored_once(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.outbox.put(sample.item(_order(sample), idempotency_key="stop/1"))
        store.outbox.put(sample.item(_order(sample), idempotency_key="stop/1"))
    with any_transactions.begin() as store:
        store.outbox.put(sample.item(_order(sample), idempotency_key="stop/1"))
        item = store.outbox.open_items("charger")[0]
        store.outbox.done(item.id, sample.t0, "ACCEPTED")
    with any_transactions.begin() as store:
        store.outbox.put(sample.item(_order(sample), idempotency_key="stop/1"))
        assert list(store.outbox.open_items("charger")) == []


def test_a_claimed_item_is_hidden_until_its_lease_ends(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.outbox.put(sample.item(_order(sample)))
    with any_transactions.begin() as store:
        assert [one.attempts for one in store.outbox.claim("charger", sample.t0, 9, 60)] == [0]
        assert list(store.outbox.claim("charger", sample.t0 + timedelta(seconds=59), 9, 60)) == []
        assert [one.attempts for one in store.outbox.claim("charger", sample.t0 + timedelta(seconds=60), 9, 60)] == [1]


def test_outbox_items_of_one_key_are_delivered_in_order(any_transactions: Transactions, sample) -> None:
    items = [sample.item(_order(sample, str(n)), key="CA-300") for n in range(3)]
    other = sample.item(_order(sample), key="CA-301")
    with any_transactions.begin() as store:
        for item in (*items, other):
            store.outbox.put(item)
    with any_transactions.begin() as store:
        claimed = store.outbox.claim("charger", sample.t0, 9, 60)
        assert [one.id for one in claimed] == [items[0].id, other.id]
        assert list(store.outbox.claim("charger", sample.t0, 9, 60)) == []
        store.outbox.retry(items[0], sample.t0 + timedelta(seconds=5), "UNREACHABLE")
        assert list(store.outbox.claim("charger", sample.t0, 9, 60)) == []
        retried = store.outbox.claim("charger", sample.t0 + timedelta(seconds=5), 9, 60)
        assert [(one.id, one.error, one.attempts) for one in retried] == [(items[0].id, "UNREACHABLE", 1)]
        store.outbox.done(items[0].id, sample.t0, "ACCEPTED")
        assert [one.id for one in store.outbox.claim("charger", sample.t0, 9, 60)] == [items[1].id]


def test_an_order_overtakes_one_of_another_kind_that_waits_for_its_retry(any_transactions: Transactions, sample) -> None:
    """Orders of one kind stay in order, and only one is sent to a charger at a time."""
    orders = SetFallback(6), SetFallback(8), SetLimit(1, 16, 1, "t"), StopCharge("t")
    first, second, limit, stop = (sample.item(ChargerOrder(ChargerId("CA-300"), one), key="CA-300") for one in orders)
    with any_transactions.begin() as store:
        for item in (first, second, limit, stop):
            store.outbox.put(item)
    with any_transactions.begin() as store:
        store.outbox.claim("charger", sample.t0, 9, 60)
        later = sample.t0 + timedelta(seconds=60)
        store.outbox.retry(first, later, "UNANSWERED")
        assert [one.id for one in store.outbox.claim("charger", sample.t0, 9, 120)] == [limit.id]
        assert list(store.outbox.claim("charger", later, 9, 60)) == [], "one at a time"
    with any_transactions.begin() as store:
        store.outbox.done(limit.id, later, "ACCEPTED")
        for expected in (first, second, stop):
            assert [one.id for one in store.outbox.claim("charger", later, 9, 60)] == [expected.id]
            store.outbox.done(expected.id, later, "ACCEPTED")


def test_failed_items_of_given_keys_can_be_made_due_at_once(any_transactions: Transactions, sample) -> None:
    """Only of these keys, and neither items never tried nor items just claimed."""
    failed, later, other, claimed = (sample.item(_order(sample, str(n)), key=f"CA-{n}") for n in range(4))
    later = replace(later, due_at=sample.t0 + timedelta(minutes=10))
    with any_transactions.begin() as store:
        for item in (failed, later, other, claimed):
            store.outbox.put(item)
    with any_transactions.begin() as store:
        assert len(store.outbox.claim("charger", sample.t0, 9, 60)) == 3
        for item in (failed, other):
            store.outbox.retry(item, sample.t0 + timedelta(minutes=10), "UNREACHABLE")
        now = sample.t0 + timedelta(seconds=30)
        store.outbox.retry_now("charger", ["CA-0", "CA-1", "CA-3"], now)
        assert [one.id for one in store.outbox.claim("charger", now, 9, 60)] == [failed.id]


def test_items_that_are_not_due_or_in_another_lane_are_not_claimed(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        store.outbox.put(sample.item(_order(sample), key="a", due_at=sample.t0 + timedelta(hours=1)))
        store.outbox.put(sample.item(_order(sample), key="b", lane="task"))
        assert list(store.outbox.claim("charger", sample.t0, 9, 60)) == []
        assert len(store.outbox.claim("task", sample.t0, 9, 60)) == 1


def test_the_outbox_history_shows_the_outcome_of_every_item(any_transactions: Transactions, sample) -> None:
    first, second = (sample.item(_order(sample, str(n))) for n in range(2))
    with any_transactions.begin() as store:
        store.outbox.put(first)
        store.outbox.put(second)
        store.outbox.done(first.id, sample.t0, "REJECTED")
    with any_transactions.begin() as store:
        newest, oldest = store.outbox.history("k")
    assert (newest.item, newest.done_at, newest.outcome) == (second, None, "")
    assert (oldest.item, oldest.done_at, oldest.outcome) == (first, sample.t0, "REJECTED")


def test_the_first_outcome_of_an_item_is_final(any_transactions: Transactions, sample) -> None:
    item = sample.item(_order(sample, "1"))
    with any_transactions.begin() as store:
        store.outbox.put(item)
        store.outbox.done(item.id, sample.t0, "first")
        store.outbox.done(item.id, sample.t0, "second")
        store.outbox.retry(item, sample.t0, "too late")
    with any_transactions.begin() as store:
        store.outbox.done(item.id, sample.t0, "third")
    with any_transactions.begin() as store:
        assert [one.outcome for one in store.outbox.history("k")] == ["first"] and not store.outbox.open_items("charger")


def test_lanes_with_due_items_are_listed(any_transactions: Transactions, sample) -> None:
    order = sample.item(_order(sample, "1"))
    with any_transactions.begin() as store:
        for number, minutes in ((1, 0), (2, 0), (3, 5)):
            due_at = sample.t0 + timedelta(minutes=minutes)
            store.outbox.put(replace(order, id=sample.id(), lane=f"roaming/{number}", idempotency_key=f"r{number}", due_at=due_at))
        (done,) = store.outbox.claim("roaming/2", sample.t0, 1, 60)
        store.outbox.done(done.id, sample.t0, "taken")
        store.outbox.put(order)
    with any_transactions.begin() as store:
        assert store.outbox.lanes_due("roaming/", sample.t0) == ["roaming/1"]


def test_the_audit_log_is_listed_newest_first(any_transactions: Transactions, sample) -> None:
    entry = AuditEntry(sample.id(), sample.operator.id, sample.t0, "system", "approve", "CA-300")
    with any_transactions.begin() as store:
        store.audit.add(entry)
        store.audit.add(replace(entry, id=sample.id(), subject="CA-301"))
    with any_transactions.begin() as store:
        assert [one.subject for one in store.audit.recent()] == ["CA-301", "CA-300"]


def test_the_answer_to_a_command_is_stored_with_the_digest_of_its_request(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert store.commands.answer("k") is None
        store.commands.put("k", b"\x00\xff", sample.t0, "digest")
    with any_transactions.begin() as store:
        assert (store.commands.answer("k"), store.commands.request_digest("k"), store.commands.request_digest("other")) == (
            b"\x00\xff",
            "digest",
            "",
        )
