"""Names of drivers and of people who acted, on the operator's pages."""

from datetime import datetime
from uuid import UUID

from forecourt.flows.desk import fleet_payer
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, NotFound
from forecourt.reservations import Booking
from forecourt.stations import Site
from forecourt.web.queries.local_days import local_date


def driver_name(store: Store, driver_id: DriverId | None, default: str = "") -> str:
    """The driver's name; for a roaming partner's customer, of whom only the contract is known, that with the partner's name. default: used
    if there is no driver."""
    if driver_id is None:
        return default
    driver = store.drivers.driver(driver_id)
    partner = store.roaming.partner(driver.roaming_partner_id) if driver.roaming_partner_id else None
    return f"{driver.name} ({partner.name})" if partner else driver.name


def booking_board_url(site: Site, booking: Booking) -> str:
    """The address of a booking's line on the board of its day."""
    return f"/console/bookings?site={site.slug}&day={local_date(booking.window.start, site.zone)}#b{booking.number}"


def driver_url(store: Store, driver_id: DriverId) -> str:
    """The address of their page in the console; empty for a guest, who has none."""
    return "" if store.drivers.driver(driver_id).guest else f"/console/drivers/{driver_id}"


def payer_name(store: Store, driver_id: DriverId | None, at: datetime) -> str:
    """The name of who pays for a driver's charges; empty if they do themselves, or nobody is signed in as a driver."""
    payer = fleet_payer(store, driver_id, at) if driver_id else None
    return payer.name if payer else ""


def ledger_driver_name(store: Store, driver_id: DriverId) -> str:
    """A driver's name in the ledger, whose accounts outlive the drivers."""
    try:
        return store.drivers.driver(driver_id).name
    except NotFound:
        return "A driver who is gone"


def actor_name(store: Store, actor: str) -> str:
    """The email of an account; automatic actors keep their name."""
    try:
        account = store.drivers.account(UUID(actor))
    except ValueError:
        return actor
    return account.email if account else actor
