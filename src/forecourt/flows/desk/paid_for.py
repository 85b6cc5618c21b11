"""Who pays for a driver's charges, where it is not the driver."""

from datetime import datetime

from forecourt.drivers import Driver, PayBy
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId


def fleet_payer(store: Store, driver_id: DriverId, at: datetime) -> Driver | None:
    """To whom the bills of a driver on account are made out who is in a fleet then. None: to the driver, who pays them by card, balance or
    statement, or to the partner whose customer they are."""
    driver = store.drivers.driver(driver_id)
    on_account = driver.pay_by is PayBy.ACCOUNT or any(one.on_account and one.holds_at(at) for one in store.drivers.groups_of(driver_id))
    payer_id = store.statements.payer_of(driver_id, at) if on_account and driver.roaming_partner_id is None else None
    return None if payer_id in (None, driver_id) else store.drivers.driver(payer_id)
