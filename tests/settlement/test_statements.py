"""Partner statements: their lines, due dates, and that netting and payment leave nothing owed."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Money
from forecourt.ledger import BANK, Account, AccountKind, partner_receivable
from forecourt.offers import OfferKind
from forecourt.settlement import gift_txn, netting_txn, payable, return_txn, settlement_txn
from statement_parts import DUE, stated, used


@given(st.lists(st.tuples(st.sampled_from(OfferKind), st.integers(-900, 900)), min_size=1))
def test_after_netting_and_payment_of_a_statement_nothing_is_owed(parts: list[tuple[OfferKind, int]]) -> None:
    """After any uses and reversals: receivables by purchases, payables by gifts and hosting."""
    statement = stated(*(used(kind, minor) for kind, minor in parts))
    assert statement.owed.minor == sum(minor for _, minor in parts)
    owes, is_owed = partner_receivable("cafe"), payable("cafe")
    books = Counter({owes: 0, is_owed: 0, BANK: 0})
    for kind, minor in parts:
        books[owes if kind is OfferKind.PURCHASE else is_owed] -= minor
    for txn, left in ((netting_txn(statement), 1), (settlement_txn(statement, DUE), 0)):
        for entry in txn.entries if txn else ():
            books[entry.account] += entry.minor
        assert sum(1 for account in (owes, is_owed) if books[account]) <= left
        assert books[owes] >= 0 >= books[is_owed], "what is left is owed by the side it stands with"
    assert books[BANK] == -statement.owed.minor


def test_each_voucher_is_a_statement_line_and_hosting_is_summed_per_day() -> None:
    lines = stated(
        used(OfferKind.HOSTING, 30, 13.9, "10 % of Testplatz", ""),  # 1 June, 01:54 of the 2nd in Berlin
        used(OfferKind.HOSTING, 20, 3, "10 % of Testplatz", ""),
        used(OfferKind.HOSTING, 5, 4, "10 % of Testplatz", ""),
        used(OfferKind.HOSTING, 7, 4, "5 % of Testplatz", ""),
        used(OfferKind.PURCHASE, -150, 2, "Parking"),
    ).lines
    assert [(line.text, line.code, line.document, line.owed.minor) for line in lines] == [
        ("Parking", "1234", "INV-2026-000001", -150),
        ("10 % of Testplatz, 2 documents", "", "", 25),
        ("5 % of Testplatz, 1 document", "", "", 7),
        ("10 % of Testplatz, 1 document", "", "", 30),
    ]


def test_a_statement_is_due_by_the_partners_agreed_term_and_never_empty() -> None:
    statement = stated(used(OfferKind.EARNED, 320))
    assert (statement.number, statement.due_at - statement.issued_at) == ("STM-2026-000003", timedelta(days=10))
    with pytest.raises(BadInput) as refused:
        stated()
    assert refused.value.code == "statement_empty"


def test_the_operators_part_of_a_gift_is_a_cost_owed_to_the_partner() -> None:
    made = gift_txn(used(OfferKind.EARNED, 320), "cafe")
    assert made is not None and {entry.account: entry.minor for entry in made.entries} == {
        payable("cafe"): -320,
        Account(AccountKind.OFFER_COST, "cafe"): 320,
    }
    assert gift_txn(used(OfferKind.EARNED, 0), "cafe") is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"lines": ()}, "statement_empty"), ({"owed": Money(321, "EUR")}, "statement_total"), ({"sequence": 4}, "statement_number")],
)
def test_a_statement_whose_lines_sum_or_number_do_not_match_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        replace(stated(used(OfferKind.EARNED, 320)), **changes)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_transferred_returned_and_repeated_payment_is_booked_each_time() -> None:
    ours, theirs = stated(used(OfferKind.EARNED, 1)), stated(used(OfferKind.PURCHASE, -1))
    made = [settlement_txn(ours, DUE), return_txn(ours, DUE, 1), settlement_txn(ours, DUE, 1)]
    assert len({one.key for one in made if one}) == 3
    assert sum(entry.minor for one in made if one for entry in one.entries if entry.account == BANK) == -1
    for statement in (theirs, stated(used(OfferKind.PURCHASE, 0))):
        with pytest.raises(BadInput, match="not paid by a transfer"):
            return_txn(statement, DUE, 1)
