"""OAuth 2 for third-party apps: a driver authorizes one (RFC 6749, 7636, 9207), it fetches tokens, and revokes them (RFC 7009, 8414).

Errors in the client or its redirect address are shown to the driver here: nobody is ever redirected to an unregistered address. All other
errors are sent to the app, as the RFC defines.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotAuthorizedException
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import ACCESS_LIFE, Account, App, AppScope, csp_entry, is_challenge, scopes_of
from forecourt.flows.desk import (
    AppCodeExchange,
    AppCodeRequest,
    AppTokens,
    authorise_app,
    exchange_code,
    find_app,
    refresh_app_tokens,
    revoke_app_token,
)
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Forbidden, NotFound
from forecourt.web.frame import sealing
from forecourt.web.frame.headers import allow_form_target
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import origin_of, ports_of, service_url, session_digest, signed_in, visitor_of, wall_now
from forecourt.web.people.sign_in import sign_in_limits

_MAX_FIELDS = 50


class AnswerForm(Struct):
    """asked: the app's request, unchanged. answer: "yes" or "no"."""

    asked: str = ""
    answer: str = ""


class _OAuthError(Exception):
    """An error in an app's request: code as in the RFC, words for the app's developers."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class _Fields:
    """A request's parameters, by name; empty ones count as missing. twice: those given more than once."""

    one: dict[str, str]
    twice: frozenset[str]

    def get(self, name: str) -> str:
        return "" if name in self.twice else self.one.get(name, "")

    def need(self, name: str) -> str:
        if not self.get(name):
            raise _OAuthError("invalid_request", f"{name} is missing.")
        return self.get(name)

    def check(self) -> None:
        """No scope but ours, and no parameter twice. Raises _OAuthError."""
        if self.twice:
            raise _OAuthError("invalid_request", f"{min(self.twice)} is given more than once.")
        self.scopes()

    def scopes(self) -> tuple[AppScope, ...]:
        """What the app asks for; everything if it does not say."""
        try:
            return scopes_of(self.get("scope"))
        except ValueError as error:
            raise _OAuthError("invalid_scope", f"The scopes are {', '.join(AppScope)}.") from error


@get("/oauth/authorize", sync_to_thread=True)
def authorize(request: WebRequest) -> Response[Any]:
    return _consent(request, request.url.query)


@post("/oauth/authorize", sync_to_thread=True, guards=[signed_in], status_code=200)
def answer(request: WebRequest, data: URLEncodedBody[AnswerForm]) -> Response[Any]:
    return _consent(request, data.asked, data.answer)


@post("/oauth/token", status_code=200, open_to_machines=True)
async def token(request: WebRequest) -> Response[Any]:
    return await sync_to_thread(_answer_client, request, _read((await request.body()).decode("utf-8", "replace")), _tokens)


@post("/oauth/revoke", status_code=200, open_to_machines=True)
async def revoke(request: WebRequest) -> Response[Any]:
    return await sync_to_thread(_answer_client, request, _read((await request.body()).decode("utf-8", "replace")), _revoked)


@get("/.well-known/oauth-authorization-server", sync_to_thread=False)
def metadata(request: WebRequest) -> dict[str, Any]:
    """RFC 8414."""
    issuer = service_url(request)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "service_documentation": f"{issuer}/api/v1/reference",
        "scopes_supported": list(AppScope),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _consent(request: WebRequest, query: str, answered: str = "") -> Response[Any]:
    """The page that asks the driver, or the error sent to the app."""
    fields = _read(query)
    with ports_of(request).transactions.begin() as store:
        app = find_app(store, fields.get("client_id"))
    if app is None:
        raise NotFound("app", "This app is not registered here.", "Go back to the app and tell its developers.")
    redirect = fields.get("redirect_uri")
    if not app.takes(redirect):
        raise BadInput("redirect_uri", "The app’s return address is not registered.", "Go back to the app and tell its developers.")
    try:
        code_request = AppCodeRequest(app, redirect, _challenge(fields), fields.scopes())
    except _OAuthError as error:
        return _redirect_to_app(request, redirect, fields, error=error.code, error_description=error.words)
    account = _driver(request, app)
    if answered == "no":
        return _redirect_to_app(request, redirect, fields, error="access_denied")
    if answered == "yes":
        with ports_of(request).transactions.begin() as store:
            code = authorise_app(store, code_request, account.id, session_digest(request), sealing.fresh_secret, wall_now())
        return _redirect_to_app(request, redirect, fields, code=code)
    may = {f"may_{one.name.lower()}": bool({one, AppScope.DRIVER} & set(code_request.scopes)) for one in (AppScope.READ, AppScope.WRITE)}
    shown: dict[str, Any] = {"app": app, "asked": query, "email": account.email, "where": csp_entry(redirect).rstrip(":"), **may}
    return allow_form_target(page(request, "auth/app.html", **shown, tab="account"), csp_entry(redirect))


def _challenge(fields: _Fields) -> str:
    fields.check()
    if fields.need("response_type") != "code":
        raise _OAuthError("unsupported_response_type", "response_type must be code.")
    if fields.get("response_mode") not in {"", "query"}:
        raise _OAuthError("invalid_request", "response_mode must be query.")
    challenge = fields.need("code_challenge")
    if fields.get("code_challenge_method") != "S256":
        raise _OAuthError("invalid_request", "code_challenge_method must be S256.")
    if not is_challenge(challenge):
        raise _OAuthError("invalid_request", "code_challenge must be the SHA-256 of a verifier, as base64url without padding.")
    return challenge


def _driver(request: WebRequest, app: App) -> Account:
    """The driver who authorizes: of the app's operator, signed in in a browser. A token cannot create another one."""
    visitor = visitor_of(request)
    if visitor.account is None:
        raise NotAuthorizedException("Sign in first.")
    if visitor.bearer:
        raise Forbidden("token_by_token", "A token cannot create another token.", "Sign in and create one under Account.")
    visitor.require_driver()
    if visitor.account.operator_id != app.operator_id:
        raise NotFound("app", "This app is not registered here.", "Go back to the app and tell its developers.")
    return visitor.account


def _redirect_to_app(request: WebRequest, redirect: str, fields: _Fields, **params: str) -> Redirect:
    """Redirect to the app; the query of its address is preserved."""
    state = {"state": fields.get("state")} if fields.get("state") else {}
    query = urlencode({**params, **state, "iss": service_url(request)})
    return Redirect(f"{redirect}{'&' if '?' in redirect else '?'}{query}", status_code=303)


def _answer_client(request: WebRequest, fields: _Fields, action: Callable[[Store, App, _Fields], dict[str, Any] | None]) -> Response[Any]:
    """Requests by the app itself, without a driver: after too many wrong ones, its address is refused for some minutes."""
    tries, origin = sign_in_limits(request).apps, origin_of(request)
    if wait_s := tries.wait_s(origin):
        busy = {"error": "temporarily_unavailable", "error_description": "Too many failed attempts."}
        return Response(busy, status_code=429, headers={"retry-after": str(wait_s)})
    try:
        fields.check()
        with ports_of(request).transactions.begin() as store:
            app = find_app(store, fields.need("client_id"))
            if app is None:
                raise _OAuthError("invalid_client", "There is no app with this client_id.")
            found = action(store, app, fields)  # raised after the commit, because a refusal may revoke tokens
        if found is None:
            raise _OAuthError("invalid_grant", "It is invalid, has expired, or is not for this app, address or verifier.")
    except _OAuthError as error:
        tries.failed(origin)
        return Response({"error": error.code, "error_description": error.words}, status_code=400)
    return Response(found)


def _tokens(store: Store, app: App, fields: _Fields) -> dict[str, Any] | None:
    """None: refused."""
    tokens: AppTokens | None
    match fields.need("grant_type"):
        case "authorization_code":
            shown = AppCodeExchange(fields.need("code"), fields.need("redirect_uri"), fields.need("code_verifier"))
            tokens = exchange_code(store, app.id, shown, sealing.fresh_secret, wall_now())
        case "refresh_token":
            scopes = fields.scopes() if fields.get("scope") else ()
            try:
                tokens = refresh_app_tokens(store, app.id, fields.need("refresh_token"), scopes, sealing.fresh_secret, wall_now())
            except BadInput as error:
                raise _OAuthError(error.code, error.text) from error
        case _:
            raise _OAuthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")
    if tokens is None:
        return None
    life = {"token_type": "Bearer", "expires_in": int(ACCESS_LIFE.total_seconds()), "scope": " ".join(tokens.scopes)}
    return {"access_token": tokens.access, "refresh_token": tokens.refresh, **life}


def _revoked(store: Store, app: App, fields: _Fields) -> dict[str, Any]:
    revoke_app_token(store, app.id, fields.need("token"))
    return {}


def _read(text: str) -> _Fields:
    try:
        fields = parse_qsl(text, max_num_fields=_MAX_FIELDS)
    except ValueError:
        fields = []
    counts = Counter(name for name, _ in fields)
    return _Fields(dict(fields), frozenset(name for name, count in counts.items() if count > 1))


routes = Router("/", route_handlers=[authorize, answer, token, revoke, metadata])
