"""Programs that are pages of other sites (CORS): what is asked with a token is answered to any of them, what a cookie asks to none.

No answer here says that it may be read with cookies, so a browser that sends them hands nothing over.
"""

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_REST = "/api/v1/"
_FOR_APPS = {"/oauth/token", "/oauth/revoke", "/.well-known/oauth-authorization-server"}  # of OAuth: they know no cookie
_ANY = {"access-control-allow-origin": "*"}
_MAY_READ = "content-disposition, content-language, link, retry-after, www-authenticate"
_MAY_SEND = {
    **_ANY,
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "authorization, content-type, idempotency-key",
    "access-control-max-age": "7200",
}


def asked_first(app: ASGIApp) -> ASGIApp:
    """The middleware that tells a browser it may send the token it holds back so far; whether it is good is looked at when it comes."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "OPTIONS" or not _said_to_others(scope):
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answering


async def let_across(message: Message, scope: Scope) -> None:
    """Before an answer is sent, also one that says no."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message).update(_said_to_others(scope))


def _said_to_others(scope: Scope) -> dict[str, str]:
    asked, path = Headers.from_scope(scope), scope["path"]
    if "origin" not in asked or not (path in _FOR_APPS or path.startswith(_REST)):
        return {}
    if scope.get("method") == "OPTIONS":  # a browser asks first, without the token
        names = {one.strip() for one in asked.get("access-control-request-headers", "").lower().split(",")}
        return _MAY_SEND if path in _FOR_APPS or "authorization" in names else {}
    with_token = asked.get("authorization", "").lower().startswith("bearer ")
    return {**_ANY, "access-control-expose-headers": _MAY_READ} if path in _FOR_APPS or with_token else {}
