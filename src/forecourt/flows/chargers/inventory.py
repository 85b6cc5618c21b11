"""A charger is asked once what it is, and again with another firmware; where that is otherwise than entered, a person is to look."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.desk.orders import order
from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.stations import SOCKETS_16, Charger, Inventory, InventoryPart, InventoryTold, Message, Protocol, ReadInventory, differing


def ask_inventory(store: Store, charger: Charger, at: datetime, ids: Ids, cause: str) -> None:
    """At its boot. One of OCPP 1.6 says it with its settings."""
    known = charger.inventory
    if charger.protocol is Protocol.OCPP16 or (known is not None and known.whole and known.firmware == charger.firmware):
        return
    number = int(at.timestamp()) % 2**31
    store.stations.put_charger(replace(charger, inventory=Inventory(number, charger.firmware)))
    order(store, charger.id, ReadInventory(number), at, ids, f"{cause}/inventory")


def inventory_told(store: Store, message: Message, fact: InventoryTold) -> None:
    """A page. Of another than the last it was asked for, nothing is kept."""
    charger = store.stations.charger(message.charger_id)
    if charger is not None and charger.inventory is not None and charger.inventory.number == fact.number:
        keep_inventory(store, charger, charger.inventory.with_page(fact.parts, fact.last), message.received_at)


def inventory_of_16(charger: Charger, values: dict[str, str]) -> Inventory | None:
    """What its settings say of it; None: nothing."""
    parts = tuple(InventoryPart(name, values[name][:100]) for name in (SOCKETS_16, "SupportedFeatureProfiles") if values.get(name))
    return Inventory(0, charger.firmware, parts, whole=True) if parts else None


def keep_inventory(store: Store, charger: Charger, inventory: Inventory, at: datetime) -> None:
    """The same difference is shown once."""
    store.stations.put_charger(replace(charger, inventory=inventory))
    evses = store.stations.evses(charger.site_id) if charger.site_id else ()
    found = differing(inventory, [evse for evse in evses if evse.charger_id == charger.id and evse.retired_at is None])
    if found:
        quarantine_once(
            store, charger, at, "other_than_entered", f"{charger.id} reports other details than were entered. {' '.join(found)}"
        )
