"""What drivers, and who did something, are called on the operator's pages."""

from datetime import datetime
from uuid import UUID

from forecourt.flows.desk import fleet_payer
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, NotFound


def called(store: Store, driver_id: DriverId) -> str:
    """By name; a roaming partner's customer, of whom nothing but the contract is known, with the partner's name."""
    driver = store.drivers.driver(driver_id)
    partner = store.roaming.partner(driver.roaming_partner_id) if driver.roaming_partner_id else None
    return f"{driver.name} ({partner.name})" if partner else driver.name


def payer_called(store: Store, driver_id: DriverId | None, at: datetime) -> str:
    """Who pays for a driver's charges, by name; empty where they do themselves, or nobody is signed in as a driver."""
    payer = fleet_payer(store, driver_id, at) if driver_id else None
    return payer.name if payer else ""


def known_as(store: Store, driver_id: DriverId) -> str:
    """In the books, which keep the account of who has left."""
    try:
        return store.drivers.driver(driver_id).name
    except NotFound:
        return "A driver who is gone"


def person(store: Store, actor: str) -> str:
    """The e-mail of an account; what acted by itself keeps its name."""
    try:
        account = store.drivers.account(UUID(actor))
    except ValueError:
        return actor
    return account.email if account else actor
