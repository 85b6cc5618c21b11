"""The device inventory of a charger is requested once; a difference to what was entered is shown once."""

from forecourt.flows.answers import apply_order_result, retry_in_s
from forecourt.flows.ports import ChargerOrder
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, InventoryPart, InventoryReported, OrderResult, Outcome, ReadInventory, ReadSettings
from power_world import at, deliver

CP1 = ChargerId("CP1")
PHASES = InventoryPart("EVSE/SupplyPhases", "3", 1)


def boots(forecourt, minute: float, firmware: str = "1.0", protocol: str = "ocpp2.0.1") -> list[int]:
    """The request ids under which its inventory is requested."""
    forecourt.says("CP1", ChargerBooted(at(minute), protocol, "V", "M", firmware=firmware))
    return [order.number for _, order in deliver(forecourt, minute) if isinstance(order, ReadInventory)]


def tells(forecourt, minute: float, number: int, *parts: InventoryPart, last: bool = True) -> None:
    forecourt.says("CP1", InventoryReported(at(minute), number, parts, last))


def to_look_at(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return [one.text for one in store.inbox.quarantined()]


def test_the_inventory_is_requested_until_complete_and_again_after_new_firmware(forecourt) -> None:
    (number,) = boots(forecourt, 0)
    tells(forecourt, 1, number, PHASES, last=False)
    (number,) = boots(forecourt, 2)
    tells(forecourt, 3, number, PHASES)
    assert boots(forecourt, 4) == []
    assert len(boots(forecourt, 5, firmware="1.1")) == 1


def test_the_inventory_is_the_last_request_after_a_boot(forecourt) -> None:
    forecourt.says("CP1", ChargerBooted(at(0), "ocpp2.0.1", "V", "M"))
    kinds = [type(order) for _, order in deliver(forecourt, 0)]
    assert kinds[0] is ReadSettings and kinds[-1] is ReadInventory


def test_parts_of_an_inventory_report_with_another_request_id_are_ignored(forecourt) -> None:
    (number,) = boots(forecourt, 0)
    tells(forecourt, 1, number + 1, PHASES)
    with forecourt.transactions.begin() as store:
        assert store.stations.charger(CP1).inventory.parts == ()


def test_an_inventory_difference_is_shown_once_however_often_it_is_reported(forecourt) -> None:
    for minute, firmware in ((0, "1.0"), (10, "1.1"), (100, "1.2")):
        (number,) = boots(forecourt, minute, firmware)
        tells(forecourt, minute + 1, number, PHASES)
    assert to_look_at(forecourt) == ["CP1 reports other details than were entered. B1 has 3 phases; entered: 1."]


def answered(forecourt, result: OrderResult) -> list[ReadSettings]:
    """Ends the reading of its settings with this outcome; returns the settings requested next."""
    with forecourt.transactions.begin() as store:
        (item,) = store.outbox.claim("charger", at(0), 1, 60)
        apply_order_result(store, item, item.work, result, at(0), forecourt.ids)
        store.outbox.done(item.id, at(0), "done")
    return [order for _, order in deliver(forecourt, 1) if isinstance(order, ReadSettings)]


def test_an_ocpp_1_6_charger_reports_its_inventory_with_its_settings(forecourt) -> None:
    forecourt.says("CP1", ChargerBooted(at(0), "ocpp1.6", "V", "M"))
    answered(forecourt, OrderResult(Outcome.ACCEPTED, values=(("NumberOfConnectors", "2"), ("SupportedFeatureProfiles", "Core"))))
    assert to_look_at(forecourt) == ["CP1 reports other details than were entered. It reports 2 sockets; entered: 1."]


def test_settings_are_read_in_parts_of_the_size_that_the_charger_states(forecourt) -> None:
    (number,) = boots(forecourt, -10)
    tells(forecourt, -9, number, InventoryPart("DeviceDataCtrlr/ItemsPerMessage/GetVariables", "4"))
    forecourt.says("CP1", ChargerBooted(at(0), "ocpp2.0.1", "V", "M", firmware="1.0"))
    asked = answered(forecourt, OrderResult(Outcome.REJECTED, "TooManyElements"))
    assert {len(one.names) for one in asked[:-1]} == {4} and 1 <= len(asked[-1].names) <= 4
    assert {"SmartChargingCtrlr/RateUnit", "TxCtrlr/SupportedLimits"} <= {name for one in asked for name in one.names}


def test_an_unanswered_inventory_request_is_not_repeated_before_the_next_boot(forecourt) -> None:
    asked = ChargerOrder(CP1, ReadInventory(1))
    with forecourt.transactions.begin() as store:
        assert retry_in_s(store, asked, OrderResult(Outcome.UNANSWERED), 1, at(0)) is None
        assert retry_in_s(store, asked, OrderResult(Outcome.UNREACHABLE), 1, at(0)) is not None
        assert retry_in_s(store, ChargerOrder(CP1, ReadSettings()), OrderResult(Outcome.UNANSWERED), 1, at(0)) is not None
