"""Files of direct debits (pain.008): by the official schema, to the cent, with each mandate."""

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


def test_a_pain_008_file_states_payers_amounts_mandates_and_date() -> None:
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


def test_a_pain_008_file_states_the_former_creditor_identifier_if_it_changed() -> None:
    made = pain008_of(file_of(replace(one(1), formerly="DE48ZZZ08888888888"), one(2)))
    SCHEMA.assertValid(etree.fromstring(made))
    assert texts(made, "AmdmntInd") == ["true"] and texts(made, "MndtId") == ["MND-2026-000001", "MND-2026-000002"]
    assert texts(made, "AmdmntInfDtls/OrgnlCdtrSchmeId/Id/PrvtId/Othr/Id") == ["DE48ZZZ08888888888"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**11 - 1), st.text(max_size=200)), min_size=1, max_size=6), st.text(max_size=200))
def test_every_pain_008_file_is_valid_by_the_schema_and_its_totals_add_up(told: list[tuple[int, str]], name: str) -> None:
    made = pain008_of(file_of(*(one(number, minor, whose) for number, (minor, whose) in enumerate(told)), name=name))
    SCHEMA.assertValid(etree.fromstring(made))
    assert {Decimal(each) for each in texts(made, "CtrlSum")} == {sum(map(Decimal, texts(made, "InstdAmt")), Decimal())}


def test_only_euro_from_accounts_in_the_european_economic_area_is_collected() -> None:
    for wrong in ({"amount": Money(5, "CHF")}, {"amount": Money(0, "EUR")}, {"iban": "CH9300762011623852957"}, {"iban": ""}):
        with pytest.raises(BadInput):
            replace(one(), **wrong)  # type: ignore[arg-type]
    for lacking in ({"creditor_id": ""}, {"account": ""}, {"collected": ()}):
        with pytest.raises(BadInput):
            replace(file_of(one()), **lacking)  # type: ignore[arg-type]


def test_collection_ids_and_return_reasons_are_found_in_bank_lines() -> None:
    file = file_of(one(1), one(2))
    assert find_collections("EREF+col2026000007002 KREF COL-2026-000007-002 PAY-2026-000007-001") == (("COL-2026-000007", 2),)
    assert (collection_at(file, 2), collection_at(file, 3), collection_at(file, 0)) == (file.collected[1], None, None)
    told = {"Ruecklastschrift AM04": "AM04", "COL-2026-000007-002 MD06": "MD06", "back DNOR": "DNOR", "no reason": "", "XAC044": ""}
    assert {text: find_return_reason(text) for text in told} == told


def test_a_collection_file_is_withdrawn_once_with_a_reason() -> None:
    gone = withdraw_collection(file_of(one()), "  wrong\nday ")
    assert gone.withdrawn == "wrong day"
    with pytest.raises(Conflict):
        withdraw_collection(gone, "again")
    with pytest.raises(BadInput):
        withdraw_collection(file_of(one()), " ")
