"""What a driver always needs of a bay, said once for all places."""

from dataclasses import replace

from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId
from forecourt.stations import BayNeed


def set_bay_need(store: Store, driver_id: DriverId, need: BayNeed) -> None:
    """For bookings and queues from now on; what is booked keeps what was asked for it."""
    store.drivers.put_driver(replace(store.drivers.driver(driver_id), bay_need=need))
