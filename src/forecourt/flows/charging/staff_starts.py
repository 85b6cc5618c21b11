"""The operator's staff start a charge for a driver who is on the phone at the socket, under all rules of the driver's own start."""

from datetime import datetime, timedelta

from forecourt.flows.charging.starting import Starting, start_charge
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.enrolling import own_driver
from forecourt.flows.ports.outbox import ChargerOrder, Delivery
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, EvseId, NotFound
from forecourt.stations import Evse, StartCharge

# How long the outcome at the charger is shown.
_TOLD_FOR = timedelta(minutes=30)


def start_for_driver(store: Store, by: Staff, driver_id: DriverId, evse_id: EvseId) -> Starting:
    """Like `start_charge`, with the driver's app token and payment method, never a card on a page; the audit log records who did it.

    NotFound for another operator's driver or socket; Conflict and Forbidden with the driver's messages.
    """
    driver, evse = own_driver(store, by, driver_id), store.stations.evse(evse_id)
    if evse.operator_id != by.operator_id or evse.retired_at is not None:
        raise NotFound("socket", "There is no such socket.", "Check the label at the bay.")
    starting = start_charge(store, driver.id, evse, by.at, by.ids)
    note(store, by, "driver.start", driver.id, f"at {evse.label}")
    return starting


def start_order(store: Store, driver_id: DriverId, evse: Evse, at: datetime) -> Delivery | None:
    """The last order to start a charge there for a driver, with its outcome; None if there is no recent one."""
    own_tokens = {token.uid for token in store.drivers.tokens_of(driver_id)}
    for delivery in store.outbox.history(evse.charger_id, limit=50):
        work = delivery.item.work
        start = work.order if isinstance(work, ChargerOrder) else None
        if isinstance(start, StartCharge) and start.evse_number == evse.number and start.token in own_tokens:
            return delivery if at - delivery.item.due_at < _TOLD_FOR else None
    return None
