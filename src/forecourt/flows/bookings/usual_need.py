"""A driver's usual need of a bay, stated once for all sites."""

from dataclasses import replace

from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId
from forecourt.stations import BayNeed


def set_bay_need(store: Store, driver_id: DriverId, need: BayNeed) -> None:
    """Applies to bookings and queues from now on; existing bookings keep their own need."""
    store.drivers.put_driver(replace(store.drivers.driver(driver_id), bay_need=need))
