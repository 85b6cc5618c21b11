"""The buyer as the price book sees one: the channel, and what the driver is entitled to at that instant."""

from datetime import datetime

from forecourt.drivers import Token, channel_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId
from forecourt.offers import OfferKind, is_claimed
from forecourt.tariffs import Buyer


def buyer_of(store: Store, driver_id: DriverId | None, at: datetime, token: Token | None = None) -> Buyer:
    """The buyer for a driver. token: the one presented; without it, all of the driver's count. Without a driver: ad hoc."""
    if driver_id is None:
        return Buyer()
    tokens = [token] if token is not None else store.drivers.tokens_of(driver_id)
    return Buyer(channel_of(tokens), plans_of(store, driver_id, at), offers_of(store, driver_id, at))


def plans_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The names that price-book entries may require as their plan: the driver's groups (fleets, staff, residents) and the ids of the
    driver's current membership plans."""
    groups = frozenset(member.group for member in store.drivers.groups_of(driver_id) if member.is_valid_at(at))
    memberships = (one for one in store.memberships.of_driver(driver_id) if one.is_valid_at(at))
    return groups | {str(one.term(one.period_at(at).number).plan_id) for one in memberships}


def offers_of(store: Store, driver_id: DriverId, at: datetime) -> frozenset[str]:
    """The ids of the partners' offers for which the driver holds a voucher that can be used for charging then."""
    vouchers = store.partners.open_vouchers_of(driver_id)
    return frozenset(str(one.offer_id) for one in vouchers if one.kind is OfferKind.PURCHASE and is_claimed(one, at))
