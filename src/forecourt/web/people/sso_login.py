"""Single sign-on: find the company, go to its identity provider, and return to the requested page."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Identity, SingleSignOn
from forecourt.flows.desk import ProviderReturn, Staff, log_sso_sign_in, member_by_identity
from forecourt.flows.ports import Store
from forecourt.kernel import Forbidden, NotFound, Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.headers import SECRET_PAGE_HEADERS
from forecourt.web.frame.responses import WebRequest, page, redirect_to, safe_path
from forecourt.web.frame.visitor import origin_of, ports_of, visitor_of, wall_now
from forecourt.web.people.sign_in import SsoSession, complete_sso_sign_in, sign_in_limits, start_page, too_many_text
from forecourt.web.people.sso_redirect import (
    NO_SSO,
    SsoState,
    active_sso,
    expired_state_cookie,
    fetch_identity,
    read_state,
    redirect_to_provider,
    sso_path,
)
from forecourt.web.people.sso_setup import end_trial


class CompanyForm(Struct):
    email: str = ""
    back: str = "/"


@get("/login/company", sync_to_thread=True)
def company_page(request: WebRequest, back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, start_page(visitor_of(request).account))
    return _page(request, back)


@post("/login/company", sync_to_thread=True, status_code=200)
def find_company(request: WebRequest, data: URLEncodedBody[CompanyForm]) -> Response[Any]:
    """By the domain of an email address, which does not reveal whether the address itself is known. The answer redirects from a page, as a
    form's response may not lead to another site (form-action)."""
    tries, origin = sign_in_limits(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, data.back, wait_s)
    with ports_of(request).transactions.begin() as store:
        found = _of_domain(store, data.email.strip().lower()[:254])
    if found is None:
        tries.failed(origin)
        return _page(request, data.back, NotFound("sso", *NO_SSO), data.email[:254])
    return page(request, "console/sso_redirect.html", leads=sso_path(found.operator_id, data.back), tab="account")


@get("/login/company/{operator_id:uuid}", sync_to_thread=True)
def begin(request: WebRequest, operator_id: FromPath[UUID], back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, start_page(visitor_of(request).account))
    tries, origin = sign_in_limits(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, back, wait_s)
    try:
        return redirect_to_provider(request, active_sso(request, operator_id), back)
    except Refused as error:
        tries.failed(origin)
        return _page(request, back, error)


@get("/login/company/{operator_id:uuid}/back", sync_to_thread=True, response_headers=SECRET_PAGE_HEADERS)
def return_from_provider(request: WebRequest, operator_id: FromPath[UUID]) -> Response[Any]:
    """Handle the provider's redirect."""
    tries, origin = sign_in_limits(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, "/", wait_s)
    try:
        state = read_state(request, operator_id)
    except Refused as error:  # other sites can link here too: a sign-in under way continues, and nothing is counted
        return _page(request, "/", error)
    try:
        answer = end_trial(request, state) if state.trial else _sign_in(request, state)
    except Refused as error:
        tries.failed(origin)
        answer = _page(request, state.back, error)
    answer.set_cookie(expired_state_cookie(request))
    return answer


def _sign_in(request: WebRequest, state: SsoState) -> Response[Any]:
    sso = active_sso(request, state.operator_id)
    identity = fetch_identity(request, sso, state)
    ports, shown = ports_of(request), sso.factor_shown(identity)
    with ports.transactions.begin() as store:
        account = member_by_identity(store, sso, ProviderReturn(identity, state.left_at, wall_now()))
        if account is not None:
            by = Staff(sso.operator_id, str(account.id), ports.clock.now(), ports.ids)
            log_sso_sign_in(store, by, account, _factor_words(sso, identity))
            return complete_sso_sign_in(request, store, account, state.back, SsoSession(identity.session, shown))
    raise _unknown_person(identity)


def _unknown_person(identity: Identity) -> Forbidden:
    """The same answer for people who are blocked, another operator's, or unknown."""
    if not identity.email:
        return Forbidden(
            "sso_unverified",
            "Your company’s sign-in provider does not confirm that your email address is verified.",
            "Without that, we cannot tell who you are. Contact the person who manages sign-in at your company.",
        )
    return Forbidden("sso_nobody", "You are not on this company’s team here.", "Ask a colleague to add you to the team.")


def _factor_words(sso: SingleSignOn, identity: Identity) -> str:
    if identity.strong is None:
        return "second factor: the provider is trusted with it" if sso.trusts_factor else "second factor: ours, where there is one"
    return "second factor: shown to the provider" if identity.strong else "second factor: none at the provider, ours where there is one"


def _of_domain(store: Store, email: str) -> SingleSignOn | None:
    """The single sign-on of the one operator with staff at this domain; None if there is none, or more than one."""
    domain = f"@{email.rpartition('@')[2]}"
    counting = [one for one in store.sso.all() if one.tried_at is not None and "@" in email]
    having = [one for one in counting if any(person.email.endswith(domain) for person in store.drivers.team(one.operator_id))]
    return having[0] if len(having) == 1 else None


def _too_many(request: WebRequest, back: str, wait_s: int) -> Response[str]:
    answer = _page(request, back, Forbidden("too_many", too_many_text(wait_s)), status=429)
    answer.headers["retry-after"] = str(wait_s)
    return answer


def _page(request: WebRequest, back: str, error: Refused | None = None, email: str = "", status: int = 0) -> Response[str]:
    shown = {"back": safe_path(back), "password": f"/login?back={quote(safe_path(back))}", "error": error, "email": email}
    return page(request, "console/sso_login.html", status or (status_of(error) if error else 200), **shown, tab="account")


routes = Router("/", route_handlers=[company_page, find_company, begin, return_from_provider])
