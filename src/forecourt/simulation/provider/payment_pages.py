"""The provider's pages for payers: a card or a device's wallet, and the bank's challenge (3-D Secure)."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from forecourt.simulation.provider.bank import CHALLENGED
from forecourt.simulation.provider.model import Intent, Refusal
from forecourt.simulation.provider.request_handling import RequestHandler

_DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
_WORDS = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "There is not enough money on this card.",
    "authentication_failed": "Your bank could not confirm that it was you.",
    "authentication_timeout": "You did not confirm this with your bank in time.",
}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head><body><main><h1>{title}</h1>
<p>{amount} {what}</p>{body}</main></body></html>"""


@get("/pay/{intent:str}", media_type=MediaType.HTML)
async def page(state: State, intent: FromPath[str], key: FromQuery[str] = "", back: FromQuery[str] = "") -> str:
    handler: RequestHandler = state.handler
    return _page(handler.bank.show(intent, key), key, back)


@post("/pay/{intent:str}", status_code=200)
async def pay(state: State, intent: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """A card number, "wallet" for the device's wallet, or the payer's answer to the bank."""
    handler: RequestHandler = state.handler
    key, return_url, failure = data.get("key", ""), data.get("back", ""), data.get("word", "")
    if failure:
        shown = handler.bank.challenged(intent, key, failure == "yes")
    else:
        shown = handler.bank.pay(intent, key, data.get("card", "").replace(" ", "") or "wallet")
    if shown.status in ("held", "captured") and urlsplit(return_url).scheme in ("http", "https"):
        return Redirect(return_url, status_code=303)
    return Response(_page(shown, key, return_url), media_type=MediaType.HTML)


def _page(intent: Intent, key: str, return_url: str) -> str:
    digits = _DIGITS.get(intent.currency, 2)
    amount = f"{intent.amount // 10**digits}.{intent.amount % 10**digits:0{digits}d}" if digits else str(intent.amount)
    hidden = f'<input type="hidden" name="key" value="{escape(key)}"><input type="hidden" name="back" value="{escape(return_url)}">'
    if intent.status != "requested":
        title, body = "Done", f"<p>This payment is {escape(intent.status)}.</p>"
    elif intent.challenged_at is not None:
        title = "Your bank asks: is this you?"
        buttons = '<button name="word" value="yes">Yes, it is me</button> <button name="word" value="no">No</button>'
        body = f'<form method="post">{hidden}{buttons}</form>'
    else:
        title = "Pay by card"
        refusal = f'<p role="alert">{escape(_WORDS.get(intent.code, intent.code))}</p>' if intent.code else ""
        field = f'<label>Card number <input name="card" inputmode="numeric" placeholder="{CHALLENGED}"></label>'
        wallet = f'<form method="post">{hidden}<button>Pay with this device</button></form>'
        body = f'{refusal}<form method="post">{hidden}{field} <button>Pay</button></form>{wallet}'
    effect = "will be added to your balance." if intent.takes else "will be held. You only pay for what you use."
    if intent.takes and intent.keeps:
        effect += " The card is stored for later payments."
    return _PAGE.format(title=title, what=effect, amount=f"{amount} {escape(intent.currency)}", body=body)


def _refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[str]:
    return Response(
        f"<!doctype html><title>Refused</title><p>{escape(refusal.text)}</p>", status_code=refusal.status, media_type=MediaType.HTML
    )


payer_pages = Router("/", route_handlers=[page, pay], exception_handlers={Refusal: _refused})
