"""REST for programs, described by OpenAPI."""

from forecourt.web.api import (
    availability,
    bookings,
    charger_setup,
    chargers,
    charging,
    describing,
    drivers,
    fleet,
    hours,
    limits,
    messages,
    offers,
    office,
    pay_ins,
    places,
    plant,
    prices,
    queue,
    quotes,
    roaming,
    sites,
    waitlist,
    wallet,
)
from forecourt.web.api.describing import openapi
from forecourt.web.money import cards

__all__ = ["openapi", "routes"]

routes = [
    places.routes,
    charging.routes,
    bookings.routes,
    describing.routes,
    quotes.routes,
    fleet.routes,
    hours.routes,
    chargers.routes,
    drivers.routes,
    office.routes,
    limits.routes,
    charger_setup.routes,
    availability.routes,
    *sites.routes,
    plant.routes,
    messages.routes,
    queue.routes,
    waitlist.routes,
    roaming.routes,
    wallet.routes,
    pay_ins.routes,
    offers.routes,
    prices.routes,
    cards.api_routes,
]
