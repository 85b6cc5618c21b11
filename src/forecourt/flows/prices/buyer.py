"""Who asks for a price: the channel, and what the driver is entitled to at that instant."""

from datetime import datetime

from forecourt.drivers import Token, channel_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId
from forecourt.offers import OfferKind, is_claimed
from forecourt.tariffs import Buyer


def buyer_of(store: Store, driver_id: DriverId | None, at: datetime, token: Token | None = None) -> Buyer:
    """The driver as prices see one. token: the one shown; without it, all of the driver's speak. Nobody known: ad hoc."""
    if driver_id is None:
        return Buyer()
    tokens = [token] if token is not None else store.drivers.tokens_of(driver_id)
    return Buyer(channel_of(tokens), plans_of(store, driver_id, at), offers_of(store, driver_id, at))


def plans_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The names that price-book entries may ask for as their plan: the groups the driver belongs to (fleets, staff, residents),
    and the ids of the membership plans that hold for the driver."""
    groups = frozenset(member.group for member in store.drivers.groups_of(driver_id) if member.holds_at(at))
    held = (one for one in store.memberships.of_driver(driver_id) if one.holds(at))
    return groups | {str(one.term(one.period_at(at).number).plan_id) for one in held}


def offers_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The ids of the partners' offers of which the driver holds a voucher for charging that can be used then."""
    vouchers = store.partners.open_vouchers_of(driver_id)
    return frozenset(str(one.offer_id) for one in vouchers if one.kind is OfferKind.PURCHASE and is_claimed(one, at))
