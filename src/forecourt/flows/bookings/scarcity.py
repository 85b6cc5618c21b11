"""Scarce slots: a booking keeps a socket from walk-ins, so where the operator wants that, it must bring what its slot is worth.

No price is raised: a driver whose booking brings too little is offered the nearest windows that are open to them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import Price
from forecourt.kernel import SiteId, Span
from forecourt.offers import FunderKind
from forecourt.revenue import slot_bid_value

# Slot worths older than this come from another season: nobody is refused because of them.
_TOO_OLD = timedelta(days=8)
_IN_DEMAND = "many want a bay at that time, and it costs the ordinary price"


def slot_value(store: Store, site_id: SiteId, at: datetime) -> Callable[[Span], Decimal] | None:
    """What a window must bring, in the site's currency; None if bookings are not weighed."""
    rules, bids = store.pricing.rules(site_id), store.pricing.bids(site_id)
    if rules is None or not rules.by_bid_price or bids is None or at - bids.found_at > _TOO_OLD:
        return None
    by_day, zone = bids.by_day, store.stations.site(site_id).zone
    return lambda window: slot_bid_value(by_day, window, zone)


def booking_revenue(store: Store, site_id: SiteId, price: Price) -> Decimal:
    """What a priced charge leaves the operator after discounts and energy costs; with or without tax, as the tariff's prices."""
    rules = store.pricing.rules(site_id)
    rating, discount = price.rating, price.applied.borne_by(FunderKind.OPERATOR)
    paid = (rating.gross - discount).amount
    if not rating.tax_included and rating.gross:
        paid = paid * rating.net.amount / rating.gross.amount
    cost = rules.bounds.energy_cost if rules else Decimal(0)
    return paid - cost * price.usage.energy_wh / 1000


def reason_of_slot(reason: str, value: Decimal) -> str:
    """Why this price, for the driver: high demand for an hour never raises it."""
    return f"{reason}; {_IN_DEMAND}".removeprefix("; ") if value > 0 else reason
