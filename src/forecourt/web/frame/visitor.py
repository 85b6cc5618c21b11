"""Who is asking: the sealed cookie or bearer token, the roles, and the check of form tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult

from forecourt.drivers import Account, AppGrant, AppScope, Duty, Role, SecretKind
from forecourt.flows.desk import Staff, grant_by_app_token, lacks_factor, token_pauses_at
from forecourt.kernel import DriverId, Forbidden, OperatorId, SiteId, client_network
from forecourt.web.frame import sealing
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.site_access import WHOLE_OPERATOR, check_site_access

SESSION_COOKIE = "fc_session"
FORM_COOKIE = "fc_form"
SESSION_LIFE = timedelta(days=14)
API_TOKEN_LIFE = timedelta(days=365)
_FOR_APPS = "/api/v1/"  # all that third-party apps can reach with their tokens
_SAFE = {"GET", "HEAD", "OPTIONS"}

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Visitor:
    """account: None if nobody is signed in. binding: what this visitor's form tokens are bound to. bearer: came with an API token.
    grant: of the app that asks on a driver's behalf; None: no app does. lacks_factor: must set up a second factor first. is_at_own_site:
    looks after certain sites only, and asks for something there. currency: of the account's operator. language: in which a driver is
    written to."""

    account: Account | None = None
    binding: str = ""
    bearer: bool = False
    grant: AppGrant | None = None
    lacks_factor: bool = False
    is_at_own_site: bool = False
    currency: str = ""
    language: str = ""

    @property
    def driver(self) -> DriverId | None:
        return self.account.driver_id if self.account else None

    @property
    def staff(self) -> bool:
        return self.account is not None and self.account.role is Role.OPERATOR

    @property
    def operator(self) -> OperatorId:
        if self.account is None or not self.staff:
            raise Forbidden("staff_only", "This part is for the operator’s staff.", "Sign in with a staff account.")
        if self.sites and not self.is_at_own_site:  # so that no route can forget this check
            raise Forbidden("own_sites", WHOLE_OPERATOR)
        return self.account.operator_id

    @property
    def sites(self) -> tuple[SiteId, ...]:
        """The operator's sites that this member of staff is restricted to; empty = all."""
        return self.account.sites if self.account and self.staff else ()

    @property
    def duties(self) -> tuple[Duty, ...]:
        """What this member of staff may change."""
        return tuple(one for one in Duty if self.account is not None and self.account.may(one))

    def require_account(self) -> Account:
        if self.account is None:
            raise Forbidden("sign_in", "You are not signed in.", "Sign in first.")
        return self.account

    def require_driver(self) -> DriverId:
        if self.driver is None:
            raise Forbidden("driver_only", "This part is for drivers.", "Sign in with a driver account.")
        return self.driver


ANONYMOUS = Visitor()


def wall_now() -> datetime:
    """Real time, UTC: sign-ins last real days, even where business time runs faster."""
    return datetime.now(UTC)


def ports_of(connection: Connection) -> WebPorts:
    ports: WebPorts = connection.app.state.ports
    return ports


def service_url(connection: Connection) -> str:
    """The address at which people reach the service, without a trailing slash."""
    return (ports_of(connection).public_url or str(connection.base_url)).rstrip("/")


def cookie_name(connection: Connection, name: str) -> str:
    """With HTTPS, names with a prefix that browsers accept only from this very host, so that no neighbouring host can sign anybody in or
    out (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if ports_of(connection).secure_cookies else name


def cookie_of(connection: Connection, name: str, default: str = "") -> str:
    return connection.cookies.get(cookie_name(connection, name), default)


def session_digest(connection: Connection) -> bytes:
    """The digest of this browser's sign-in."""
    return sealing.digest(sealing.unseal(ports_of(connection).secret_key, "session", cookie_of(connection, SESSION_COOKIE)) or "")


def origin_of(connection: Connection) -> str:
    """The place a request comes from, for limits per place."""
    return client_network(connection.client.host) if connection.client else ""


def staff_member(connection: Connection) -> Staff:
    """The member of staff who acts, and when: for changes and their audit log."""
    ports, visitor = ports_of(connection), visitor_of(connection)
    return Staff(visitor.operator, str(visitor.require_account().id), ports.clock.now(), ports.ids)


def visitor_of(connection: Connection) -> Visitor:
    """The visitor, also in responses made before sign-in was checked (unknown addresses)."""
    found = connection.scope.get("user")
    return found if isinstance(found, Visitor) else ANONYMOUS


class Identification(AbstractAuthenticationMiddleware):
    """Sets the Visitor of every request; a wrong or expired secret counts as nobody."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        return AuthenticationResult(await identify_visitor(connection), None)


async def identify_visitor(connection: Connection) -> Visitor:
    """The visitor by the request's credentials, as they are valid now. Raises NotAuthorizedException for an invalid token."""
    header, ports = connection.headers.get("authorization", ""), ports_of(connection)
    if header.lower().startswith("bearer "):
        token, api = header[7:].strip(), connection.scope["path"].startswith(_FOR_APPS)
        if token.startswith(f"{SecretKind.ACCESS}."):
            found = await sync_to_thread(visitor_of_app, ports, token) if api else ANONYMOUS
        else:
            found = await sync_to_thread(visitor_of_secret, ports, token, True)
        if found.account is None:
            raise NotAuthorizedException("The API token is not valid, or no longer valid.")
        return Visitor(found.account, bearer=True, grant=found.grant)
    binding = cookie_of(connection, FORM_COOKIE)
    sealed = cookie_of(connection, SESSION_COOKIE)
    secret = sealing.unseal(ports.secret_key, "session", sealed)
    found = await sync_to_thread(visitor_of_secret, ports, secret, False) if secret else ANONYMOUS
    return replace(found, binding=f"{binding}:{sealed if found.account else ''}")


async def is_still_signed_in(connection: Connection) -> bool:
    """Whether the visitor is still signed in with the same rights: for responses that stream for longer than a moment."""
    before = visitor_of(connection)
    try:
        now = await identify_visitor(connection)
    except NotAuthorizedException:
        return False
    return (now.account, now.lacks_factor) == (before.account, before.lacks_factor)


def visitor_of_secret(ports: WebPorts, secret: str, api: bool) -> Visitor:
    """The visitor a secret signs in; nobody if it is unknown, expired, or of the other kind. Raises TokenPaused."""
    with ports.transactions.begin() as store:
        found = store.drivers.sign_in(sealing.digest(secret))
        if found is None or found.api is not api or found.expires_at <= wall_now():
            return ANONYMOUS
        account = store.drivers.account(found.account_id)
        if account is None or account.closed_at:
            return ANONYMOUS
        pauses_at = token_pauses_at(store, account, found) if api else None
        if pauses_at is not None and pauses_at <= wall_now():
            raise TokenPaused
        currency = store.stations.operator(account.operator_id).currency
        driver = store.drivers.driver(account.driver_id) if account.driver_id and not api else None
        language = driver.language if driver else ""
        return Visitor(
            account, lacks_factor=not api and not found.factor_shown and lacks_factor(store, account), currency=currency, language=language
        )


def visitor_of_app(ports: WebPorts, access: str) -> Visitor:
    """The driver on whose behalf a third-party app asks; nobody if its token is invalid."""
    with ports.transactions.begin() as store:
        grant = grant_by_app_token(store, access, wall_now())
        account = store.drivers.account(grant.account_id) if grant else None
        if account is None or account.closed_at or account.driver_id is None:
            return ANONYMOUS
        return Visitor(account, grant=grant, currency=store.stations.operator(account.operator_id).currency)


class TokenPaused(NotAuthorizedException):
    """An API token whose owner has not signed in through their company for too long."""


class SecondFactorRequired(Forbidden):
    """Signed in by password alone, although the operator's staff need a second factor."""

    def __init__(self) -> None:
        super().__init__("factor_first", "Your team requires a second factor.", "Set one up under Account first.")


class InsufficientScope(Forbidden):
    """The driver has not agreed to what an app asks (RFC 6750, 3.1). scope: what it would need."""

    def __init__(self, scope: AppScope) -> None:
        super().__init__("insufficient_scope", "The driver has not let this app do that.", "Connect the app again, with this permission.")
        self.scope = scope


def require_scope(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for every route: an app reads or changes only if its driver agreed to that. Reads are GET, and what changes nothing (opt
    `reads`)."""
    grant = visitor_of(connection).grant
    reads = connection.scope.get("method") in _SAFE or bool(handler.opt.get("reads"))
    needed = AppScope.READ if reads else AppScope.WRITE
    if grant is not None and not grant.permits(needed):
        raise InsufficientScope(needed)


def require_second_factor(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for every route: without a required second factor, people may only set it up (opt `before_factor`) or sign out."""
    if visitor_of(connection).lacks_factor and not handler.opt.get("before_factor"):
        raise SecondFactorRequired


async def staff_only(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for staff routes: all staff may read (those with certain sites, only these); changes need the duty that the route names (opt
    `duty`)."""
    await _require_sign_in(connection)
    visitor = visitor_of(connection)
    if visitor.account is None or not visitor.staff:
        raise Forbidden("staff_only", "This part is for the operator’s staff.", "Sign in with a staff account.")
    if visitor.sites:
        await sync_to_thread(_check_site_access, connection, visitor.account, handler.opt)
        connection.scope["user"] = replace(visitor, is_at_own_site=True)
    if connection.scope.get("method") not in _SAFE and not may_change(connection, visitor):
        raise Forbidden("duty", "You can view this but not change it.", "Ask someone who manages your team.")


def _check_site_access(connection: Connection, account: Account, opt: Mapping[str, Any]) -> None:
    with ports_of(connection).transactions.begin() as store:
        check_site_access(store, account, opt, connection.path_params, connection.query_params.getall("site", []))


def may_change(connection: Connection | Request[Any, Any, Any], visitor: Visitor) -> bool:
    """Whether this member of staff may change what the route is about."""
    handler: BaseRouteHandler | None = connection.scope.get("route_handler")
    return visitor.account is not None and visitor.account.may(handler.opt.get("duty") if handler else None)


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    await _require_sign_in(connection)


async def _require_sign_in(connection: Connection) -> None:
    if visitor_of(connection).account is not None:
        return
    if isinstance(connection, Request) and connection.method not in _SAFE and not _is_cross_site(connection):
        connection.state.typed = await connection.form()  # shown again after the sign-in
    raise NotAuthorizedException("Sign in first.")


def form_token_for(connection: Connection, binding: str) -> str:
    """A form token for a page, bound to this visitor, with a mark of who they are for forms sent after the sign-in has expired."""
    secret_key, author = ports_of(connection).secret_key, author_of(binding.partition(":")[0], visitor_of(connection).account)
    token = sealing.form_token(secret_key, binding)
    return f"{token}.{sealing.form_token(secret_key, author)}" if author else token


def author_of(form_cookie: str, account: Account | None) -> str:
    """Identifies who fills in forms in this browser, across sign-ins; empty if unknown."""
    return f"by:{form_cookie}:{account.id.hex}" if form_cookie and account else ""


def _is_cross_site(request: Request[Any, Any, Any]) -> bool:
    """Whether the request was sent from another site's page."""
    origin = request.headers.get("origin")
    return bool(origin) and origin != "null" and urlsplit(origin).netloc != request.headers.get("host")


async def check_form_token(request: Request[Any, Any, Any]) -> None:
    """Guard for every handler: a request that changes something must carry this visitor's form token.

    Browsers do not send bearer tokens on their own, so requests with one need no form token. Routes with opt `open_to_machines` (the
    payment webhook) authenticate in other ways.
    """
    visitor = visitor_of(request)
    if request.method in _SAFE or visitor.bearer or request.route_handler.opt.get("open_to_machines"):
        return
    if _is_cross_site(request):
        raise Forbidden("foreign_origin", "The form came from another website.", "Open the page on this website and try again.")
    request.state.typed = await request.form()  # for the page that reports the error
    token = (request.headers.get("x-csrf-token") or str(request.state.typed.get("_csrf", ""))).partition(".")[0]
    if not cookie_of(request, FORM_COOKIE) or not sealing.form_token_fits(ports_of(request).secret_key, visitor.binding, token):
        raise Forbidden("form_expired", "The page was open too long, or cookies are turned off.", "Go back to the form and send it again.")
