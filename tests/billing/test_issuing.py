"""Document numbers, credit notes and ledger postings of documents."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import DocumentKind, credit, invoice_txn, issue, series_of
from forecourt.kernel import BadInput, Conflict, DocumentId, Money
from forecourt.ledger import receivable
from forecourt.tariffs import PhaseState
from money_world import CARD_DRIVER, C, P, draft, invoice, tariff

OTHER = DocumentId(UUID(int=900))


def owed(txn: object) -> int:
    assert txn is not None
    return sum(entry.minor for entry in txn.entries if entry.account == receivable(CARD_DRIVER))  # type: ignore[attr-defined]


def test_a_document_number_has_series_year_and_sequence() -> None:
    assert invoice(number=42).number == "INV-2026-000042"


def test_the_year_of_a_document_number_is_local_to_the_site() -> None:
    """23:30 UTC on New Year's Eve is next year in Berlin."""
    assert series_of(draft(), datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == ("INV", 2027)


def test_a_document_number_that_does_not_match_its_sequence_is_refused() -> None:
    with pytest.raises(BadInput):
        replace(invoice(), sequence=2)
    with pytest.raises(BadInput):
        issue(draft(), OTHER, 0, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_credit_note_reverses_the_whole_invoice() -> None:
    first = invoice()
    taken_back = issue(credit(first, "wrong tariff"), OTHER, 1, first.issued_at)
    assert (taken_back.kind, taken_back.number) == (DocumentKind.CREDIT_NOTE, "CRN-2026-000001")
    assert (taken_back.content.corrects, taken_back.content.corrects_number) == (first.id, first.number)
    assert owed(invoice_txn(first)) == 893
    assert owed(invoice_txn(taken_back)) == -893


def test_only_an_invoice_can_be_credited_and_with_a_reason() -> None:
    first = invoice()
    with pytest.raises(BadInput):
        credit(first, " ")
    with pytest.raises(Conflict):
        credit(issue(credit(first, "x"), OTHER, 1, first.issued_at), "again")


def test_revenue_by_kind_and_tax_by_rate_are_posted_against_the_drivers_account() -> None:
    txn = invoice_txn(invoice())
    assert txn is not None
    moved = {posting.source.name: posting.amount.minor for posting in txn.postings}
    assert moved == {"REVENUE:session_fee": 50, "REVENUE:energy": 400, "REVENUE:idle_time": 300, "VAT:19": 143}


def test_an_invoice_of_zero_posts_nothing() -> None:
    free = tariff(elements=[{"price_components": [{"type": "ENERGY", "price": 0, "vat": 19, "step_size": 1}]}])
    assert invoice_txn(invoice(free, (C, 10, 1000))) is None


@given(st.lists(st.tuples(st.sampled_from([C, P]), st.integers(1, 300), st.integers(1, 50_000)), min_size=1, max_size=4), st.booleans())
def test_the_posted_amount_equals_the_invoice_total(parts: list[tuple[PhaseState, float, int]], included: bool) -> None:
    source = tariff(tax_included="YES" if included else "NO", max_price={"before_taxes": 12.5})
    made = invoice(source, *((state, minutes, wh if state is C else 0) for state, minutes, wh in parts))
    txn = invoice_txn(made)
    assert owed(txn) == made.gross.minor
    assert txn is not None and sum(entry.minor for entry in txn.entries) == 0


def test_a_line_that_reduces_the_total_is_posted_in_reverse() -> None:
    """A maximum price reduces the total: its account is debited."""
    made = invoice(tariff(max_price={"before_taxes": 2}), (C, 60, 30_000))
    assert made.net == Money(200, "EUR")
    assert owed(invoice_txn(made)) == made.gross.minor
