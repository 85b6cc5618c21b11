"""Cards stored with the provider for later: its page, with the bank's challenge, and the merchant's notification.

The numbers are Stripe's test numbers: https://docs.stripe.com/testing.
"""

import hmac
import secrets
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from forecourt.simulation.provider.model import BRANDS, Refusal
from forecourt.simulation.provider.request_handling import ApiFormat, RequestHandler

# What happens with a number: refused at once, challenged by the bank first, stored but without funds; every other one is good.
_REFUSED, _ASKED, _BROKE = "4000000000000002", "4000002500003155", "4000000000000341"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"""


@dataclass(slots=True)
class Setup:
    """status: open, stored or failed. asked: the holder's bank waits for an answer."""

    id: str
    reference: str
    back: str
    secret: str
    status: str = "open"
    method: str = ""
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0
    code: str = ""
    asked: bool = False


class Setups:
    """Setups of one merchant, for as long as the process runs."""

    def __init__(self) -> None:
        self._setups: dict[str, Setup] = {}

    def begin(self, reference: str, return_url: str) -> Setup:
        if urlsplit(return_url).scheme not in ("http", "https"):
            raise Refusal(400, "back", "The address to go back to is needed.")
        setup = Setup(f"set_{len(self._setups) + 1:06d}{secrets.token_hex(4)}", reference, return_url, secrets.token_urlsafe(16))
        self._setups[setup.id] = setup
        return setup

    def get(self, setup_id: str) -> Setup:
        found = self._setups.get(setup_id)
        if found is None:
            raise Refusal(404, "no_such_setup", f"There is no setup {setup_id}.")
        return found

    def shown(self, setup_id: str, key: str) -> Setup:
        """Only with its holder's key."""
        found = self.get(setup_id)
        if not hmac.compare_digest(found.secret.encode(), key.encode()):
            raise Refusal(404, "no_such_setup", "There is no such setup.")
        return found

    def give(self, setup: Setup, number: str, expires: str) -> None:
        month, _, year = expires.partition("/")
        if not (number.isdecimal() and 12 <= len(number) <= 19 and month.strip().isdecimal() and year.strip().isdecimal()):
            setup.code = "incomplete"
            return
        setup.brand, setup.last4 = BRANDS.get(number[0], "card"), number[-4:]
        setup.month, setup.year = int(month), 2000 + int(year) % 100
        setup.code, setup.asked = ("card_declined", False) if number == _REFUSED else ("", number == _ASKED)
        if not setup.code and not setup.asked:
            self._store(setup, "pm_broke" if number == _BROKE else "pm_card")

    def answered(self, setup: Setup, accepted: bool) -> None:
        setup.asked = False
        if accepted:
            self._store(setup, "pm_card")
        else:
            setup.code = "authentication_failed"

    def _store(self, setup: Setup, kind: str) -> None:
        setup.status, setup.method = "stored", f"{kind}_{setup.id}"


@post("/v1/setups", status_code=200)
async def begin(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        return _setup_response(state.setups.begin(str(values.get("reference", "")), str(values.get("back", ""))), request)

    return await handler.answer(request, act, state.own)


@get("/v1/setups/{setup:str}")
async def read(request: Request[Any, Any, Any], state: State, setup: FromPath[str]) -> dict[str, Any]:
    state.handler.check_key(request)
    if state.handler.faults.down:
        raise Refusal(503, "down", "The service is down.")
    return _setup_response(state.setups.get(setup), request)


@post("/v1/checkout/sessions", status_code=200)
async def checkout(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The same in Stripe's format."""
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        if values.get("mode") != "setup" or not values.get("currency"):
            raise Refusal(400, "parameter_missing", "Only mode=setup with a currency is known here.")
        setup = state.setups.begin(values.get("client_reference_id", ""), values.get("success_url", ""))
        return _session(setup, request)

    return await handler.answer(request, act, state.stripe)


@get("/v1/checkout/sessions/{setup:str}")
async def checkout_session(request: Request[Any, Any, Any], state: State, setup: FromPath[str]) -> dict[str, Any]:
    state.handler.check_key(request)
    return _session(state.setups.get(setup), request)


@get("/setup/{setup:str}", media_type=MediaType.HTML)
async def page(state: State, setup: FromPath[str], key: FromQuery[str] = "") -> str:
    return _page(state.setups.shown(setup, key))


@post("/setup/{setup:str}", status_code=200)
async def give(request: Request[Any, Any, Any], state: State, setup: FromPath[str]) -> Response[Any]:
    """A card's number and expiry, or the holder's answer to the bank."""
    values = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    setups: Setups = state.setups
    shown = setups.shown(setup, values.get("key", ""))
    if shown.status == "open" and "word" in values and shown.asked:
        setups.answered(shown, values["word"] == "yes")
    elif shown.status == "open":
        setups.give(shown, values.get("card", "").replace(" ", ""), values.get("expires", ""))
    return Redirect(shown.back, status_code=303) if shown.status == "stored" else Response(_page(shown), media_type=MediaType.HTML)


def _page(setup: Setup) -> str:
    hidden = f'<input type="hidden" name="key" value="{escape(setup.secret)}">'
    if setup.status != "open":
        return _PAGE.format(title="Done", body="<p>This card is stored.</p>")
    if setup.asked:
        buttons = '<button name="word" value="yes">Yes, it is me</button> <button name="word" value="no">No</button>'
        return _PAGE.format(title="Your bank asks: is this you?", body=f'<form method="post">{hidden}{buttons}</form>')
    refusal = f'<p role="alert">{escape(setup.code.replace("_", " "))}</p>' if setup.code else ""
    number = '<label>Card number <input name="card" inputmode="numeric"></label>'
    until = '<label>Expires <input name="expires" placeholder="12/34"></label>'
    form = f'<form method="post">{hidden}{number} {until} <button>Store the card</button></form>'
    body = f'{refusal}{form}<p><a href="{escape(setup.back)}">Go back</a></p>'
    return _PAGE.format(title="Store a card", body=body)


def _address(setup: Setup, request: Request[Any, Any, Any]) -> str:
    return f"{request.base_url}setup/{setup.id}?key={setup.secret}"


def _setup_response(setup: Setup, request: Request[Any, Any, Any]) -> dict[str, Any]:
    names = ("id", "reference", "status", "method", "brand", "last4", "year", "month", "code")
    return {**{name: getattr(setup, name) for name in names}, "page": _address(setup, request)}


def _session(setup: Setup, request: Request[Any, Any, Any]) -> dict[str, Any]:
    stored = setup.status == "stored"
    card = {"brand": setup.brand, "last4": setup.last4, "exp_year": setup.year, "exp_month": setup.month}
    method = {"id": setup.method, "object": "payment_method", "type": "card", "card": card} if stored else None
    return {
        "id": setup.id,
        "object": "checkout.session",
        "mode": "setup",
        "status": "complete" if stored else "open",
        "url": None if stored else _address(setup, request),
        "client_reference_id": setup.reference,
        "customer": f"cus_{setup.id}" if stored else None,
        "setup_intent": {
            "id": f"seti_{setup.id}",
            "object": "setup_intent",
            "status": "succeeded" if stored else "requires_payment_method",
            "payment_method": method,
        },
    }


def setup_pages(api_format: ApiFormat, stripe: ApiFormat) -> tuple[Router, dict[str, Any]]:
    """The routes, and the application state they need."""

    def refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
        return Response({"error": {"code": refusal.code, "text": refusal.text, "message": refusal.text}}, status_code=refusal.status)

    handlers = [begin, read, checkout, checkout_session, page, give]
    return Router("/", route_handlers=handlers, exception_handlers={Refusal: refused}), {
        "setups": Setups(),
        "own": api_format,
        "stripe": stripe,
    }
