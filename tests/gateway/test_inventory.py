"""NotifyReport: relevant parts of the inventory are stored, and hostile pages are harmless."""

import pytest

from forecourt.gateway.dialects import V21, Reply, Report
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.stations import InventoryPart, InventoryReported, Protocol, ReadInventory
from gateway.decoding import decode21, decode201
from gateway.oracle import check


def item(component: str, variable: str, value: str | None = "3", **more) -> dict:
    evse, instance, limits = more.get("evse"), more.get("instance"), more.get("limits")
    return {
        "component": {"name": component, **({"evse": evse} if evse else {})},
        "variable": {"name": variable, **({"instance": instance} if instance else {})},
        "variableAttribute": [{"value": value} if value is not None else {"mutability": "WriteOnly"}],
        **({"variableCharacteristics": {"supportsMonitoring": False} | limits} if limits else {}),
    }


def page(*items: dict, tbc: bool = False, number: int = 7) -> dict:
    data = {"reportData": list(items)} if items else {}
    return {"requestId": number, "generatedAt": "2026-11-23T10:00:00Z", "seqNo": 0, "tbc": tbc, **data}


def parts(*items: dict) -> tuple[InventoryPart, ...]:
    heard = decode201("NotifyReport", page(*items))
    assert isinstance(heard, Report) and isinstance(heard.fact, InventoryReported)
    return heard.fact.parts


def test_relevant_inventory_parts_are_stored_with_evse_and_connector() -> None:
    power = item("EVSE", "Power", "0", evse={"id": 2}, limits={"dataType": "decimal", "unit": "kW", "maxLimit": 22.08})
    plug = item("Connector", "ConnectorType", "cType2", evse={"id": 2, "connectorId": 1})
    limit = item("DeviceDataCtrlr", "ItemsPerMessage", "5", instance="GetVariables")
    assert parts(power, plug, limit, item("OCPPCommCtrlr", "HeartbeatInterval")) == (
        InventoryPart("EVSE/Power", "22080", 2),
        InventoryPart("Connector/ConnectorType", "cType2", 2, 1),
        InventoryPart("DeviceDataCtrlr/ItemsPerMessage/GetVariables", "5"),
    )


@pytest.mark.parametrize(
    "hostile",
    [
        item("EVSE", "Power", "0", limits={"dataType": "decimal", "maxLimit": 1e300}),
        item("EVSE", "Power", "0", limits={"dataType": "decimal", "maxLimit": -5}),
        item("EVSE", "SupplyPhases", None),
        item("EVSE", "SupplyPhases", evse={"id": 10**18}),
        item("Nobody", "Knows"),
    ],
)
def test_invalid_inventory_parts_are_left_out(hostile: dict) -> None:
    assert parts(hostile) == ()


def test_an_inventory_page_without_relevant_parts_is_answered_and_not_stored() -> None:
    heard = decode21("NotifyReport", page(item("Nobody", "Knows"), tbc=True))
    assert isinstance(heard, Reply)
    assert isinstance(decode21("NotifyReport", page(number=-1)), Reply)


def test_long_inventory_values_and_pages_are_truncated() -> None:
    assert len(parts(item("EVSE", "EvseId", "X" * 2500))[0].value) == 100
    assert len(parts(*(item("EVSE", "SupplyPhases", evse={"id": number}) for number in range(1000)))) == 120


def test_the_inventory_request_is_valid() -> None:
    asked = V21.build_call(ReadInventory(7))
    assert isinstance(asked, OutgoingCall)
    check(Protocol.OCPP21, "GetBaseReportRequest", asked.payload)
