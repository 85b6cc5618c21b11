"""Who asks for a price: the channel, and what the driver is entitled to at that instant."""

from datetime import datetime

from forecourt.drivers import Token, channel_of
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.tariffs import Buyer

ANYBODY = Buyer()


def buyer_of(store: Store, driver_id: DriverId | None, at: datetime, token: Token | None = None) -> Buyer:
    """The driver as prices see one. token: the one shown; without it, all of the driver's speak. Nobody known: ad hoc."""
    if driver_id is None:
        return ANYBODY
    tokens = [token] if token is not None else store.drivers.tokens_of(driver_id)
    return Buyer(channel_of(tokens), plans_of(store, driver_id, at), offers_of(store, driver_id, at))


def plans_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The names that price-book entries may ask for as their plan: the groups the driver belongs to (fleets, staff, residents).

    A membership plan joins in here: add the ids of the plans that hold for the driver at the instant. Everything that
    finds a price (quote, hold, start, bill) asks this one function, so nothing else needs to change.
    """
    return frozenset(member.group for member in store.drivers.groups_of(driver_id) if member.holds_at(at))


def offers_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The partners' offers a driver holds that open a price of their own. None can be held yet: they come with offers' vouchers."""
    return frozenset()
