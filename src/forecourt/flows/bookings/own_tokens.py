"""By what a driver who books or waits at a place will charge there."""

from forecourt.drivers import Token
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, SiteId


def token_at(store: Store, site_id: SiteId, driver_id: DriverId) -> Token:
    """Raises Conflict where the driver has none, or none that its operator knows: nothing would begin a charge by it, and a bay that was
    kept for them would be paid as one to which nobody came."""
    tokens, site = store.drivers.tokens_of(driver_id), store.stations.site(site_id)
    if not tokens:
        raise Conflict("no_token", "You have no charging card or app token to start the charge with.", "Add one in your account.")
    found = next((one for one in tokens if one.operator_id == site.operator_id), None)
    if found is None:
        raise Conflict(
            "other_operator",
            "Another operator runs {place}; your account does not work there.",
            "Book or charge there without an account.",
            place=site.name,
        )
    return found
