"""Which token a driver who books or queues at a site will charge with."""

from forecourt.drivers import Token
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, SiteId


def token_at(store: Store, site_id: SiteId, driver_id: DriverId) -> Token:
    """Raises Conflict if the driver has no token, or none of the site's operator: they could not start a charge, and would be billed
    for a no-show at the bay reserved for them."""
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
