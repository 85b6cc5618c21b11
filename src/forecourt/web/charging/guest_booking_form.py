"""Book without an account: the form at a place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.drivers import link_secret
from forecourt.flows.guests import GuestBookingRequest, as_request, book_guest
from forecourt.kernel import BadInput, BookingId, Conflict, Refused, Span
from forecourt.web.charging.bay_forms import BayForm
from forecourt.web.charging.booking_forms import parse_start
from forecourt.web.charging.guest_links import BOOKING_COOKIE
from forecourt.web.charging.place_choices import choices_from_form
from forecourt.web.charging.place_page import check_range, checked_energy_wh, render_place
from forecourt.web.frame import sealing
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.responses import WebRequest, cookie, redirect_to
from forecourt.web.frame.visitor import origin_of, ports_of, visitor_of
from forecourt.web.queries.places import PlaceQuery
from forecourt.web.queries.site_lookup import site_of


class GuestBookForm(BayForm, kw_only=True):
    """key: set when the form is rendered. email: where the link and the receipt go. language: of emails."""

    site: str
    kind: str
    minutes: int
    energy: int
    key: str
    start: str = ""
    email: str = ""
    flexible: int = 0
    language: str = "en"


@post("/bookings/guest", sync_to_thread=True, status_code=200)
def book(request: WebRequest, data: URLEncodedBody[GuestBookForm]) -> Response[Any]:
    """The same form sent twice books once. After a refusal the guest stays at the place, with the reason."""
    ports, wanted = ports_of(request), None
    now, tries, host = ports.clock.now(), request.app.state.guest_tries, origin_of(request)
    try:
        if ports.payment_events is None:
            raise Conflict("no_processor", "Card payments are not available here.", "Sign in to book with your account.")
        if wait := tries.wait_s(host):
            raise Conflict(
                "many_tries", "Too many payments were started from your network.", "Try again in {minutes} minutes.", minutes=wait // 60 + 1
            )
        if not 16 <= len(data.key) <= 64 or not data.key.isascii():
            raise BadInput("key", "The page did not load completely.", "Reload it and try again.")
        start, flexible = parse_start(data.start), timedelta(minutes=check_range(data.flexible, 0, 180))
        window, energy_wh = Span(start, start + timedelta(minutes=check_range(data.minutes, 15, 1440))), checked_energy_wh(data.energy)
        visitor_key, origin = sealing.digest(visitor_of(request).binding).hex()[:16], sealing.origin_of(ports.secret_key, host)
        with ports.transactions.begin() as store, idempotent(store, f"guest-book/{visitor_key}/{data.key}", now) as attempt:
            guest_request = GuestBookingRequest(
                site_of(store, data.site).id, data.kind, window, energy_wh, flexible, data.email, data.language, origin, data.need
            )
            wanted = as_request(guest_request)
            if attempt.fresh:
                tries.failed(host)
                booked = book_guest(store, guest_request, lambda one: sealing.digest(link_secret(ports.secret_key, one)), now, ports.ids)
                attempt.answer = str(booked.booking_id).encode()
    except Refused as error:
        again = PlaceQuery(data.site, min(max(1, data.energy), 150) * 1000, data.kind, preferences=choices_from_form(data))
        return render_place(request, again, error, wanted, data.email)
    key = link_secret(ports.secret_key, BookingId(UUID(attempt.answer.decode())))
    return redirect_to(request, f"/b/{key}", cookies=[cookie(request, BOOKING_COOKIE, key, max_age=7 * 86_400)])
