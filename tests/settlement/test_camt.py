"""Bank statement files (camt.053): both versions are read alike; an invalid one, or one that does not add up, is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camt_file import IBAN, Line, camt
from forecourt.kernel import BadInput, Money
from forecourt.settlement import LineKind, parse_camt

DAY = date(2026, 6, 3)
LINES = [
    Line(DAY, 123_45, "Invoice INV-2026-000042", "R1"),
    Line(DAY, -9_90, "Account fee", "R2", "CHRG"),
    Line(DAY, -500, "CRN 2026 000007 back", "R3"),
    Line(DAY, 500, "CRN-2026-000007", "R4", came_back=True),
    Line(DAY, 777, "Not booked yet", "R5", state="PDNG"),
]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_bank_statement_is_read_into_lines(version: str) -> None:
    (found,) = parse_camt(camt(1000, LINES, DAY, version))
    assert (found.account, found.begins, found.closes) == (IBAN, DAY, DAY)
    assert (found.opening, found.closing) == (Money(1000, "EUR"), Money(1000 + 123_45 - 9_90, "EUR"))
    assert [(one.amount.minor, one.kind) for one in found.lines] == [
        (123_45, LineKind.MOVE),
        (-9_90, LineKind.FEE),
        (-500, LineKind.MOVE),
        (500, LineKind.RETURNED),
    ]
    assert [one.numbers for one in found.lines] == [("INV-2026-000042",), (), ("CRN-2026-000007",), ("CRN-2026-000007",)]


def test_statements_of_one_file_are_ordered_by_day_and_an_empty_one_has_its_closing_day() -> None:
    later, empty = date(2026, 6, 4), camt(500, [], date(2026, 6, 5))
    first, second = (camt(0, [Line(day, 500, "in")], day) for day in (DAY, later))
    bodies = [whole[whole.index(b"<Stmt>") : whole.index(b"</BkToCstmrStmt>")] for whole in (empty, second, first)]
    found = parse_camt(first.replace(bodies[2], b"".join(bodies)))
    assert [(one.begins, one.closes) for one in found] == [(day, day) for day in (DAY, later, date(2026, 6, 5))]


def test_a_line_has_the_same_id_in_every_file_and_version() -> None:
    alike = [Line(DAY, 100, "Alike"), Line(DAY, 100, "Alike"), *LINES]
    (one,), (other,) = parse_camt(camt(0, alike, DAY, "02")), parse_camt(camt(700, alike[::-1], date(2026, 6, 30)))
    ids = [line.id for line in one.lines]
    assert len(set(ids)) == 6 and set(ids) == {line.id for line in other.lines}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (camt(0, LINES, DAY, closing=1), "Its lines, from"),
        (camt(0, LINES, DAY).replace(b"camt.053", b"camt.052"), "Its format is"),
        (camt(0, LINES, DAY, "03"), "Its format is"),
        (camt(0, LINES, DAY).replace(b"<Code>", b"").replace(b"OPBD", b"ITBD"), "The balance OPBD is missing"),
        (camt(0, LINES, DAY).replace(b'Ccy="EUR">123', b'Ccy="CHF">123'), "mixes currencies"),
        (camt(0, LINES, DAY).replace(b"123.45", b"NaN"), "amount"),
        (camt(0, LINES, DAY).replace(b"123.45", b"123.455"), "is not a sum of money"),
        (camt(0, LINES, DAY).replace(b"123.45", b"-123.45"), "amount"),
        (camt(0, LINES, DAY).replace(IBAN.encode(), b""), "IBAN"),
        (camt(0, LINES, DAY).replace(IBAN.encode(), b"DE021203000000"), "IBAN"),
        (camt(0, LINES, DAY).replace(IBAN.encode(), b"DE0212030000000020205100000000000000"), "IBAN"),
        (camt(0, LINES, DAY).replace(IBAN.encode(), b"DE02-1203-0000-0000-2020-51"), "IBAN"),
        (camt(0, LINES, DAY).replace(b"<CdtDbtInd>CRDT", b"<CdtDbtInd>CRED"), "not a sum of money"),
        (camt(0, LINES, DAY).replace(b"<BookgDt><Dt>2026", b"<BookgDt><Dt>"), "has no date"),
        (camt(0, LINES, DAY).replace(b"BkToCstmrStmt", b"BkToCstmrAcct"), "It has no BkToCstmrStmt"),
        (camt(0, LINES, DAY).replace(b"Stmt>", b"Rpt>").replace(b"BkToCstmrRpt>", b"BkToCstmrStmt>"), "It contains no statement"),
        (camt(0, [Line(DAY, 1)] * 5001, DAY), "has 5001 lines"),
        (camt(0, LINES, DAY).replace(b"<Stmt>", b"<Stmt>" + b"<a>" * 60 + b"</a>" * 60), "too deep"),
        (b'<!DOCTYPE Document [<!ENTITY a "b">]>' + camt(0, LINES, DAY).partition(b"?>")[2], "document type"),
        (b"", "not XML"),
        (b"PK\x03\x04", "not XML"),
        (b"<a/>", "format"),
    ],
)
def test_an_invalid_statement_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        parse_camt(content)


@given(st.integers(0, 10**6), st.binary(max_size=8))
def test_a_broken_file_is_read_or_refused(place: int, noise: bytes) -> None:
    whole = camt(0, LINES, DAY)
    at = place % len(whole)
    try:
        parse_camt(whole[:at] + noise + whole[at + len(noise) :])
    except BadInput as error:
        assert error.remedy


def test_a_batch_is_split_into_its_parts_if_they_sum_to_it() -> None:
    part = '<TxDtls><Amt Ccy="EUR">{}</Amt><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls>'
    parts = (part.format("100.00", "INV-2026-000001") + part.format("23.45", "INV-2026-000002")).encode()
    whole = camt(0, [Line(DAY, 123_45, "batch")], DAY)
    begin, end = whole.index(b"<TxDtls>"), whole.index(b"</NtryDtls>")
    (found,) = parse_camt(whole[:begin] + parts + whole[end:])
    assert [(one.amount.minor, one.numbers) for one in found.lines] == [(100_00, ("INV-2026-000001",)), (23_45, ("INV-2026-000002",))]
    (found,) = parse_camt(whole[:begin] + parts.replace(b"23.45", b"23.44") + whole[end:])
    assert [one.amount.minor for one in found.lines] == [123_45]


def told(entry: str, minor: int, opening: int = 0) -> list[tuple[int, LineKind, str]]:
    """Of one entry of that amount, with these details."""
    whole = camt(opening, [Line(DAY, minor, "whole", "R1")], DAY)
    begin, end = whole.index(b"<NtryDtls>"), whole.index(b"</Ntry>")
    (found,) = parse_camt(whole[:begin] + f"<NtryDtls>{entry}</NtryDtls>".encode() + whole[end:])
    return [(one.amount.minor, one.kind, one.text) for one in found.lines]


def part(amount: str, side: str = "", currency: str = "EUR") -> str:
    direction = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return f'<TxDtls><Amt Ccy="{currency}">{amount}</Amt>{direction}<RmtInf><Ustrd>p {amount}</Ustrd></RmtInf></TxDtls>'


def test_parts_of_a_batch_may_be_debits_or_credits_and_zero_parts_are_ignored() -> None:
    move = LineKind.MOVE
    batch = part("120.00", "CRDT") + part("20.00", "DBIT") + part("0.00")
    assert told(batch, 100_00) == [(120_00, move, "p 120.00"), (-20_00, move, "p 20.00")]
    assert told(part("60.00") + part("40.00"), -100_00) == [(-60_00, move, "p 60.00"), (-40_00, move, "p 40.00")]


@pytest.mark.parametrize(
    "parts",
    [
        part("60.00", currency="CHF") + part("40.00", currency="CHF"),  # what was instructed, in another currency
        part("60.00") + part("39.99"),
        part("60.00") + "<TxDtls></TxDtls>" + part("40.00"),
        part("100.00", "DBIT"),
    ],
)
def test_a_batch_whose_parts_do_not_sum_to_it_is_not_split(parts: str) -> None:
    assert [minor for minor, *_ in told(parts, 100_00)] == [100_00]


def test_only_a_debit_is_a_fee_and_a_line_of_zero_is_ignored() -> None:
    lines = [Line(DAY, -300, "for June", "R1", "CHRG"), Line(DAY, 300, "fee taken back", "R2", "CHRG"), Line(DAY, 0, "nothing", "R3")]
    (found,) = parse_camt(camt(1000, lines, DAY))
    assert [(one.kind, one.text) for one in found.lines] == [(LineKind.FEE, "for June"), (LineKind.MOVE, "fee taken back")]


def test_a_statement_begins_on_the_day_of_its_earliest_line() -> None:
    days = [date(2026, 6, day) for day in (4, 2, 3)]
    content = camt(0, [Line(day, 100, f"in {day}") for day in days], date(2026, 6, 5))
    timed = content.replace(b"<Dt>2026-06-02</Dt>", b"<DtTm>2026-06-02T23:59:00+02:00</DtTm>")
    for told_as in (content, timed):
        (found,) = parse_camt(told_as)
        assert (found.begins, found.closes, [one.day for one in found.lines]) == (days[1], date(2026, 6, 5), days)


@pytest.mark.parametrize(("said", "kind"), [(b"true", LineKind.RETURNED), (b"1", LineKind.RETURNED), (b"false", LineKind.MOVE)])
def test_a_reversal_keeps_its_own_sign(said: bytes, kind: LineKind) -> None:
    content = camt(0, [Line(DAY, -500, "back")], DAY, "02").replace(b"<Sts>", b"<RvslInd>" + said + b"</RvslInd><Sts>")
    ((line,),) = (one.lines for one in parse_camt(content))
    assert (line.amount.minor, line.kind) == (-500, kind)


def test_the_payers_account_is_read_and_does_not_change_the_line_id() -> None:
    plain = camt(0, [Line(DAY, 500, "in"), Line(DAY, -300, "out")], DAY)
    payer = f"<RltdPties><DbtrAcct><Id><IBAN>{IBAN}</IBAN></Id></DbtrAcct></RltdPties><RmtInf>".encode()
    (before,), (after,) = parse_camt(plain), parse_camt(plain.replace(b"<RmtInf>", payer))
    assert [one.payer for one in after.lines] == [IBAN, ""] and [one.id for one in after.lines] == [one.id for one in before.lines]


def test_return_reason_and_file_reference_are_kept_however_long_the_text_is() -> None:
    content = camt(0, [Line(DAY, -500, "INV-2026-000042 " + "word " * 200, came_back=True, reason="MD01")], DAY)
    content = content.replace(b"<NtryDtls>", b"<NtryDtls><Btch><PmtInfId>COL-2026-000001</PmtInfId></Btch>")
    ((line,),) = (one.lines for one in parse_camt(content))
    assert line.text.endswith(" COL-2026-000001 MD01") and line.numbers[0] == "INV-2026-000042" and len(line.text) <= 500
