"""The audit log is sealed in a chain: any later change is found."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.flows.desk import format_seal, parse_seal, seal_log, verify_log
from forecourt.flows.desk.log_chain import START, differences, seal_entries
from forecourt.flows.ports import AuditEntry, AuditRecord, LogSeal, Transactions
from forecourt.kernel import BadInput
from stores import both_stores

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def logged(number: int, at: datetime = NOON) -> AuditRecord:
    return AuditRecord(
        number, UUID(int=number), UUID(int=9), at, "ann", "site.limits", "market", UUID(int=number + 99), '{"detail":"32 A"}'
    )


def chain(*sizes: int) -> list[tuple[LogSeal, list[AuditRecord]]]:
    found: list[tuple[LogSeal, list[AuditRecord]]] = []
    for size in sizes:
        first = 1 + sum(len(entries) for _, entries in found)
        entries = [logged(number, NOON + timedelta(minutes=number)) for number in range(first, first + size)]
        found.append((seal_entries(found[-1][0] if found else None, entries, LATER), entries))
    return found


def other(value: object) -> object:
    """Of the same kind."""
    match value:
        case int():
            return value + 1
        case str():
            return value + " "
        case datetime():
            return value + timedelta(microseconds=1)
        case UUID():
            return UUID(int=value.int ^ 1)
        case tuple():
            return (*value[:-1], other(value[-1]))
    raise AssertionError(value)


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=60)
@given(SIZES, st.data())
def test_any_single_change_to_sealed_audit_entries_is_found(sizes: list[int], data: st.DataObject) -> None:
    kept = chain(*sizes)
    assert list(differences(kept)) == []
    place = data.draw(st.integers(0, len(kept) - 1))
    seal, entries = kept[place]
    line = data.draw(st.integers(-1, len(entries) - 1))
    row = seal if line < 0 else entries[line]
    name = data.draw(st.sampled_from([one.name for one in fields(row)]))
    changed = replace(row, **{name: other(getattr(row, name))})
    kept[place] = (changed, entries) if line < 0 else (seal, [*entries[:line], changed, *entries[line + 1 :]])
    found = list(differences(kept))
    assert found
    assert (f"seal {seal.number}" if line >= 0 else f"Seal {place + 1} ") in found[0]


@given(SIZES, st.data())
@settings(max_examples=30)
def test_a_stored_seal_reveals_a_log_that_was_changed_and_sealed_again(sizes: list[int], data: st.DataObject) -> None:
    kept = chain(*sizes)
    known = parse_seal(format_seal(kept[data.draw(st.integers(0, len(kept) - 1))][0]))
    forged, before = [], None
    for place, (seal, entries) in enumerate(kept):
        entries = [replace(entries[0], actor="bob"), *entries[1:]] if place == 0 else entries
        before = seal_entries(before, entries, seal.sealed_at)
        forged.append((before, entries))
    assert list(differences(forged)) == []
    assert [one for one in differences(forged, known) if "not the one that was kept" in one]
    assert list(differences(kept, known)) == []
    assert list(differences(kept[: known.number - 1], known)) == [f"Seal {known.number}, which was kept, is missing."]


def test_missing_and_inserted_audit_entries_are_named() -> None:
    (first, entries), (second, more) = chain(2, 2)
    assert next(differences([(second, more)])) == "Seal 1 is missing."
    assert list(differences([(first, entries[1:]), (second, more)])) == ["Entry 1, sealed with seal 1, is missing."]
    dated_back = logged(7, NOON - timedelta(days=2))
    third = seal_entries(second, [dated_back], LATER)
    chained = [(first, entries), (second, more), (third, [dated_back])]
    assert "Entry 7 (2026-11-21T12:00:00Z, site.limits market) was inserted later than it says" in next(differences(chained))
    assert list(differences(chained, parse_seal(format_seal(third)))) == []  # it was found when that seal was taken along


@both_stores
def test_entries_of_the_last_minutes_are_not_sealed_yet(any_transactions: Transactions) -> None:
    with any_transactions.begin() as store:
        for number, minutes in ((1, 0), (2, 1), (3, 10)):
            at = NOON + timedelta(minutes=minutes)
            store.audit.add(AuditEntry(UUID(int=number), None, at, "system", "site.limits", "market", "32 A"))
    for count in (2, 0):
        with any_transactions.begin() as store:
            assert seal_log(store, NOON + timedelta(minutes=9)) == count
    with any_transactions.begin() as store:
        report = verify_log(store)
        assert (report.sealed, report.waiting, report.differences) == (2, 1, ())
        assert report.newest and (report.newest.number, report.newest.previous, report.newest.entries) == (1, START, (1, 2))
        seal_log(store, LATER)
        assert verify_log(store, parse_seal(format_seal(report.newest))).sealed == 3


@pytest.mark.parametrize("text", ["", "forecourt-log-1 1 2 x", f"forecourt-log-2 1 2 x {START}", f"forecourt-log-1 one 2 x {START}"])
def test_text_that_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_seal(text)
