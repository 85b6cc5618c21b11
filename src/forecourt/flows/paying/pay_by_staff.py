"""Staff change how a driver pays: they open a monthly account, or close one."""

from dataclasses import replace

from forecourt.drivers import Driver, PayBy
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.enrolling import own_driver
from forecourt.flows.desk.fleets import fleet_membership
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId


def set_driver_pay_by(store: Store, by: Staff, driver_id: DriverId, pay_by: PayBy) -> Driver:
    """Applies to future charges. What is billed is paid as agreed at the time, so the last month on account still gets its statement.

    Raises Conflict while a charge runs or money is held, as what has begun is paid as agreed; and for a driver whose fleet pays.
    """
    store.wallets.lock(driver_id)
    driver = own_driver(store, by, driver_id)
    if pay_by is driver.pay_by:
        return driver
    if store.sessions.open_of(driver.id) or any(one.holding and not one.top_up for one in store.payments.of_driver(driver.id)):
        raise Conflict("charge_running", "A charge is running, or money is held for a charge or booking.", "Change it when that has ended.")
    if fleet_membership(store, by.operator_id, driver.id, by.at) is not None:
        raise Conflict("fleet_pays", "A fleet pays for this driver.", "The payer of the fleet must remove them first.")
    updated = replace(driver, pay_by=pay_by)
    store.drivers.put_driver(updated)
    note(store, by, "driver.pay_by", driver.id, f"by {pay_by.lower()}, before by {driver.pay_by.lower()}")
    return updated
