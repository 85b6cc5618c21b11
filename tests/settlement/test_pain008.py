"""The file by which a bank collects: by the official schema, to the cent, with each mandate as it was given."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from forecourt.kernel import BadInput, Conflict, Money, PaymentId
from forecourt.settlement import (
    CollectedStatement,
    CollectionFile,
    collection_at,
    find_collections,
    find_return_reason,
    pain008_of,
    withdraw_collection,
)
from money_world import OPERATOR

# The schema of ISO 20022, as another program for such files has it.
SCHEMA = etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / "pain.008.001.08.xsd")))
OURS, THEIRS = "DE02120300000000202051", "NL91ABNA0417164300"
CREDITOR = "DE98ZZZ09999999999"


def one(number: int = 1, minor: int = 12_34, name: str = "Ben O’Hara") -> CollectedStatement:
    mandate = f"MND-2026-{number:06d}"
    return CollectedStatement(
        PaymentId(UUID(int=number)), f"ACC-2026-{number:06d}", name, THEIRS, mandate, date(2026, 5, 4), Money(minor, "EUR")
    )


def file_of(*collected: CollectedStatement, name: str = "Forecourt Łódź") -> CollectionFile:
    at = datetime(2026, 6, 1, 10, 30, 15, tzinfo=UTC)
    return CollectionFile(UUID(int=1), OPERATOR, "COL-2026-000007", OURS, name, CREDITOR, date(2026, 6, 15), collected, "ada", at)


def texts(content: bytes, path: str) -> list[str]:
    root = etree.fromstring(content)
    return [str(one.text) for one in root.iterfind(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))]


def test_a_file_says_from_whom_how_much_by_which_mandate_and_when() -> None:
    made = pain008_of(file_of(one(1), one(2, 7)))
    SCHEMA.assertValid(etree.fromstring(made))
    assert texts(made, "NbOfTxs") == ["2", "2"] and texts(made, "CtrlSum") == ["12.41", "12.41"]
    assert texts(made, "InstdAmt") == ["12.34", "0.07"] and texts(made, "DbtrAcct/Id/IBAN") == [THEIRS, THEIRS]
    assert texts(made, "MndtId") == ["MND-2026-000001", "MND-2026-000002"] and texts(made, "DtOfSgntr") == ["2026-05-04"] * 2
    assert texts(made, "EndToEndId") == ["COL-2026-000007-001", "COL-2026-000007-002"]
    assert texts(made, "CdtrSchmeId/Id/PrvtId/Othr/Id") == [CREDITOR] and texts(made, "CdtrAcct/Id/IBAN") == [OURS]
    assert (texts(made, "ReqdColltnDt"), texts(made, "LclInstrm/Cd"), texts(made, "SeqTp")) == (["2026-06-15"], ["CORE"], ["RCUR"])
    assert texts(made, "PmtTpInf/SvcLvl/Cd") == texts(made, "CdtrSchmeId/Id/PrvtId/Othr/SchmeNm/Prtry") == ["SEPA"]
    assert texts(made, "ChrgBr") == ["SLEV"] and texts(made, "BtchBookg") == ["false"]
    assert texts(made, "Ustrd") == ["ACC-2026-000001 Forecourt Lodz", "ACC-2026-000002 Forecourt Lodz"]


def test_a_bank_is_told_the_identifier_it_knew_the_creditor_by_where_that_has_changed() -> None:
    made = pain008_of(file_of(replace(one(1), formerly="DE48ZZZ08888888888"), one(2)))
    SCHEMA.assertValid(etree.fromstring(made))
    assert texts(made, "AmdmntInd") == ["true"] and texts(made, "MndtId") == ["MND-2026-000001", "MND-2026-000002"]
    assert texts(made, "AmdmntInfDtls/OrgnlCdtrSchmeId/Id/PrvtId/Othr/Id") == ["DE48ZZZ08888888888"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**11 - 1), st.text(max_size=200)), min_size=1, max_size=6), st.text(max_size=200))
def test_whatever_names_and_amounts_are_the_schema_holds_and_sums_are_theirs(told: list[tuple[int, str]], name: str) -> None:
    made = pain008_of(file_of(*(one(number, minor, whose) for number, (minor, whose) in enumerate(told)), name=name))
    SCHEMA.assertValid(etree.fromstring(made))
    assert {Decimal(each) for each in texts(made, "CtrlSum")} == {sum(map(Decimal, texts(made, "InstdAmt")), Decimal())}


def test_only_euro_between_accounts_of_the_european_economic_area_is_collected() -> None:
    for wrong in ({"amount": Money(5, "CHF")}, {"amount": Money(0, "EUR")}, {"iban": "CH9300762011623852957"}, {"iban": ""}):
        with pytest.raises(BadInput):
            replace(one(), **wrong)  # type: ignore[arg-type]
    for lacking in ({"creditor_id": ""}, {"account": ""}, {"collected": ()}):
        with pytest.raises(BadInput):
            replace(file_of(one()), **lacking)  # type: ignore[arg-type]


def test_a_bank_tells_of_it_in_words_of_its_own() -> None:
    file = file_of(one(1), one(2))
    assert find_collections("EREF+col2026000007002 KREF COL-2026-000007-002 PAY-2026-000007-001") == (("COL-2026-000007", 2),)
    assert (collection_at(file, 2), collection_at(file, 3), collection_at(file, 0)) == (file.collected[1], None, None)
    told = {"Ruecklastschrift AM04": "AM04", "COL-2026-000007-002 MD06": "MD06", "back DNOR": "DNOR", "no reason": "", "XAC044": ""}
    assert {text: find_return_reason(text) for text in told} == told


def test_a_file_that_was_never_sent_is_withdrawn_once_and_says_why() -> None:
    gone = withdraw_collection(file_of(one()), "  wrong\nday ")
    assert gone.withdrawn == "wrong day"
    with pytest.raises(Conflict):
        withdraw_collection(gone, "again")
    with pytest.raises(BadInput):
        withdraw_collection(file_of(one()), " ")
