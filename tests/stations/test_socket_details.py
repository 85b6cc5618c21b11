"""Details of a charger and its sockets entered by staff: invalid values are refused with the name of the field."""

import pytest

from forecourt.kernel import BadInput
from forecourt.stations import PHASES, SocketDetails, charger_named

GOOD = {"standard": "IEC_62196_T2", "phases": PHASES, "voltage_v": 230, "max_a": 16}


@pytest.mark.parametrize(
    ("details", "name"),
    [
        ({}, "Type 2 11 kW"),
        ({"phases": ("L1",), "max_a": 32}, "Type 2 7 kW"),
        ({"standard": "IEC_62196_T1", "phases": ("L1", "L2"), "voltage_v": 208, "max_a": 32}, "Type 1 7 kW"),
        ({"standard": "IEC_62196_T2_COMBO", "max_a": 217}, "CCS 150 kW"),
        ({"standard": "DOMESTIC_F", "phases": ("L1",)}, "DOMESTIC_F 4 kW"),
        ({"kind": " Quick "}, "Quick"),
    ],
)
def test_an_unnamed_socket_kind_is_named_by_plug_and_power(details, name):
    assert SocketDetails(**{**GOOD, **details}).name == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("standard", ""),
        ("standard", "type 2"),
        ("phases", ()),
        ("phases", ("L1", "L1")),
        ("phases", ("N",)),
        ("voltage_v", 0),
        ("voltage_v", 1501),
        ("max_a", 5),
        ("max_a", 1001),
        ("kind", "x" * 101),
        ("kind", "a\nb"),
    ],
)
def test_invalid_socket_details_are_refused_with_the_field_name(field, value):
    with pytest.raises(BadInput) as refused:
        SocketDetails(**{**GOOD, field: value})
    assert refused.value.code == field


@pytest.mark.parametrize("text", ["", ".", "..", "a b", "a/b", "ä", "x" * 49, "CP1\n"])
def test_an_invalid_charger_identity_is_refused(text):
    with pytest.raises(BadInput) as refused:
        charger_named(text)
    assert refused.value.code == "id"
