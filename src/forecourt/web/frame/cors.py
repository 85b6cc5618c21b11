"""Cross-origin requests (CORS): any site may read answers to requests with a token, and none may use a visitor's cookies.

No answer here allows credentials, so a browser that sends cookies does not hand over the answer.
"""

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_REST = "/api/v1/"
_FOR_APPS = {"/oauth/token", "/oauth/revoke", "/.well-known/oauth-authorization-server"}  # OAuth endpoints, which use no cookies
_ANY = {"access-control-allow-origin": "*"}
_EXPOSED_HEADERS = "content-disposition, content-language, etag, link, retry-after, www-authenticate"
_PREFLIGHT_HEADERS = {
    **_ANY,
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, if-match, if-none-match",
    "access-control-max-age": "7200",
}


def answer_preflight(app: ASGIApp) -> ASGIApp:
    """Middleware that answers preflight requests. It only permits the browser to send the token; the token itself is checked later."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "OPTIONS" or not _cors_headers(scope):
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answering


async def add_cors_headers(message: Message, scope: Scope) -> None:
    """Add the CORS headers just before an answer is sent, including to refusals."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message).update(_cors_headers(scope))


def _cors_headers(scope: Scope) -> dict[str, str]:
    headers, path = Headers.from_scope(scope), scope["path"]
    if "origin" not in headers or not (path in _FOR_APPS or path.startswith(_REST)):
        return {}
    if scope.get("method") == "OPTIONS":  # preflight: sent by the browser without the token
        names = {one.strip() for one in headers.get("access-control-request-headers", "").lower().split(",")}
        return _PREFLIGHT_HEADERS if path in _FOR_APPS or "authorization" in names else {}
    with_token = headers.get("authorization", "").lower().startswith("bearer ")
    return {**_ANY, "access-control-expose-headers": _EXPOSED_HEADERS} if path in _FOR_APPS or with_token else {}
