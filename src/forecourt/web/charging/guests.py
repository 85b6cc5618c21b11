"""A charge without an account: the page behind the code at a socket, and the visit by its secret link."""

from collections.abc import Callable
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows.charging import (
    Scanned,
    mail_guest,
    open_scanned,
    open_visit,
    scan_of_text,
    stop_visit,
    visit_at_once,
    visit_of,
)
from forecourt.flows.paying import came_back, hold_more, leave
from forecourt.kernel import BadInput, Conflict, Refused, TariffVersionId, Text
from forecourt.web.charging.driver import CHARGE_WORDS
from forecourt.web.charging.pay_codes import SCAN
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.answers import Asked, file_answer, file_asked, go, language_for, page, plan_soon
from forecourt.web.frame.failures import status_of
from forecourt.web.frame.headers import CARD_PAGE
from forecourt.web.frame.live import LivePages
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.guest_bookings import booked_here
from forecourt.web.queries.guests import guest_document, scan_view, secret_of_payment, visit_view
from forecourt.web.queries.receipts import files_view, kept_file, receipt_view

# Where the phone that booked keeps the secret of its booking's link, so that the code at the socket finds it.
BOOKING_COOKIE = "fc_booking"
# Pages asked of the processor from one address: more than a family at a large site needs.
TRIES, WINDOW_S = 30, 900.0


class PayForm(Struct):
    """key: becomes the secret of the visit's link. version: of the price that was shown. scan: the word that the code on a display was
    scanned; empty = the printed one was. email: for the receipt; empty = none.

    language: of letters; empty = what the browser asks for.
    """

    key: str
    version: TariffVersionId
    email: str = ""
    language: str = ""
    scan: str = ""


def throttle() -> Throttle:
    return Throttle(TRIES, WINDOW_S)


@get("/e/{code:str}", sync_to_thread=True)
def scan(request: Asked, code: FromPath[str], scan: FromQuery[str] = "") -> Response[str]:
    return _scan(request, code, None, scan)


@post("/e/{code:str}", sync_to_thread=True, status_code=200)
def begin(request: Asked, code: FromPath[str], data: URLEncodedBody[PayForm]) -> Response[Any]:
    """The same form sent twice begins one visit."""
    ports, tries = ports_of(request), request.app.state.guest_tries
    origin = request.client.host if request.client else ""
    try:
        if ports.payment_events is None:
            raise Conflict("no_processor", "Cards cannot be taken here.", "Use your account, or the charger's own card reader.")
        if wait := tries.wait_s(origin):
            raise Conflict(
                "many_tries", "Too many payments were begun from here.", "Try again in {minutes} minutes.", minutes=wait // 60 + 1
            )
        if len(data.key) < 40 or len(data.key) > 100 or not data.key.isascii():
            raise BadInput("key", "The page was not loaded whole.", "Reload it and try again.")
        tries.failed(origin)
        with ports.transactions.begin() as store:
            paid = (sealing.digest(data.key), data.version, ports.clock.now(), ports.ids)
            shown = _scanned(request, code, data.scan)
            begun = open_scanned(store, shown, *paid) if shown else open_visit(store, code, *paid)
            if data.email.strip():
                mail_guest(store, begun, data.email, data.language or language_for(request))
    except Refused as error:
        return _scan(request, code, error, data.scan)
    return go(request, f"/c/{data.key}")


@get("/c/{key:str}", sync_to_thread=True)
def visit(request: Asked, key: FromPath[str], back: FromQuery[str] = "", pay: FromQuery[str] = "") -> Response[str]:
    """back: the payer comes from the processor's page. pay: they have asked for it, and are led there as soon as it is open."""
    ports, digest = ports_of(request), sealing.digest(key)
    with ports.transactions.begin() as store:
        if back:
            came_back(store, visit_of(store, digest), ports.clock.now(), ports.ids)
        view = visit_view(store, key, digest, ports.clock.now())
    there = returns_to(request, key)
    to_pay = view.pays_at(there) if pay and view.more else ""
    live = view.live and not to_pay
    return page(request, "guest/visit.html", visit=view, words=CHARGE_WORDS, pay_at=there, to_pay=to_pay, live=live, error=None)


@get("/c/{key:str}/live")
async def visit_live(request: Asked, key: FromPath[str]) -> ServerSentEvent:
    """Where the visit stands, again whenever it changes. Its forms carry the token of who watches."""
    ports, digest, binding = ports_of(request), sealing.digest(key), visitor_of(request).binding
    shown = {"words": CHARGE_WORDS, "csrf": sealing.form_token(ports.secret_key, binding), "pay_at": returns_to(request, key)}
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = visit_view(store, key, digest, ports.clock.now())
        return rendering.render("guest/visit_live.html", {"visit": view, **shown}, language)

    pages: LivePages = request.app.state.live
    return await pages.stream(f"guest/{digest.hex()}/{binding}/{language}", draw)


@get("/c/{key:str}/pay", sync_to_thread=True, response_headers=CARD_PAGE)
def pay(request: Asked, key: FromPath[str]) -> Response[str]:
    """A card or a device's wallet, asked for by Stripe's PaymentElement."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        secret, amount = secret_of_payment(store, sealing.digest(key))
    if not ports.card_key:
        raise Conflict("no_card_page", "This operator has not set up its card page.", "Ask at the place; nothing was taken.")
    back = f"{str(request.base_url).rstrip('/')}/c/{key}?back=1"
    return page(request, "guest/pay.html", secret=secret, amount=amount, card_key=ports.card_key, back=back, crumb=f"/c/{key}")


@post("/c/{key:str}/stop", sync_to_thread=True, status_code=303)
def stop(request: Asked, key: FromPath[str]) -> Redirect:
    return _do(request, key, stop_visit, "stopping")


@post("/c/{key:str}/more", sync_to_thread=True, status_code=303)
def more(request: Asked, key: FromPath[str]) -> Redirect:
    return _do(request, key, hold_more, "", "?pay=1")


@post("/c/{key:str}/at-once", sync_to_thread=True, status_code=303)
def at_once(request: Asked, key: FromPath[str]) -> Redirect:
    """Nothing of this charge waits at random any more, as for drivers with an account."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        visit_at_once(store, visit_of(store, sealing.digest(key)), ports.clock.now())
    return plan_soon(request, go(request, f"/c/{key}", "at_once"))


@post("/c/{key:str}/leave", sync_to_thread=True, status_code=303)
def go_away(request: Asked, key: FromPath[str]) -> Redirect:
    return _do(request, key, leave, "")


@get("/c/{key:str}/receipts/{name:str}", sync_to_thread=True)
def receipt(request: Asked, key: FromPath[str], name: FromPath[str]) -> Response[Any]:
    """The page of the bill; with .pdf or .xml behind the number, its file or e-invoice."""
    number, ending = file_asked(name)
    with ports_of(request).transactions.begin() as store:
        invoice = guest_document(store, sealing.digest(key), number)
        if ending:
            return file_answer(name, kept_file(store, invoice, ending))
        view, files = receipt_view(store, invoice), files_view(store, invoice)
    return page(request, "guest/receipt.html", receipt=view, files=files, base=f"/c/{key}", of=Text("Your charge"))


def _scan(request: Asked, code: str, error: Refused | None, word: str) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view, key = scan_view(store, code, ports.clock.now()), request.cookies.get(BOOKING_COOKIE, "")
        mine = booked_here(store, key, sealing.digest(key), code, ports.clock.now()) if key else None
    status = status_of(error) if error else 200
    return page(request, "guest/scan.html", status, scan=view, mine=mine, error=error, word=word, **_form(request))


def _scanned(request: Asked, code: str, word: str) -> Scanned | None:
    """What was shown at the charger; None where the printed code was scanned."""
    if not word:
        return None
    return scan_of_text(sealing.unseal(ports_of(request).secret_key, SCAN, word), code, ports_of(request).clock.now())


def _form(request: Asked) -> dict[str, object]:
    """What the form that pays is drawn with."""
    return {"cards": ports_of(request).payment_events is not None, "form_key": sealing.fresh_secret(), "letters_in": language_for(request)}


def _do(request: Asked, key: str, what: Callable[..., object], flash: str, then: str = "") -> Redirect:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        what(store, visit_of(store, sealing.digest(key)), ports.clock.now(), ports.ids)
    return go(request, f"/c/{key}{then}", flash)


def returns_to(request: Asked, key: str) -> str:
    """Where the processor's page sends the payer back to."""
    return f"{str(request.base_url).rstrip('/')}/c/{key}?back=1"


routes = Router("/", route_handlers=[scan, begin, visit, visit_live, pay, stop, more, at_once, go_away, receipt])
