"""Every message is stored once, acknowledged alike however often it arrives, and applied once."""

from dataclasses import replace as changed
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from forecourt.flows.ports import QuarantineEntry, Transactions
from forecourt.kernel import BadInput, OperatorId
from forecourt.stations import Acknowledgement, Verdict
from forecourt.store.permutation import MAX_NUMBER, scatter

ACCEPTED = Acknowledgement("77", Verdict.ACCEPTED)


def test_a_charger_message_is_read_as_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    messages = [sample.started(), sample.metered("b")]
    with any_transactions.begin() as store:
        assert list(store.inbox.add(messages, [ACCEPTED, Acknowledgement()])) == [ACCEPTED, Acknowledgement()]
    with any_transactions.begin() as store:
        assert list(store.inbox.sites_waiting()) == [sample.site.id]
        assert store.inbox.lock_site(sample.site.id)
        rows = store.inbox.unapplied(sample.site.id, 10)
        assert [row.message for row in rows] == messages
        assert rows[0].ack == ACCEPTED
        assert rows[0].id < rows[1].id


def test_a_repeated_message_gets_its_first_acknowledgement(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    again = replace(ACCEPTED, repeated=True)
    with any_transactions.begin() as store:
        assert list(store.inbox.add([sample.started()] * 2, [ACCEPTED, Acknowledgement("78")])) == [ACCEPTED, again]
    with any_transactions.begin() as store:
        answers = store.inbox.add([sample.started("new"), sample.started()], [Acknowledgement("79"), Acknowledgement("80")])
        assert list(answers) == [Acknowledgement("79"), again]
        assert len(store.inbox.all_rows(sample.site.id, 0, 10)) == 2


def test_the_same_message_key_from_another_charger_is_another_message(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        answers = store.inbox.add([sample.started(index=0), sample.started(index=1)], [ACCEPTED, ACCEPTED])
    assert [one.repeated for one in answers] == [False, False]


def test_an_applied_message_is_no_longer_pending(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.inbox.add([sample.metered(str(n)) for n in range(5)], [Acknowledgement()] * 5)
    with any_transactions.begin() as store:
        first = store.inbox.unapplied(sample.site.id, 3)
        store.inbox.mark_applied(sample.site.id, [row.id for row in first])
    with any_transactions.begin() as store:
        rest = store.inbox.unapplied(sample.site.id, 9)
        assert [row.message.dedupe_key for row in rest] == ["3", "4"]
        assert [row.applied for row in store.inbox.all_rows(sample.site.id, 0, 9)] == [True] * 3 + [False] * 2
        assert store.inbox.all_rows(sample.site.id, first[-1].id, 1)[0].message.dedupe_key == "3"
        store.inbox.mark_applied(sample.site.id, [row.id for row in rest])
        assert list(store.inbox.sites_waiting()) == []


def test_a_message_can_be_marked_applied_by_a_unit_of_work_that_did_not_read_it(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.inbox.add([sample.metered("a")], [Acknowledgement()])
        row_id = store.inbox.all_rows(sample.site.id, 0, 1)[0].id
    with any_transactions.begin() as store:
        store.inbox.mark_applied(sample.site.id, [row_id])
        assert list(store.inbox.sites_waiting()) == []


def test_messages_are_found_by_transaction(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    messages = [sample.started("a"), sample.metered("b"), sample.metered("c", transaction="2"), sample.metered("d", index=1)]
    with any_transactions.begin() as store:
        store.inbox.add(messages, [Acknowledgement()] * 4)
        kept = store.inbox.of_session(sample.chargers[0].id, "1")
    assert [row.message.dedupe_key for row in kept] == ["a", "b"]


def test_a_quarantined_message_is_listed_until_it_is_cleared(any_transactions: Transactions, sample) -> None:
    entry = QuarantineEntry(sample.id(), sample.operator.id, None, None, sample.t0, "unknown_transaction", "text")
    late = changed(entry, id=sample.id(), at=sample.t0 + timedelta(minutes=1))
    with any_transactions.begin() as store:
        for one in (entry, late, changed(entry, text="again")):
            store.inbox.quarantine(one)
        assert list(store.inbox.quarantined()) == [late, entry]
    with any_transactions.begin() as store:
        assert not store.inbox.clear_quarantine(OperatorId(UUID(int=9)), late.id, sample.t0)
        assert store.inbox.clear_quarantine(sample.operator.id, late.id, sample.t0)
        assert store.inbox.quarantine_count() == 1
        assert list(store.inbox.quarantined()) == [entry]


def test_a_quarantine_entry_that_settled_itself_does_not_count_as_cleared_by_staff(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    one, other = (QuarantineEntry(sample.id(), sample.operator.id, sample.site.id, None, sample.t0, "lost", "text") for _ in "ab")
    with any_transactions.begin() as store:
        for entry, settled in ((one, ""), (other, "Its start came.")):
            store.inbox.quarantine(entry)
            assert store.inbox.clear_quarantine(sample.operator.id, entry.id, sample.t0, settled)
        assert not store.inbox.clear_quarantine(sample.operator.id, one.id, sample.t0, "once only")
        assert [entry.id for entry in store.inbox.cleared_by_staff(sample.site.id, "lost")] == [one.id]
        assert not store.inbox.cleared_by_staff(sample.site.id, "other")


def test_nul_characters_in_a_message_are_replaced_and_the_message_is_stored(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    odd = replace(sample.started(), raw='a\0b \\u0000 "\\', flags=("a\0",))
    with transactions.begin() as store:
        store.inbox.add([odd], [ACCEPTED])
        kept = store.inbox.all_rows(sample.site.id, 0, 1)[0].message
    assert kept.raw == 'a\ufffdb \\u0000 "\\'
    assert kept.flags == ("a\ufffd",)


def test_transaction_numbers_cannot_be_guessed(any_transactions: Transactions) -> None:
    with any_transactions.begin() as store:
        numbers = [int(one) for one in store.inbox.next_transactions(10_000)]
    assert len(set(numbers)) == 10_000
    assert all(1 <= one <= MAX_NUMBER for one in numbers)
    assert sum(after - before == 1 for before, after in pairwise(numbers)) <= 1
    assert sum(one > MAX_NUMBER // 2 for one in numbers) in range(4_700, 5_300)


@given(st.sets(st.integers(1, MAX_NUMBER), min_size=2, max_size=50), st.binary(min_size=16, max_size=64))
def test_different_counters_give_different_transaction_numbers(numbers: set[int], secret: bytes) -> None:
    assert len({scatter(one, secret) for one in numbers}) == len(numbers)


def test_a_message_that_can_never_be_stored_is_refused_for_good(transactions: Transactions, sample) -> None:
    """Not as temporary: a writer that retried would never reach the next message."""
    sample.filled(transactions)
    endless = "".join(str(scatter(number, b"k" * 32)) for number in range(1, 3000))
    with pytest.raises(BadInput), transactions.begin() as store:
        store.inbox.add([sample.started(endless)], [ACCEPTED])


def test_special_characters_of_the_copy_format_are_stored_unchanged(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    raw = '{\n\t"a" :\r "\\N \\. é"}'
    odd = replace(sample.started("key\twith\\tab"), raw=raw, flags=('say "x"', "back\\slash"))
    with transactions.begin() as store:
        store.inbox.add([sample.metered("before"), odd, sample.metered("after")], [Acknowledgement(), ACCEPTED, Acknowledgement()])
        rows = store.inbox.all_rows(sample.site.id, 0, 9)
    assert rows[1].message == odd
    assert [row.message.dedupe_key for row in rows] == ["before", odd.dedupe_key, "after"]


def test_a_batch_with_a_repeated_message_stores_the_other_messages_once(any_transactions: Transactions, sample) -> None:
    """A batch is stored at once if all of it is new; one with a repeated message, and some after it, with a slower check."""
    sample.filled(any_transactions)
    for keys, repeated in (("abc", ""), ("cde", "c"), ("dfg", "d"), ("hij", "")):
        with any_transactions.begin() as store:
            answers = store.inbox.add([sample.metered(key) for key in keys], [Acknowledgement()] * 3)
        assert [key for key, answer in zip(keys, answers, strict=True) if answer.repeated] == list(repeated)
    with any_transactions.begin() as store:
        assert len(store.inbox.all_rows(sample.site.id, 0, 99)) == len(store.inbox.unapplied(sample.site.id, 99)) == 10


def test_earlier_writes_of_a_unit_of_work_survive_a_repeated_message(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    aside = QuarantineEntry(sample.id(), sample.operator.id, None, None, sample.t0, "unknown_transaction", "text")
    with any_transactions.begin() as store:
        store.inbox.add([sample.metered("a")], [Acknowledgement()])
    with any_transactions.begin() as store:
        store.inbox.quarantine(aside)
        assert store.inbox.quarantine_count() == 1  # written by now
        answers = store.inbox.add([sample.metered("a"), sample.metered("b")], [Acknowledgement()] * 2)
        assert [answer.repeated for answer in answers] == [True, False]
    with any_transactions.begin() as store:
        assert store.inbox.quarantine_count() == 1 and len(store.inbox.all_rows(sample.site.id, 0, 9)) == 2
