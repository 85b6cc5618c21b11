"""The reported inventory of a charger, and its differences to what was entered."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId
from forecourt.stations import MAX_PARTS, Evse, Inventory, InventoryPart, differing

EVSE = Evse(
    EvseId(UUID(int=1)), OperatorId(UUID(int=2)), SiteId(UUID(int=3)), ChargerId("CP"), 1, "B1", "IEC_62196_T2", "", ("L1",), 230, 32
)
THREE = replace(EVSE, phases=("L1", "L2", "L3"))


def said(*parts: InventoryPart, whole: bool = True) -> Inventory:
    return Inventory(1, "F1").with_page(parts, whole)


def test_inventory_pages_may_come_in_any_order_or_twice_and_are_limited_in_number() -> None:
    first, last = (InventoryPart("EVSE/Power", "7360", 1),), (InventoryPart("EVSE/Power", "7360", 2),)
    assert Inventory(1, "").with_page(first, False).with_page(last, True) == Inventory(1, "").with_page(last, True).with_page(
        first * 2, False
    )
    assert len(said(*(InventoryPart("EVSE/Power", "1", number) for number in range(1000))).parts) == MAX_PARTS


def test_the_inventory_states_how_many_variables_fit_into_a_request() -> None:
    limit = "DeviceDataCtrlr/ItemsPerMessage/GetVariables"
    assert [said(InventoryPart(limit, value)).at_once("GetVariables") for value in ("4", "-1", "many", "9" * 40)] == [4, None, None, None]


@pytest.mark.parametrize(
    ("evse", "part", "words"),
    [
        (EVSE, InventoryPart("EVSE/SupplyPhases", "3", 1), "B1 has 3 phases; entered: 1."),
        (EVSE, InventoryPart("EVSE/SupplyPhases", "1", 1), ""),
        (replace(EVSE, phases=("L1", "L2")), InventoryPart("EVSE/SupplyPhases", "1", 1), ""),
        (THREE, InventoryPart("Connector/SupplyPhases", "1", 1, 1), "B1 has 1 phase; entered: 3."),
        (EVSE, InventoryPart("EVSE/Power", "22080", 1), "B1 can give 22.1 kW; entered: 7.4 kW."),
        (EVSE, InventoryPart("EVSE/Power", "7000", 1), ""),
        (EVSE, InventoryPart("Connector/ConnectorType", "cCCS2", 1, 1), "B1 has the plug IEC_62196_T2_COMBO; entered: IEC_62196_T2."),
        (EVSE, InventoryPart("Connector/ConnectorType", "sType2", 1, 1), ""),
        (EVSE, InventoryPart("Connector/ConnectorType", "wInductive", 1, 1), ""),
        (EVSE, InventoryPart("EVSE/Power", "7360", 2), "It reports sockets 2; entered: 1."),
        (EVSE, InventoryPart("NumberOfConnectors", "2"), "It reports 2 sockets; entered: 1."),
    ],
)
def test_the_reported_inventory_is_compared_with_what_was_entered(evse: Evse, part: InventoryPart, words: str) -> None:
    assert " ".join(differing(said(part), [evse])) == words


def test_an_incomplete_inventory_is_not_compared() -> None:
    assert differing(said(InventoryPart("EVSE/SupplyPhases", "3", 1), whole=False), [EVSE]) == ()
