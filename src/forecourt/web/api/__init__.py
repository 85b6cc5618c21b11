"""REST for programs, described by OpenAPI."""

from forecourt.web.api import (
    charger_setup,
    chargers,
    charging,
    fleet,
    hours,
    limits,
    messages,
    offers,
    pay_ins,
    places,
    plant,
    prices,
    queue,
    quotes,
    roaming,
    sites,
    wallet,
)
from forecourt.web.api.charging import openapi
from forecourt.web.money import cards

__all__ = ["openapi", "routes"]

routes = [
    places.routes,
    charging.routes,
    quotes.routes,
    fleet.routes,
    hours.routes,
    chargers.routes,
    limits.routes,
    charger_setup.routes,
    *sites.routes,
    plant.routes,
    messages.routes,
    queue.routes,
    roaming.routes,
    wallet.routes,
    pay_ins.routes,
    offers.routes,
    prices.routes,
    cards.api_routes,
]
