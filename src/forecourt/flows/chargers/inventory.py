"""Chargers are asked for their inventory once, and again after a firmware change; differences from what was entered are shown to staff."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.stations import SOCKETS_16, Charger, Inventory, InventoryPart, InventoryReported, Message, Protocol, ReadInventory, differing


def ask_inventory(store: Store, charger: Charger, at: datetime, ids: Ids, cause: str) -> None:
    """At boot. An OCPP 1.6 charger reports it with its settings."""
    known = charger.inventory
    if charger.protocol is Protocol.OCPP16 or (known is not None and known.whole and known.firmware == charger.firmware):
        return
    number = int(at.timestamp()) % 2**31
    store.stations.put_charger(replace(charger, inventory=Inventory(number, charger.firmware)))
    enqueue_order(store, charger.id, ReadInventory(number), at, ids, f"{cause}/inventory")


def inventory_reported(store: Store, message: Message, fact: InventoryReported) -> None:
    """Store a page. Pages for anything but the latest request are ignored."""
    charger = store.stations.charger(message.charger_id)
    if charger is not None and charger.inventory is not None and charger.inventory.number == fact.number:
        store_inventory(store, charger, charger.inventory.with_page(fact.parts, fact.last), message.received_at)


def inventory_of_16(charger: Charger, values: dict[str, str]) -> Inventory | None:
    """What its settings say about the charger; None: nothing."""
    parts = tuple(InventoryPart(name, values[name][:100]) for name in (SOCKETS_16, "SupportedFeatureProfiles") if values.get(name))
    return Inventory(0, charger.firmware, parts, whole=True) if parts else None


def store_inventory(store: Store, charger: Charger, inventory: Inventory, at: datetime) -> None:
    """The same difference is shown only once."""
    store.stations.put_charger(replace(charger, inventory=inventory))
    evses = store.stations.evses(charger.site_id) if charger.site_id else ()
    found = differing(inventory, [evse for evse in evses if evse.charger_id == charger.id and evse.retired_at is None])
    if found:
        quarantine_once(
            store, charger, at, "other_than_entered", f"{charger.id} reports other details than were entered. {' '.join(found)}"
        )
