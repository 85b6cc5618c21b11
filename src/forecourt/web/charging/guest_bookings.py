"""A booking without an account: all that its secret link is good for."""

from datetime import timedelta
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows.charging import booked_guest, cancel_guest, change_guest, start_booked
from forecourt.flows.paying import came_back
from forecourt.kernel import BadInput, Conflict, Refused, Span, Text
from forecourt.web.charging.guest_booking_form import book
from forecourt.web.charging.guests import BOOKING_COOKIE
from forecourt.web.charging.stays import ChangeForm, as_it_is, calendar_file, wall_time
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.answers import Asked, cookie, file_answer, file_asked, go, language_for, page
from forecourt.web.frame.failures import status_of
from forecourt.web.frame.headers import CARD_PAGE
from forecourt.web.frame.live import LivePages
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.guest_bookings import booking_document, guest_booking_view, secret_of_booking
from forecourt.web.queries.receipts import files_view, kept_file, receipt_view


class CodeForm(Struct):
    """code: printed at the socket, as it was typed or scanned."""

    code: str


@get("/b/{key:str}", sync_to_thread=True)
def booking(request: Asked, key: FromPath[str], back: FromQuery[str] = "") -> Response[str]:
    ports, digest = ports_of(request), sealing.digest(key)
    with ports.transactions.begin() as store:
        if back:
            came_back(store, booked_guest(store, digest), ports.clock.now(), ports.ids)
        view = guest_booking_view(store, key, digest, ports.clock.now())
    answer = page(request, "guest/booking.html", guest=view, error=None, pay_at=_pay_at(request, key), live=view.live)
    answer.cookies.append(cookie(request, BOOKING_COOKIE, key, max_age=7 * 86_400))  # also on the phone that opened the letter
    return answer


@get("/b/{key:str}/live")
async def booking_live(request: Asked, key: FromPath[str]) -> ServerSentEvent:
    """Where the booking stands, again whenever it changes. Its forms carry the token of who watches."""
    ports, digest, binding = ports_of(request), sealing.digest(key), visitor_of(request).binding
    shown = {"csrf": sealing.form_token(ports.secret_key, binding), "pay_at": _pay_at(request, key)}
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = guest_booking_view(store, key, digest, ports.clock.now())
        return rendering.render("guest/booking_live.html", {"guest": view, **shown}, language)

    pages: LivePages = request.app.state.live
    return await pages.stream(f"guest-booking/{digest.hex()}/{binding}/{language}", draw)


@get("/b/{key:str}/pay", sync_to_thread=True, response_headers=CARD_PAGE)
def pay(request: Asked, key: FromPath[str]) -> Response[str]:
    """A card or a device's wallet, asked for by Stripe's PaymentElement."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        secret, amount = secret_of_booking(store, sealing.digest(key))
    if not ports.card_key:
        raise Conflict("no_card_page", "This operator has not set up its card page.", "Nothing was taken.")
    back, crumb = _pay_at(request, key), f"/b/{key}"
    return page(request, "guest/pay.html", secret=secret, amount=amount, card_key=ports.card_key, back=back, crumb=crumb)


@get("/b/{key:str}/cancel", sync_to_thread=True)
def cancel_page(request: Asked, key: FromPath[str]) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = guest_booking_view(store, key, sealing.digest(key), ports.clock.now())
    return page(request, "guest/booking_cancel.html", guest=view)


@post("/b/{key:str}/cancel", sync_to_thread=True, status_code=303)
def cancel(request: Asked, key: FromPath[str]) -> Redirect:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        cancel_guest(store, booked_guest(store, sealing.digest(key)), ports.clock.now(), ports.ids)
    return go(request, f"/b/{key}", "cancelled")


@get("/b/{key:str}/change", sync_to_thread=True)
def change_page(request: Asked, key: FromPath[str]) -> Response[str]:
    return _change_page(request, key, None)


@post("/b/{key:str}/change", sync_to_thread=True, status_code=200)
def change_booking(request: Asked, key: FromPath[str], data: URLEncodedBody[ChangeForm]) -> Response[Any]:
    """A refusal leaves the booking as it is, and says why."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            guest = booked_guest(store, sealing.digest(key))
            start = wall_time(data.day, data.time, store.stations.site(guest.site_id).zone)
            if not 10 <= data.minutes <= 1440 or not 0 <= data.flexible <= 180:
                raise BadInput("minutes", "A booking lasts from 10 minutes to 24 hours.", "Choose another length.")
            window = Span(start, start + timedelta(minutes=data.minutes))
            change_guest(store, guest, window, timedelta(minutes=data.flexible), ports.clock.now(), ports.ids)
    except Refused as error:
        return _change_page(request, key, error, data)
    return go(request, f"/b/{key}", "changed")


@post("/b/{key:str}/start", sync_to_thread=True, status_code=200)
def start(request: Asked, key: FromPath[str], data: URLEncodedBody[CodeForm]) -> Response[Any]:
    """At the socket, by its code. A refusal keeps the guest at the booking, with the reason."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            start_booked(store, booked_guest(store, sealing.digest(key)), data.code, ports.clock.now(), ports.ids)
    except Refused as error:
        with ports.transactions.begin() as store:
            view = guest_booking_view(store, key, sealing.digest(key), ports.clock.now())
        shown = {"guest": view, "error": error, "pay_at": _pay_at(request, key), "live": False}
        return page(request, "guest/booking.html", status_of(error), **shown)
    return go(request, f"/c/{key}")


@get("/b/{key:str}/calendar.ics", sync_to_thread=True)
def calendar(request: Asked, key: FromPath[str]) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = guest_booking_view(store, key, sealing.digest(key), ports.clock.now())
    text = calendar_file(view.booking, view.address, ports.clock.now(), language_for(request))
    return Response(text, media_type="text/calendar", headers={"content-disposition": "attachment; filename=charging.ics"})


@get("/b/{key:str}/receipts/{name:str}", sync_to_thread=True)
def receipt(request: Asked, key: FromPath[str], name: FromPath[str]) -> Response[Any]:
    """The page of the bill; with .pdf or .xml behind the number, its file or e-invoice."""
    number, ending = file_asked(name)
    with ports_of(request).transactions.begin() as store:
        invoice = booking_document(store, sealing.digest(key), number)
        if ending:
            return file_answer(name, kept_file(store, invoice, ending))
        view, files = receipt_view(store, invoice), files_view(store, invoice)
    return page(request, "guest/receipt.html", receipt=view, files=files, base=f"/b/{key}", of=Text("Your booking"))


def _change_page(request: Asked, key: str, error: Refused | None, typed: ChangeForm | None = None) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = guest_booking_view(store, key, sealing.digest(key), ports.clock.now())
    status = status_of(error) if error else 200
    return page(request, "guest/booking_change.html", status, guest=view, form=typed or as_it_is(view.booking), error=error)


def _pay_at(request: Asked, key: str) -> str:
    """Where the processor's page sends the payer back to."""
    return f"{str(request.base_url).rstrip('/')}/b/{key}?back=1"


routes = Router(
    "/",
    route_handlers=[book, booking, booking_live, pay, cancel_page, cancel, change_page, change_booking, start, calendar, receipt],
)
