"""Files of bank transfers (pain.001): by the official schema, to the cent, in characters every bank accepts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from forecourt.kernel import BadInput, Money, Refused
from forecourt.settlement import (
    DueTransfer,
    TransferFile,
    TransferKind,
    find_file,
    find_transfers,
    pain001_of,
    sepa_text,
    transfer_at,
    transfer_obstacle,
    withdraw_transfer_file,
)
from money_world import OPERATOR

# The schema of ISO 20022, as another program for such files has it.
SCHEMA = etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd")))
IBANS = ("DE02120300000000202051", "FR1420041010050500013M02606", "NL91ABNA0417164300")
LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")


def due(number: int, minor: int = 12_34, name: str = "Café Größe & Söhne", **changes: object) -> DueTransfer:
    made = DueTransfer(TransferKind.STATEMENT, UUID(int=number), f"STM-2026-{number:06d}", name, IBANS[number % 3], Money(minor, "EUR"))
    return replace(made, **changes)  # type: ignore[arg-type]


def file_of(*dues: DueTransfer, name: str = "Forecourt Łódź", account: str = IBANS[0]) -> TransferFile:
    at = datetime(2026, 6, 1, 10, 30, 15, 999, tzinfo=UTC)
    return TransferFile(UUID(int=1), OPERATOR, "PAY-2026-000007", account, name, date(2026, 6, 2), dues, "ada", at)


def texts(content: bytes, path: str) -> list[str]:
    root = etree.fromstring(content)
    return [str(one.text) for one in root.iterfind(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))]


def test_a_pain_001_file_states_payees_amounts_accounts_and_date() -> None:
    made = pain001_of(file_of(due(1), due(2, 7, "Ben O’Hara")))
    SCHEMA.assertValid(etree.fromstring(made))
    assert texts(made, "NbOfTxs") == ["2", "2"] and texts(made, "CtrlSum") == ["12.41", "12.41"]
    assert texts(made, "InstdAmt") == ["12.34", "0.07"] and texts(made, "CdtrAcct/Id/IBAN") == [IBANS[1], IBANS[2]]
    assert texts(made, "EndToEndId") == ["PAY-2026-000007-001", "PAY-2026-000007-002"]
    assert texts(made, "Cdtr/Nm") == ["Cafe Groesse + Soehne", "Ben O'Hara"] and texts(made, "Dbtr/Nm") == ["Forecourt Lodz"]
    assert texts(made, "Ustrd") == ["STM-2026-000001 Forecourt Lodz", "STM-2026-000002 Forecourt Lodz"]
    assert texts(made, "ReqdExctnDt/Dt") == ["2026-06-02"] and texts(made, "CreDtTm") == ["2026-06-01T10:30:15Z"]
    assert texts(made, "DbtrAcct/Id/IBAN") == [IBANS[0]] and texts(made, "BtchBookg") == ["false"]
    assert texts(made, "PmtTpInf/SvcLvl/Cd") == ["SEPA"] and texts(made, "ChrgBr") == ["SLEV"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**11 - 1), st.text(max_size=200)), min_size=1, max_size=6), st.text(max_size=200))
def test_every_pain_001_file_is_valid_by_the_schema_and_its_totals_add_up(paid: list[tuple[int, str]], name: str) -> None:
    made = pain001_of(file_of(*(due(number, minor, whose) for number, (minor, whose) in enumerate(paid)), name=name))
    SCHEMA.assertValid(etree.fromstring(made))
    assert {Decimal(one) for one in texts(made, "CtrlSum")} == {sum(map(Decimal, texts(made, "InstdAmt")), Decimal())}
    said = [*texts(made, "Cdtr/Nm"), *texts(made, "Dbtr/Nm"), *texts(made, "Ustrd")]
    assert all(set(one) <= LETTERS and one[0] != "/" and one[-1] != "/" and "//" not in one for one in said)


def test_characters_outside_the_sepa_set_are_transliterated() -> None:
    assert sepa_text("Æther & Çelik, Łódź №5 €“x”", 70) == "Aether + Celik, Lodz No5 'x'"
    assert (sepa_text("//a///b//", 70), sepa_text("漢字", 70), len(sepa_text("x" * 90, 70))) == ("a/b", "-", 70)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"iban": "DE02120300000000202052"}, "not a valid SEPA IBAN"),
        ({"iban": "DE0212030000000020205"}, "not a valid SEPA IBAN"),
        ({"iban": "BR1800360305000010009795493C1"}, "not a valid SEPA IBAN"),
        ({"iban": "CH9300762011623852957"}, "outside the European Economic Area"),
        ({"iban": ""}, "is unknown"),
        ({"amount": Money(0, "EUR")}, "cannot be paid by a euro transfer"),
        ({"amount": Money(-5, "EUR")}, "cannot be paid by a euro transfer"),
        ({"amount": Money(5, "CHF")}, "cannot be paid by a euro transfer"),
    ],
)
def test_a_transfer_that_a_bank_cannot_execute_is_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        file_of(due(1), due(2, **wrong))


def test_a_transfer_file_needs_an_account_and_each_payment_once() -> None:
    for dues, account in (((), IBANS[0]), ((due(1), due(1)), IBANS[0]), ((due(1),), ""), (tuple(map(due, range(501))), IBANS[0])):
        with pytest.raises(BadInput):
            file_of(*dues, account=account)


def test_a_transfer_file_is_withdrawn_once_with_a_reason_and_its_transfers_are_numbered_from_1() -> None:
    file = file_of(due(1), due(2), *(due(number) for number in range(3, 501)))
    assert [transfer_at(file, place) for place in (0, 1, 500, 501)] == [None, due(1), due(500), None]
    gone = withdraw_transfer_file(file, "  never  sent ")
    assert gone.withdrawn == "never sent" and (find_file(due(1), [file]), find_file(due(1), [gone])) == (file, None)
    for refused, why in ((file, " "), (gone, "again")):
        with pytest.raises(Refused):
            withdraw_transfer_file(refused, why)
    assert (transfer_obstacle(due(1)), "cannot be paid by a euro transfer" in transfer_obstacle(due(1, 5, amount=Money(5, "CHF")))) == (
        "",
        True,
    )


def test_a_payout_can_be_in_another_file_only_if_withdrawn_or_returned() -> None:
    files = [withdraw_transfer_file(file_of(due(1)), "wrong day"), file_of(due(2), due(3))]
    assert [find_file(due(number), files) for number in (1, 2, 3, 4)] == [None, files[1], files[1], None]
    assert find_file(due(2, times=1), files) is None


def test_transfer_ids_are_found_in_a_bank_line_in_any_notation() -> None:
    assert find_transfers("EREF+pay-2026-000007-002 SVWZ PAY2026000007001") == (("PAY-2026-000007", 2), ("PAY-2026-000007", 1))
    assert find_transfers("PAY-2026-000007") == find_transfers("PAY-2026-000007-0021") == find_transfers("STM-2026-000007-001") == ()
