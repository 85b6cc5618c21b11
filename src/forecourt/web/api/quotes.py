"""REST for the cost of a charge or a booking, its deposit, and paying that."""

from typing import Literal
from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from forecourt.flows.bookings import driver_of_booking, slot_power
from forecourt.flows.paying import put_up
from forecourt.flows.prices import find_price
from forecourt.kernel import BookingId, Conflict, Span, utc
from forecourt.web.api import models
from forecourt.web.api.shared import READS
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import own_booking
from forecourt.web.queries.deposits import deposit_offer
from forecourt.web.queries.prices import quote_view
from forecourt.web.queries.site_lookup import site_of


@post(
    "/quotes",
    sync_to_thread=True,
    status_code=200,
    guards=[signed_in],
    opt={"reads": True},
    security=READS,
    summary="The price of a charge, calculated like a bill",
)
def create_quote(request: WebRequest, data: JSONBody[models.QuoteRequest]) -> models.QuoteItem:
    with ports_of(request).transactions.begin() as store:
        found, window = site_of(store, data.site), Span(utc(data.start), utc(data.end))
        price = find_price(store, found.id, data.kind, window, data.energy_wh, visitor_of(request).driver)
        held = deposit_offer(store, found, price.version, visitor_of(request).driver, [window])
        power = slot_power(store, found.id, ports_of(request).clock.now()).promise(data.kind, window, data.energy_wh)
        quoted = models.quote_item(quote_view(price, found, window, data.energy_wh, power))
        quoted.deposit = models.deposit_terms(held, window, ports_of(request).clock.now())
        return quoted


class DepositRequest(Struct, forbid_unknown_fields=True):
    """by: "stored" = retry the stored card or the balance; "page" = a card entered on the processor's page."""

    by: Literal["stored", "page"]


@post(
    "/bookings/{booking_id:uuid}/deposit",
    sync_to_thread=True,
    status_code=202,
    guards=[signed_in],
    summary="Provide the deposit that could not be held for a booking",
)
def provide_deposit(request: WebRequest, booking_id: FromPath[UUID], data: JSONBody[DepositRequest]) -> models.BookingItem:
    """Repeating it while it is under way asks only once. The result is shown in the booking."""
    ports, who = ports_of(request), visitor_of(request).require_driver()
    if data.by == "page" and ports.payment_events is None:
        raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        owner = driver_of_booking(store, who, BookingId(booking_id), now)
        put_up(store, owner, BookingId(booking_id), data.by == "page", now, ports.ids)
        return models.booking_item(own_booking(store, booking_id, owner, now))


routes = Router("/api/v1", tags=["Bookings"], route_handlers=[create_quote, provide_deposit])
