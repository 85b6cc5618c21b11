"""Exports for the accountant: the DATEV format, and receivables by age."""

from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import DocumentKind, Invoice, LineKind, invoice_txn, revenue_by_rate
from forecourt.kernel import BadInput, Money
from forecourt.ledger import (
    CHARTS,
    CLEARING,
    GENESIS_DIGEST,
    MANUAL_KEY,
    Account,
    AccountKind,
    Batch,
    ChainedTxn,
    ForeignCurrency,
    Posting,
    RateAccounts,
    Txn,
    age_balance,
    chain_txn,
    collect_postings,
    digest_of,
    foreign_currencies,
    held_on_card,
    holdable,
    input_vat,
    parse_exchange_rate,
    posting_batch,
    receivable,
    redate_closed,
    vat,
)
from forecourt.tariffs import TaxLine
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, invoice

BATCH = Batch(29098, 55003, CHARTS["SKR03"], date(2026, 6, 1), date(2026, 6, 30), "Europe/Berlin")


def book(*txns: Txn) -> list[ChainedTxn]:
    made: list[ChainedTxn] = []
    for txn in txns:
        made.append(chain_txn(made[-1] if made else None, txn))
    return made


def billed() -> Txn:
    txn = invoice_txn(invoice())
    assert txn is not None
    return txn


def paid(currency: str = "EUR") -> Txn:
    posting = Posting(receivable(CARD_DRIVER), CLEARING, Money(893, currency))
    return Txn("capture/1", OPERATOR, NOON, 'Müller "X"\n', UUID(int=9), (posting,))


def held(currency: str = "EUR") -> Txn:
    posting = Posting(holdable(CARD_DRIVER), held_on_card(CARD_DRIVER), Money(5000, currency))
    return Txn("hold/1", OPERATOR, NOON, "Held on card", UUID(int=9), (posting,))


def taken_over() -> Txn:
    """A fleet's statement takes over what its driver owes."""
    posting = Posting(receivable(CARD_DRIVER), receivable(ACCOUNT_DRIVER), Money(893, "EUR"))
    return Txn("statement/1", OPERATOR, NOON, "STM-2026-000001", UUID(int=7), (posting,))


def lines(*txns: Txn, batch: Batch = BATCH) -> list[str]:
    return posting_batch(book(*txns), batch, NOON).decode("cp1252").split("\r\n")


def test_the_header_follows_the_datev_format() -> None:
    head, columns, *_ = lines(billed())
    assert head == (
        '"EXTF";700;21;"Buchungsstapel";13;20260601120000000;;"FC";"";"";29098;55003;20260101;4;20260601;20260630;'
        '"Forecourt vorläufig";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )
    closed = posting_batch(book(billed()), replace(BATCH, final=True), NOON).decode("cp1252")
    assert closed.split(";")[16] == '"Forecourt"'
    assert len(head.split(";")) == 31 and len(columns.split(";")) == 125
    assert columns.split(";")[113] == "Festschreibung"


def test_every_posting_is_a_row_with_account_contra_account_and_amount() -> None:
    rows = [line.split(";") for line in lines(billed())[2:-1]]
    assert all(len(row) == 125 and row[113] == "0" for row in rows)
    told = {(row[0], row[1], row[6], row[7], row[9], row[10]) for row in rows}
    number = '"INV-2026-000001"'
    assert told == {
        ("0,50", '"S"', "10000", "8200", "0106", number),
        ("4,00", '"S"', "10000", "8200", "0106", number),
        ("3,00", '"S"', "10000", "8200", "0106", number),
        ("1,43", '"S"', "10000", "1776", "0106", number),
    }


def test_texts_are_quoted_and_encoded_in_windows_1252() -> None:
    made = posting_batch(book(paid()), BATCH, NOON)
    assert b'"M\xfcller ""X""  DRIVER_RECEIVABLE:' in made and made.count(b"\r\n") == 3 and made.count(b"\n") == 3


def test_holds_on_cards_are_not_exported() -> None:
    assert len(lines(held())) == 3 and not foreign_currencies(book(held("CHF")))


def test_more_rows_than_a_datev_file_may_hold_are_refused() -> None:
    with pytest.raises(BadInput, match="100000 postings"):
        posting_batch(book(paid()) * 100_000, BATCH, NOON)


def test_an_entry_dated_into_a_later_month_states_its_original_day_and_its_hash_covers_it() -> None:
    late = redate_closed(paid(), NOON + timedelta(days=30))
    assert (late.at, late.about, redate_closed(late, NOON), redate_closed(paid(), NOON)) == (NOON + timedelta(days=30), NOON, late, paid())
    assert redate_closed(late, late.at + timedelta(days=30)).about == NOON, "also where another month was closed meanwhile"
    row = lines(late)[2].split(";")
    assert row[9] == "0107" and row[13].startswith('"vom 01.06.2026 M')
    others = (replace(late, about=NOON + timedelta(days=1)), replace(late, about=None))
    assert len({digest_of(GENESIS_DIGEST, one) for one in (late, *others)}) == 3


@pytest.mark.parametrize("changes", [{"consultant": 7}, {"client": 0}, {"start": date(2025, 12, 31)}, {"end": date(2026, 1, 1)}])
def test_an_invalid_datev_batch_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        replace(BATCH, **changes)  # type: ignore[arg-type]


def test_the_largest_consultant_and_client_numbers_and_a_single_day_are_accepted() -> None:
    for consultant, client in ((1001, 1), (9_999_999, 99_999)):
        assert replace(BATCH, consultant=consultant, client=client, end=BATCH.start).start == BATCH.start
    for wrong in ({"consultant": 1000}, {"consultant": 10_000_000}, {"client": 100_000}):
        with pytest.raises(BadInput):
            replace(BATCH, **wrong)  # type: ignore[arg-type]
    assert parse_exchange_rate("99999.999999", "HUF") == Decimal("99999.999999")


def test_a_row_states_the_number_of_its_document_manual_entry_or_ledger_position() -> None:
    by_hand = replace(paid(), key=f"{MANUAL_KEY}/JRN-2026-000001")
    assert [row.split(";")[10] for row in lines(billed(), by_hand, paid())[2 + 3 :][:-1]] == [
        '"INV-2026-000001"',
        '"JRN-2026-000001"',
        '"FC-3"',
    ]


def test_a_foreign_amount_is_exported_with_its_rate_and_euro_amount() -> None:
    """8.93 CHF at 0.9432 for one euro are 9.4678 euros."""
    row = lines(paid("CHF"), batch=replace(BATCH, rates={"CHF": Decimal("0.9432")}))[2].split(";")
    assert row[:6] == ["8,93", '"S"', '"CHF"', "0,9432", "9,47", '"EUR"']


@pytest.mark.parametrize(("currency", "rate"), [("CHF", None), ("KWD", "0.33"), ("HUF", "99999")])
def test_a_foreign_amount_that_cannot_be_exported_exactly_is_refused(currency: str, rate: str | None) -> None:
    """Without a rate, with three decimals, or below half a cent."""
    rates = {currency: Decimal(rate)} if rate else {}
    with pytest.raises(BadInput, match=currency):
        posting_batch(book(paid(currency)), replace(BATCH, rates=rates), NOON)


def test_left_out_currencies_are_named_and_the_other_rows_are_unchanged() -> None:
    both, left = book(billed(), paid("CHF")), replace(BATCH, left_out=frozenset({"CHF"}))
    assert foreign_currencies(both) == (ForeignCurrency("CHF", 1),) and not foreign_currencies(book(billed()))
    assert [ForeignCurrency(currency, 1).exportable for currency in ("CHF", "JPY", "KWD")] == [True, True, False]
    without, alone = lines(billed(), paid("CHF"), batch=left), lines(billed(), batch=left)
    assert '"Forecourt unvollständig"' in lines(billed(), batch=replace(BATCH, left_out=frozenset({"CHF", "KWD"})))[0]
    assert without[1:] == alone[1:] and '"Forecourt vorläufig ohne CHF"' in without[0]


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "100000", "0.1234567", "NaN"])
def test_an_invalid_exchange_rate_is_refused(text: str) -> None:
    assert parse_exchange_rate(" 0,9432 ", "CHF") == Decimal("0.9432")
    with pytest.raises(BadInput):
        parse_exchange_rate(text, "CHF")


def test_charts_of_accounts_cover_every_kind_of_account_that_is_posted_to() -> None:
    for chart in CHARTS.values():
        assert {kind.value for kind in AccountKind if not Account(kind).memo} - {"VAT", "INPUT_VAT"} <= set(chart.numbers)


def test_a_vat_rate_without_its_own_account_is_refused() -> None:
    for chart in CHARTS.values():
        assert chart.number(vat(Decimal(19))) and chart.number(vat(None))
        with pytest.raises(BadInput, match=r"VAT:7\.5"):
            chart.number(vat(Decimal("7.5")))


def test_input_vat_of_a_self_billed_invoice_has_its_own_account_and_the_invoice_number() -> None:
    posting = Posting(Account(AccountKind.PARTNER_PAYABLE, "cafe"), input_vat(Decimal(19)), Money(244, "EUR"))
    txn = Txn("self-billed/1", OPERATOR, NOON, "SB-CAFE-2026-000001", UUID(int=1), (posting,))
    row = lines(txn)[2].split(";")
    assert (row[0], row[6], row[7], row[10]) == ("2,44", "1576", "1700", '"SB-CAFE-2026-000001"')
    foreign = Txn("self-billed/2", OPERATOR, NOON, "SB-2", UUID(int=2), (replace(posting, destination=input_vat(Decimal(20))),))
    with pytest.raises(BadInput, match="INPUT_VAT:20"):
        lines(foreign)
    own = replace(BATCH, chart=BATCH.chart.with_rate_accounts([RateAccounts("20", input_tax="1575")]))
    assert lines(foreign, batch=own)[2].split(";")[6] == "1575"


def test_a_debt_transferred_to_a_fleet_has_no_row_if_drivers_share_one_account() -> None:
    assert lines(taken_over(), billed())[1:] == [line.replace("FC-1", "FC-2") for line in lines(billed())[1:]]


BY_RATE = {AccountKind.VAT, AccountKind.INPUT_VAT}
NUMBERED = [Account(kind, part) for kind in AccountKind for part in ("a", "b") if not Account(kind).memo and kind not in BY_RATE]
NUMBERED += [vat(Decimal(19)), vat(Decimal("7.5"))]
MOVES = st.lists(st.tuples(st.permutations(NUMBERED).map(lambda some: some[:2]), st.integers(1, 10**9)), min_size=1, max_size=30)


@given(MOVES, st.sampled_from(["SKR03", "SKR04"]), st.sampled_from(["1776", "8200", "2400"]))
def test_each_row_has_two_accounts_and_all_rows_sum_to_the_ledger(moves: list[tuple[list[Account], int]], chart: str, tax: str) -> None:
    """Postings between any two accounts, also if the tax account of a rate has the number of another account."""
    own, postings = (
        CHARTS[chart].with_rate_accounts([RateAccounts("7.5", tax)]),
        [Posting(*pair, Money(minor, "EUR")) for pair, minor in moves],
    )
    found = posting_batch(book(Txn("key/1", OPERATOR, NOON, "any", UUID(int=1), tuple(postings))), replace(BATCH, chart=own), NOON)
    wanted, sums = Counter[str](), Counter[str]()
    for posting in postings:
        wanted.update({own.number(posting.destination): posting.amount.minor})
        wanted.subtract({own.number(posting.source): posting.amount.minor})
    for row in (line.split(";") for line in found.decode("cp1252").split("\r\n")[2:-1]):
        assert row[6] != row[7]
        sums.update({row[6]: int(row[0].replace(",", ""))})
        sums.subtract({row[7]: int(row[0].replace(",", ""))})
    assert +sums == +wanted and -sums == -wanted


def two_rates(kind: DocumentKind = DocumentKind.INVOICE) -> Invoice:
    """Half of the energy at 19 %, half at 7.5 %, and a discount that is greater at 7.5 %."""
    made = invoice()
    lines = [
        replace(made.content.lines[0], what=what, net=Money(minor, "EUR"), amount=Money(minor, "EUR"), vat_percent=rate)
        for what, rate, minor in (
            (LineKind.ENERGY, Decimal(19), 1000),
            (LineKind.ENERGY, Decimal("7.5"), 2000),
            (LineKind.DISCOUNT, Decimal(19), -100),
            (LineKind.DISCOUNT, Decimal("7.5"), -200),
            (LineKind.DISCOUNT, Decimal(0), 0),
        )
    ]
    taxes = (TaxLine(Decimal(19), Money(900, "EUR"), Money(171, "EUR"), Money(1071, "EUR")),)
    taxes += (TaxLine(Decimal("7.5"), Money(1800, "EUR"), Money(135, "EUR"), Money(1935, "EUR")),)
    sums = {"net": Money(2700, "EUR"), "tax": Money(306, "EUR"), "gross": Money(3006, "EUR"), "tax_included": False}
    return replace(made, content=replace(made.content, kind=kind, lines=tuple(lines), taxes=taxes, **sums))


@pytest.mark.parametrize("kind", DocumentKind)
def test_revenue_is_exported_to_the_operators_accounts_by_tax_rate(kind: DocumentKind) -> None:
    made = two_rates(kind)
    txn, own = invoice_txn(made), CHARTS["SKR04"].with_rate_accounts([RateAccounts("7,5", "3804", "4310"), RateAccounts("19", "", "4400")])
    assert txn is not None
    file = posting_batch(book(txn), replace(BATCH, chart=own), NOON, {made.id: revenue_by_rate(made)}).decode("cp1252")
    rows = [line.split(";") for line in file.split("\r\n")[2:-1]]
    sign = 1 if kind is DocumentKind.INVOICE else -1
    sums = Counter[str]()
    for row in rows:
        for account, side in ((row[6], 1), (row[7], -1)):
            sums[account] += side * int(row[0].replace(",", ""))
    assert sums == {"10000": sign * 3006, "4400": -sign * 900, "4310": -sign * 1800, "3806": -sign * 171, "3804": -sign * 135}


def test_invalid_account_numbers_and_duplicate_tax_rates_are_refused() -> None:
    for wrong in (("x", "1776"), ("NaN",), ("-1",), ("100", "1776"), ("5.0005",), ("7.5", "17760"), ("7.5", "", "84oo")):
        with pytest.raises(BadInput):
            RateAccounts(*wrong)
    assert RateAccounts(" 99,125 ", " 1778 ") == RateAccounts("99.125", "1778") and RateAccounts("0").percent == "0"
    assert not CHARTS["SKR03"].by_rate and CHARTS["SKR03"].with_rate_accounts([RateAccounts("0", "", "8400")]).by_rate
    with pytest.raises(BadInput, match="twice"):
        CHARTS["SKR03"].with_rate_accounts([RateAccounts("7.5", "1778"), RateAccounts("7.50", "1779")])


def test_a_month_too_large_for_a_file_is_refused_before_it_is_read_to_its_end() -> None:
    """Otherwise a month of a large network would be read into memory only to be refused."""
    euro, foreign_one, hold = book(paid())[0], book(paid("CHF"))[0], book(held())[0]
    asked = iter([foreign_one] * 150_000 + [hold] * 150_000 + [euro] * 300_000)
    with pytest.raises(BadInput, match="99999"):
        collect_postings(asked, BATCH.chart)
    assert len(list(asked)) == 200_000
    whole = [foreign_one, *[euro] * 99_999, hold, *book(taken_over())]
    assert collect_postings(iter(whole), BATCH.chart) == whole


def test_a_debt_is_aged_by_the_newest_charges() -> None:
    charged = [(NOON - timedelta(days=days), 1000) for days in (5, 45, 75, 200)]
    assert age_balance(2500, charged, NOON).by_age == (1000, 1000, 500, 0)
    assert age_balance(9000, charged, NOON).by_age == (1000, 1000, 1000, 6000)
    assert (age_balance(-300, charged, NOON).credit_minor, age_balance(1, charged, NOON).by_age) == (300, (1, 0, 0, 0))
    assert age_balance(1000, [(NOON - timedelta(days=30), 1000)], NOON).by_age == (1000, 0, 0, 0)


def test_ageing_reads_charges_only_as_far_back_as_the_debt_reaches() -> None:
    charged = iter([(NOON, 1000), (NOON - timedelta(days=40), 1000), (NOON - timedelta(days=400), 1000)])
    assert age_balance(1500, charged, NOON).by_age == (1000, 500, 0, 0) and len(list(charged)) == 1


BORDERS = [timedelta(days=days, microseconds=more) for days in (30, 60, 90) for more in (0, 1)]


@given(st.integers(1, 30), st.lists(st.tuples(st.sampled_from([timedelta(0), *BORDERS]), st.integers(-3, 9)), max_size=8))
def test_ageing_agrees_with_a_count_cent_by_cent(balance: int, charged: list[tuple[timedelta, int]]) -> None:
    ages = [bisect_left([timedelta(days=days) for days in (30, 60, 90)], age) for age, minor in sorted(charged) for _ in range(minor)]
    wanted = Counter((ages + [3] * balance)[:balance])
    assert age_balance(balance, [(NOON - age, minor) for age, minor in sorted(charged)], NOON).by_age == tuple(
        wanted[one] for one in range(4)
    )


@given(st.integers(-10_000, 100_000), st.lists(st.tuples(st.integers(0, 400), st.integers(-5000, 20_000))))
def test_the_age_classes_sum_to_the_balance(balance: int, charged: list[tuple[int, int]]) -> None:
    found = age_balance(balance, [(NOON - timedelta(days=days), minor) for days, minor in sorted(charged)], NOON)
    assert sum(found.by_age) - found.credit_minor == balance and min(found.by_age) >= 0
