"""Who pays for a driver's charges, if it is not the driver."""

from datetime import datetime

from forecourt.drivers import Driver, PayBy
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId


def fleet_payer(store: Store, driver_id: DriverId, at: datetime) -> Driver | None:
    """The fleet payer to whom the bills of a driver on account are issued at that time. None: they are issued to the driver, or to the
    roaming partner whose customer the driver is."""
    driver = store.drivers.driver(driver_id)
    on_account = driver.pay_by is PayBy.ACCOUNT or any(one.on_account and one.is_valid_at(at) for one in store.drivers.groups_of(driver_id))
    payer_id = store.statements.payer_of(driver_id, at) if on_account and driver.roaming_partner_id is None else None
    return None if payer_id in (None, driver_id) else store.drivers.driver(payer_id)
