"""Headers on every response, including static files and errors: a middleware, because app-level headers miss static files."""

from typing import Any, TypeVar

from litestar.datastructures import MutableScopeHeaders, ResponseHeader
from litestar.enums import ScopeType
from litestar.response import Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from forecourt.web.frame.ports import MapTiles

_R = TypeVar("_R", bound=Response[Any])
_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
FIXED = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
# Stripe's script and frames are allowed on the pages where a card is entered, and nowhere else.
_STRIPE = {
    "content-security-policy": "default-src 'none'; script-src 'self' https://js.stripe.com https://*.js.stripe.com; "
    "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; connect-src 'self' https://api.stripe.com; "
    "style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "permissions-policy": 'camera=(), microphone=(), geolocation=(), payment=(self "https://js.stripe.com")',
    "cross-origin-opener-policy": "same-origin-allow-popups",
}
CARD_PAGE_HEADERS = [ResponseHeader(name, value=value) for name, value in _STRIPE.items()]
# The page that lists places may ask for the reader's position, once they press the button.
LOCATION_PAGE_HEADERS = [ResponseHeader("permissions-policy", value="camera=(), microphone=(), geolocation=(self), payment=()")]
# The address of such a page is a secret: no page it links to, not even our own, gets it as a referrer.
SECRET_PAGE_HEADERS = [ResponseHeader("referrer-policy", value="no-referrer")]
_IMMUTABLE = "public, max-age=31536000, immutable"


def allow_map_tiles(answer: _R, tiles: MapTiles | None) -> _R:
    """Allow a page with a map to load tiles from the tile server, if there is one, and tell that server the site asking, as many
    require."""
    if tiles:
        policy = _CSP.replace("img-src 'self'", f"img-src 'self' {tiles.origin}")
        answer.headers["content-security-policy"] = policy.replace("connect-src 'self'", f"connect-src 'self' {tiles.origin}")
        answer.headers["referrer-policy"] = "strict-origin-when-cross-origin"
    return answer


def allow_form_target(answer: _R, origin: str) -> _R:
    """Allow a page's form to end in another party's app. origin: its origin or scheme, from `csp_entry`; browsers check redirects against
    it, too."""
    answer.headers["content-security-policy"] = _CSP.replace("form-action 'self'", f"form-action 'self' {origin}")
    return answer


def security_headers(https: bool) -> "type[_SecurityHeaders]":
    """The middleware. https: also tell browsers to use HTTPS only."""
    return _StrictSecurityHeaders if https else _SecurityHeaders


class _SecurityHeaders:
    strict = False

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in FIXED.items():
                    headers[name] = headers.get(name, value)  # a page may set its own, such as the one where a card is entered
                if self.strict:
                    headers["strict-transport-security"] = "max-age=31536000"
                headers["cache-control"] = _IMMUTABLE if static and message["status"] == 200 else headers.get("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _StrictSecurityHeaders(_SecurityHeaders):
    strict = True
