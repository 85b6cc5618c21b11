"""Postings, entries and the hash chain of the ledger."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId
from forecourt.ledger import (
    BANK,
    CLEARING,
    FEES,
    Account,
    AccountKind,
    Posting,
    Txn,
    chain_txn,
    held_on_card,
    receivable,
    revenue,
    vat,
    verify_chain,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DRIVER = DriverId(UUID(int=3))
OWED, SALES = receivable(DRIVER), revenue("energy")


def txn(*postings: Posting, key: str = "k", operator: int = 1) -> Txn:
    return Txn(key, OperatorId(UUID(int=operator)), NOON, "text", UUID(int=9), postings or (Posting(SALES, OWED, Money(100, "EUR")),))


@pytest.mark.parametrize("minor", [0, -1])
def test_a_posting_of_zero_or_less_is_refused(minor: int) -> None:
    with pytest.raises(BadInput):
        Posting(SALES, OWED, Money(minor, "EUR"))


def test_a_negative_amount_is_posted_in_reverse() -> None:
    assert Posting.of(SALES, OWED, Money(5, "EUR")) == Posting(SALES, OWED, Money(5, "EUR"))
    assert Posting.of(SALES, OWED, Money(-5, "EUR")) == Posting(OWED, SALES, Money(5, "EUR"))
    with pytest.raises(BadInput):
        Posting.of(SALES, OWED, Money(0, "EUR"))


def test_a_posting_between_the_same_account_is_refused() -> None:
    with pytest.raises(BadInput):
        Posting(BANK, BANK, Money(1, "EUR"))


def test_memo_accounts_are_not_posted_against_money_accounts() -> None:
    with pytest.raises(BadInput):
        Posting(held_on_card(DRIVER), BANK, Money(1, "EUR"))


def test_a_transaction_has_one_currency() -> None:
    with pytest.raises(BadInput):
        txn(Posting(SALES, OWED, Money(1, "EUR")), Posting(SALES, OWED, Money(1, "USD")))


def test_a_transaction_needs_a_key_and_at_least_one_posting() -> None:
    with pytest.raises(BadInput):
        Txn("k", OperatorId(UUID(int=1)), NOON, "", UUID(int=9), ())
    with pytest.raises(BadInput):
        txn(key="")


AMOUNTS = st.integers(1, 10**9).map(lambda minor: Money(minor, "EUR"))
PAIRS = st.permutations([SALES, OWED, BANK, CLEARING, FEES]).map(lambda order: order[:2])


@given(st.lists(st.tuples(PAIRS, AMOUNTS), min_size=1, max_size=8))
def test_the_entries_of_a_transaction_sum_to_zero(moves: list[tuple[list[Account], Money]]) -> None:
    made = txn(*(Posting(pair[0], pair[1], amount) for pair, amount in moves))
    assert sum(entry.minor for entry in made.entries) == 0


def test_account_names_are_parsed_back_to_their_accounts() -> None:
    for account in (OWED, SALES, BANK, vat(Decimal("7.50")), Account(AccountKind.PARTNER_PAYABLE, "host: a")):
        assert Account.from_name(account.name) == account


def test_a_tax_rate_has_one_account_in_any_notation() -> None:
    assert vat(Decimal("19")) == vat(Decimal("19.00"))
    assert vat(None).name == "VAT:0"


def book(length: int) -> list:  # type: ignore[type-arg]
    kept: list = []  # type: ignore[type-arg]
    for number in range(length):
        kept.append(chain_txn(kept[-1] if kept else None, txn(key=f"k{number}")))
    return kept


def test_an_unchanged_ledger_verifies() -> None:
    assert verify_chain(book(20)) == 20
    assert verify_chain([]) == 0


@given(st.integers(0, 9), st.sampled_from(["amount", "text", "key", "drop", "swap", "position", "previous"]))
def test_any_change_to_a_ledger_is_detected(index: int, how: str) -> None:
    kept = book(11)
    one = kept[index]
    if how == "drop":
        del kept[index]
    elif how == "swap":
        kept[index], kept[index + 1] = kept[index + 1], kept[index]
    elif how == "amount":
        kept[index] = replace(one, txn=txn(Posting(SALES, OWED, Money(101, "EUR")), key=one.txn.key))
    elif how in ("position", "previous"):
        kept[index] = replace(one, **{how: one.position + 1 if how == "position" else one.digest})
    else:
        kept[index] = replace(one, txn=replace(one.txn, **{how: "other"}))
    with pytest.raises(Conflict):
        verify_chain(kept)


def test_the_hash_format_of_the_ledger_never_changes() -> None:
    """The hashed text, written out: another order, separator or format of an instant would invalidate every existing ledger."""
    at = NOON.replace(microsecond=1500)
    made = replace(txn(Posting(SALES, OWED, Money(100, "EUR")), Posting(BANK, FEES, Money(7, "EUR"))), at=at, about=NOON, text="a\\b")
    operator, subject = str(UUID(int=1)), str(UUID(int=9))
    head = ["0" * 64, "k", operator, "2026-06-01T12:00:00.001Z/1500", "a\\\\b", subject, "2026-06-01T12:00:00Z/0"]
    rows = [head, ["REVENUE:energy", f"DRIVER_RECEIVABLE:{DRIVER}", "100", "EUR"], ["BANK", "PROCESSOR_FEES", "7", "EUR"]]
    assert chain_txn(None, made).digest == sha256("\x1e".join("\x1f".join(row) for row in rows).encode()).hexdigest()


def test_instants_of_an_entry_are_stored_in_utc_and_must_have_a_zone() -> None:
    berlin = NOON.astimezone(ZoneInfo("Europe/Berlin"))
    told = replace(txn(), at=berlin, about=berlin)
    assert (told.at.tzinfo, told.happened_at.tzinfo) == (UTC, UTC) and chain_txn(None, told) == chain_txn(None, replace(txn(), about=NOON))
    for lacking in ({"at": NOON.replace(tzinfo=None)}, {"about": NOON.replace(tzinfo=None)}):
        with pytest.raises(BadInput):
            replace(txn(), **lacking)


def test_separators_inside_texts_do_not_make_two_hashes_equal() -> None:
    one = replace(txn(), text="a\x1fb")
    other = replace(txn(), key="k\x1fa", text="b")
    assert chain_txn(None, one).digest != chain_txn(None, other).digest


def test_a_ledger_chain_belongs_to_one_operator() -> None:
    with pytest.raises(Conflict):
        chain_txn(chain_txn(None, txn()), txn(key="other", operator=2))
