"""A charge without an account: the page behind the code at a socket, and the visit by its secret link."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import visit_secret
from forecourt.flows.guests import Scanned, address_guest, open_scanned, open_visit, scan_of_text, stop_visit, visit_at_once, visit_of
from forecourt.flows.paying import abandon_payment, request_more_hold
from forecourt.kernel import BadInput, Conflict, Refused, TariffVersionId, Text
from forecourt.web.charging.charge import CHARGE_STATE_LABELS
from forecourt.web.charging.guest_links import BOOKING_COOKIE, GuestLink
from forecourt.web.charging.pay_codes import SCAN_PURPOSE
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to, trigger_planning
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visitor import cookie_of, origin_of, ports_of, visitor_of
from forecourt.web.queries.guest_bookings import booking_at_socket
from forecourt.web.queries.guest_visits import visit_view
from forecourt.web.queries.socket_codes import own_start, scan_view

# Limit of payment pages requested from one address: more than a family at a large site needs.
TRIES, WINDOW_S = 30, 900.0
VISIT = GuestLink("/c", Text("Your charge"), "guest/visit", "visit", visit_of, visit_view, {"words": CHARGE_STATE_LABELS})


class PayForm(Struct):
    """key: the secret of the visit's link is derived from it. version: of the price that was shown.

    scan: proof that the code on a display was scanned; empty = the printed one was. email: for the receipt; empty = none. language: of
    emails; empty = the browser's.
    """

    key: str
    version: TariffVersionId
    email: str = ""
    language: str = ""
    scan: str = ""


def throttle() -> Throttle:
    return Throttle(TRIES, WINDOW_S)


@get("/e/{code:str}", sync_to_thread=True)
def scan(request: WebRequest, code: FromPath[str], scan: FromQuery[str] = "") -> Response[str]:
    return _scan(request, code, None, scan)


@post("/e/{code:str}", sync_to_thread=True, status_code=200)
def begin(request: WebRequest, code: FromPath[str], data: URLEncodedBody[PayForm]) -> Response[Any]:
    """The same form sent twice begins one visit."""
    ports, tries = ports_of(request), request.app.state.guest_tries
    origin = origin_of(request)
    try:
        if ports.payment_events is None:
            raise Conflict("no_processor", "Card payments are not available here.", "Use your account, or the charger's own card reader.")
        if wait := tries.wait_s(origin):
            raise Conflict(
                "many_tries", "Too many payments were started from your network.", "Try again in {minutes} minutes.", minutes=wait // 60 + 1
            )
        if len(data.key) < 40 or len(data.key) > 100 or not data.key.isascii():
            raise BadInput("key", "The page did not load completely.", "Reload it and try again.")
        tries.failed(origin)
        form = sealing.digest(data.key)
        key = visit_secret(ports.secret_key, form)
        with ports.transactions.begin() as store:
            paid = (sealing.digest(key), data.version, ports.clock.now(), ports.ids)
            shown = _scanned(request, code, data.scan)
            begun = open_scanned(store, shown, *paid) if shown else open_visit(store, code, *paid)
            address_guest(store, begun, data.language or language_for(request), data.email, form)
    except Refused as error:
        return _scan(request, code, error, data.scan)
    return redirect_to(request, f"/c/{key}")


@get("/c/{key:str}", sync_to_thread=True)
def visit(request: WebRequest, key: FromPath[str], back: FromQuery[str] = "", pay: FromQuery[str] = "") -> Response[str]:
    """back: the payer comes from the processor's page. pay: they want to pay, and are redirected as soon as the payment page is open."""
    return VISIT.render(request, key, back=back, pay=pay)


@post("/c/{key:str}/stop", sync_to_thread=True, status_code=200)
def stop(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    return VISIT.act(request, key, stop_visit)  # the page shows that it is being stopped


@post("/c/{key:str}/more", sync_to_thread=True, status_code=200)
def more(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    return VISIT.act(request, key, request_more_hold, target=f"/c/{key}?pay=1")


@post("/c/{key:str}/at-once", sync_to_thread=True, status_code=200)
def at_once(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """End all random delays for this charge, as for drivers with an account."""
    return trigger_planning(request, VISIT.act(request, key, lambda store, one, at, _: visit_at_once(store, one, at), "at_once"))


@post("/c/{key:str}/leave", sync_to_thread=True, status_code=200)
def cancel_visit(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    return VISIT.act(request, key, abandon_payment)


def _scan(request: WebRequest, code: str, error: Refused | None, sealed: str) -> Response[str]:
    ports, driver_id = ports_of(request), visitor_of(request).driver
    with ports.transactions.begin() as store:
        view, key = scan_view(store, code, ports.clock.now()), cookie_of(request, BOOKING_COOKIE)
        booking = booking_at_socket(store, key, sealing.digest(key), code, ports.clock.now()) if key else None
        own_charge = own_start(store, code, driver_id, ports.clock.now()) if driver_id and not booking else None
    status = status_of(error) if error else 200
    return page(request, "guest/scan.html", status, scan=view, mine=booking, own=own_charge, error=error, word=sealed, **_form(request))


def _scanned(request: WebRequest, code: str, sealed: str) -> Scanned | None:
    """The code shown on the charger's display; None if the printed code was scanned."""
    if not sealed:
        return None
    return scan_of_text(sealing.unseal(ports_of(request).secret_key, SCAN_PURPOSE, sealed), code, ports_of(request).clock.now())


def _form(request: WebRequest) -> dict[str, object]:
    """Values for rendering the payment form."""
    return {
        "cards": ports_of(request).payment_events is not None,
        "form_key": sealing.fresh_secret(),
        "email_language": language_for(request),
    }


routes = Router("/", route_handlers=[scan, begin, visit, stop, more, at_once, cancel_visit, *VISIT.pages()])
