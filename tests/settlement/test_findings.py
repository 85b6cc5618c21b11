"""Clearing discrepancies: found, explained for their amounts, resolved and reopened; and when a row is one."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forecourt.kernel import BadInput, Conflict, DocumentId, Money, PaymentId
from forecourt.payments import ClearingLine, Payer, RowKind, begin_charge
from forecourt.settlement import (
    Discrepancy,
    FindingState,
    Mismatch,
    StoredRow,
    add_explanation,
    changed_row_discrepancy,
    payout_discrepancy,
    resolve_finding,
    row_discrepancy,
    update_finding,
)
from money_world import CARD_DRIVER, NOON, OPERATOR

ID = PaymentId(UUID(int=60))
LATER = NOON + timedelta(hours=1)
CHARGE = begin_charge(Payer(OPERATOR, CARD_DRIVER, "pm_1"), ID, DocumentId(UUID(int=70)), None, Money(1000, "EUR"), NOON).payment


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def doubt(told: int | None = 499, kind: Mismatch = Mismatch.AMOUNT, booked: int = 500) -> Discrepancy:
    return Discrepancy(kind, f"{ID}/in", eur(booked), None if told is None else eur(told), NOON, OPERATOR, ID)


def row(kind: RowKind = RowKind.PAYMENT, gross: int = 500, booked: bool = False, fee: int = 0) -> StoredRow:
    return StoredRow(ClearingLine("clr_1", ID, eur(gross), eur(fee), NOON, kind, "po_1", "Adjusted"), OPERATOR, NOON, booked)


def test_an_explanation_holds_only_for_the_same_amounts() -> None:
    found = update_finding(doubt(), None, NOON)
    done = add_explanation(found, "Ada", " The bank's\nown  fee ", LATER)
    assert (done.state, done.by, done.at, done.note) == (FindingState.EXPLAINED, "Ada", LATER, "The bank's own fee")
    assert update_finding(replace(doubt(), detail="told again"), done, LATER) == replace(done, doubt=replace(doubt(), detail="told again"))
    for other in (doubt(498), doubt(None), doubt(booked=501), doubt(kind=Mismatch.MISSING)):
        again = update_finding(other, done, LATER)
        assert (again.open, again.id, again.found_at, again.note) == (True, found.id, LATER, "")
        assert update_finding(other, found, LATER) == replace(found, doubt=other), "still open since it was found"


def test_a_resolved_finding_that_reappears_is_open_and_a_resolved_one_cannot_be_explained() -> None:
    found = update_finding(doubt(), None, NOON)
    over = resolve_finding(found, LATER)
    assert (over.state, over.at, over.open) == (FindingState.GONE, LATER, False)
    assert update_finding(doubt(), over, LATER) == replace(found, found_at=LATER)
    for one in (over, add_explanation(found, "Ada", "x", LATER)):
        with pytest.raises(Conflict):
            add_explanation(one, "Ada", "x", LATER)
    with pytest.raises(BadInput):
        add_explanation(found, "Ada", " \n ", LATER)


def test_an_unbookable_clearing_row_is_a_discrepancy_and_a_payout_only_after_days() -> None:
    assert row_discrepancy(row(booked=True), CHARGE, LATER) is None
    foreign, unknown, adjusted = row_discrepancy(row(), CHARGE, LATER), row_discrepancy(row(), None, LATER), row(RowKind.OTHER)
    assert foreign == Discrepancy(Mismatch.CURRENCY, "clr_1", None, eur(500), NOON, OPERATOR, ID, "The payment is in EUR.")
    assert (
        unknown
        == row_discrepancy(adjusted, CHARGE, LATER)
        == Discrepancy(Mismatch.UNKNOWN, "clr_1", None, eur(500), NOON, OPERATOR, ID, "Adjusted")
    )
    end = NOON + timedelta(days=5)
    assert row_discrepancy(row(RowKind.PAYOUT), None, end - timedelta(seconds=1)) is None
    assert row_discrepancy(row(RowKind.PAYOUT), None, end) is not None


def test_a_changed_clearing_row_states_both_amounts() -> None:
    changed = changed_row_discrepancy(row(fee=3), row(gross=501).line)
    assert (changed.kind, changed.subject, changed.booked, changed.reported) == (Mismatch.CHANGED, "clr_1/changed", eur(500), eur(501))
    assert changed.detail == f"First {eur(500)} less {eur(3)}, then {eur(501)} less {eur(0)}."


@pytest.mark.parametrize(("rows", "at", "doubted"), [(970, 6, False), (969, 6, True), (971, 6, True), (-970, 6, True), (969, 5.99, False)])
def test_a_payout_that_differs_from_its_rows_is_a_discrepancy_after_some_hours(rows: int, at: float, doubted: bool) -> None:
    """970 and its own fee of 2 have left the processor."""
    when: datetime = NOON + timedelta(hours=at)
    found = payout_discrepancy(row(RowKind.PAYOUT, -968, fee=2), eur(rows), when)
    assert found == (Discrepancy(Mismatch.PAYOUT, "clr_1", eur(rows), eur(970), NOON, OPERATOR, detail="po_1") if doubted else None)
