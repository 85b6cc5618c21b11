"""A guest's page behind the secret of its link, for a charge or a booking: what both have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Response, ServerSentEvent

from forecourt.drivers import GuestBooking, GuestVisit
from forecourt.flows.paying import guest_returned
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, Ids, Refused, Text
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.headers import CARD_PAGE_HEADERS
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.responses import WebRequest, file_response, language_for, page, redirect_to, split_file_name
from forecourt.web.frame.visitor import ports_of, service_url, visitor_of
from forecourt.web.queries.guest_bookings import GuestBookingView
from forecourt.web.queries.guest_visits import VisitView, guest_bill_check, guest_client_secret, guest_document
from forecourt.web.queries.receipts import document_file, guest_bill

# The cookie in which the phone that booked keeps the link's secret, so that scanning a socket's code finds the booking.
BOOKING_COOKIE = "fc_booking"
Guest = TypeVar("Guest", GuestVisit, GuestBooking)
View = TypeVar("View", VisitView, GuestBookingView)


@dataclass(frozen=True, slots=True)
class GuestLink(Generic[Guest, View]):
    """path: before the secret. of: what its bills are for. template: of the page; its live part ends in "_live". name: of the view in both.
    find: looks up by the secret's digest. words: extra values for the templates."""

    path: str
    of: Text
    template: str
    name: str
    find: Callable[[Store, bytes], Guest]
    view: Callable[[Store, str, bytes, datetime], View]
    words: Mapping[str, object] = field(default_factory=dict)

    def url(self, key: str) -> str:
        return f"{self.path}/{key}"

    def return_url(self, request: WebRequest, key: str) -> str:
        """The address to which the processor's page returns the payer."""
        return f"{service_url(request)}{self.url(key)}?back=1"

    def load(self, request: WebRequest, key: str, back: str = "") -> View:
        """back: the payer comes from the processor's page."""
        ports, digest = ports_of(request), sealing.digest(key)
        with ports.transactions.begin() as store:
            if back:
                guest_returned(store, self.find(store, digest), ports.clock.now(), ports.ids)
            return self.view(store, key, digest, ports.clock.now())

    def render(self, request: WebRequest, key: str, error: Refused | None = None, *, back: str = "", pay: str = "") -> Response[str]:
        """error: why the request failed. pay: they want to pay, and are redirected as soon as the payment page is open."""
        view, return_url = self.load(request, key, back), self.return_url(request, key)
        to_pay = view.pays_at(return_url) if pay and isinstance(view, VisitView) and view.more else ""
        reloads = bool(back) and view.step == "pay"  # it is reloaded in seconds: the present state may be from the card before
        live = view.live and not (to_pay or reloads or error)
        filled = {self.name: view, "pay_at": return_url, "to_pay": to_pay, "live": live, "error": error, "asks": reloads, **self.words}
        return page(request, f"{self.template}.html", status_of(error) if error else 200, **filled)

    def act(
        self, request: WebRequest, key: str, action: Callable[[Store, Guest, datetime, Ids], object], flash: str = "", *, target: str = ""
    ) -> Response[Any]:
        """A refusal changes nothing, and the page explains it. target: where to go, if not to the page itself."""
        ports = ports_of(request)
        try:
            with ports.transactions.begin() as store:
                action(store, self.find(store, sealing.digest(key)), ports.clock.now(), ports.ids)
        except Refused as error:
            return self.render(request, key, error)
        return redirect_to(request, target or self.url(key), flash)

    def pages(self) -> list[HTTPRouteHandler]:
        """The live part, the page for the card, and the bills."""

        @get(f"{self.path}/{{key:str}}/live", name=f"{self.name}_live")
        async def live(request: WebRequest, key: FromPath[str]) -> ServerSentEvent:
            """The state, sent again whenever it changes. Its forms carry the viewer's token."""
            ports, digest, binding = ports_of(request), sealing.digest(key), visitor_of(request).binding
            shown = {
                "csrf": sealing.form_token(ports.secret_key, binding),
                "pay_at": self.return_url(request, key),
                "asks": False,
                **self.words,
            }
            language = language_for(request)

            def draw() -> str:
                with ports.transactions.begin() as store:
                    view = self.view(store, key, digest, ports.clock.now())
                return rendering.render(f"{self.template}_live.html", {self.name: view, **shown}, language)

            return await live_fragment(request, f"{self.template}/{digest.hex()}/{binding}/{language}", draw)

        @get(f"{self.path}/{{key:str}}/pay", sync_to_thread=True, response_headers=CARD_PAGE_HEADERS)
        def pay(request: WebRequest, key: FromPath[str]) -> Response[str]:
            """Collects a card or a device's wallet with Stripe's PaymentElement."""
            ports = ports_of(request)
            with ports.transactions.begin() as store:
                secret, amount = guest_client_secret(store, self.find(store, sealing.digest(key)))
            if not ports.card_key:
                raise Conflict("no_card_page", "This operator has not set up card payments.", "Ask on site. You have not been charged.")
            fields: dict[str, Any] = {"secret": secret, "amount": amount, "card_key": ports.card_key}
            return page(request, "guest/pay.html", **fields, back=self.return_url(request, key), crumb=self.url(key))

        @get(f"{self.path}/{{key:str}}/receipts/{{name:str}}", sync_to_thread=True)
        def receipt(request: WebRequest, key: FromPath[str], name: FromPath[str]) -> Response[Any]:
            """The page of the bill; with .pdf or .xml after the number, its file or e-invoice."""
            number, ending = split_file_name(name)
            with ports_of(request).transactions.begin() as store:
                invoice = guest_document(store, self.find(store, sealing.digest(key)), number)
                if ending:
                    return file_response(name, document_file(store, invoice, ending))
                shown = guest_bill(store, invoice, ports_of(request).clock.now())
            return page(request, "guest/receipt.html", **shown, base=self.url(key), of=self.of)

        @get(f"{self.path}/{{key:str}}/receipts/{{number:str}}/check", sync_to_thread=True)
        def check(request: WebRequest, key: FromPath[str], number: FromPath[str]) -> Response[str]:
            """The bill recalculated now."""
            with ports_of(request).transactions.begin() as store:
                view = guest_bill_check(store, self.find(store, sealing.digest(key)), number)
            return page(request, "guest/check.html", check=view, back=f"{self.url(key)}/receipts/{number}")

        return [live, pay, receipt, check]
