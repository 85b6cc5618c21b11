"""What a charge or a booking would cost, and what would be held for it."""

from litestar import Router, post
from litestar.params import JSONBody

from forecourt.flows import find_price, slot_power
from forecourt.kernel import Span, utc
from forecourt.web.api import models
from forecourt.web.frame.answers import Asked
from forecourt.web.frame.visit import ports_of, signed_in, visitor_of
from forecourt.web.queries.deposits import deposit_offer
from forecourt.web.queries.places import site_of
from forecourt.web.queries.prices import quote_view


@post("/quotes", sync_to_thread=True, status_code=200, guards=[signed_in], summary="The price of a charge, by the rule of the bill")
def quote(request: Asked, data: JSONBody[models.QuoteRequest]) -> models.QuoteItem:
    with ports_of(request).transactions.begin() as store:
        found, window = site_of(store, data.site), Span(utc(data.start), utc(data.end))
        price = find_price(store, found.id, data.kind, window, data.energy_wh, visitor_of(request).driver)
        held = deposit_offer(store, found, price.version, visitor_of(request).driver, [window])
        power = slot_power(store, found.id, ports_of(request).clock.now()).promise(data.kind, window, data.energy_wh)
        quoted = models.quote_item(quote_view(price, found, window, data.energy_wh, power))
        quoted.deposit = models.deposit_terms(held, window, ports_of(request).clock.now())
        return quoted


routes = Router("/api/v1", route_handlers=[quote])
