"""Single sign-on: find the company, go to its identity provider, and return to the requested page."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Identity, SingleSignOn
from forecourt.flows.desk import Arrival, Staff, came_by_company, person_of
from forecourt.flows.ports import Store
from forecourt.kernel import Forbidden, NotFound, Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.headers import SECRET_PAGE_HEADERS
from forecourt.web.frame.responses import WebRequest, page, redirect_to, safe_path
from forecourt.web.frame.visitor import origin_of, ports_of, visitor_of, wall_now
from forecourt.web.people.company_setup import end_trial
from forecourt.web.people.company_way import NONE_HERE, Leave, counting_sso, gone, identity_back, leave, left_with, start_of
from forecourt.web.people.doors import ByCompany, doors_of, home_of, let_in_by_company, too_many


class CompanyForm(Struct):
    email: str = ""
    back: str = "/"


@get("/login/company", sync_to_thread=True)
def company_page(request: WebRequest, back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, home_of(visitor_of(request).account))
    return _page(request, back)


@post("/login/company", sync_to_thread=True, status_code=200)
def find_company(request: WebRequest, data: URLEncodedBody[CompanyForm]) -> Response[Any]:
    """By the domain of an email address, which does not reveal whether the address itself is known. The answer redirects from a page, as a
    form's response may not lead to another site (form-action)."""
    tries, origin = doors_of(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, data.back, wait_s)
    with ports_of(request).transactions.begin() as store:
        found = _of_domain(store, data.email.strip().lower()[:254])
    if found is None:
        tries.failed(origin)
        return _page(request, data.back, NotFound("sso", *NONE_HERE), data.email[:254])
    return page(request, "console/company_leave.html", leads=start_of(found.operator_id, data.back), tab="account")


@get("/login/company/{operator_id:uuid}", sync_to_thread=True)
def begin(request: WebRequest, operator_id: FromPath[UUID], back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, home_of(visitor_of(request).account))
    tries, origin = doors_of(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, back, wait_s)
    try:
        return leave(request, counting_sso(request, operator_id), back)
    except Refused as error:
        tries.failed(origin)
        return _page(request, back, error)


@get("/login/company/{operator_id:uuid}/back", sync_to_thread=True, response_headers=SECRET_PAGE_HEADERS)
def come_back(request: WebRequest, operator_id: FromPath[UUID]) -> Response[Any]:
    """Handle the provider's redirect."""
    tries, origin = doors_of(request).companies, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return _too_many(request, "/", wait_s)
    try:
        left = left_with(request, operator_id)
    except Refused as error:  # a stranger's page can lead here as well: what is under way goes on, and nothing is counted
        return _page(request, "/", error)
    try:
        answer = end_trial(request, left) if left.trial else _let_in(request, left)
    except Refused as error:
        tries.failed(origin)
        answer = _page(request, left.back, error)
    answer.set_cookie(gone(request))
    return answer


def _let_in(request: WebRequest, left: Leave) -> Response[Any]:
    sso = counting_sso(request, left.operator_id)
    identity = identity_back(request, sso, left)
    ports, shown = ports_of(request), sso.factor_shown(identity)
    with ports.transactions.begin() as store:
        account = person_of(store, sso, Arrival(identity, left.left_at, wall_now()))
        if account is not None:
            by = Staff(sso.operator_id, str(account.id), ports.clock.now(), ports.ids)
            came_by_company(store, by, account, _factor_words(sso, identity))
            return let_in_by_company(request, store, account, left.back, ByCompany(identity.session, shown))
    raise _nobody(identity)


def _nobody(identity: Identity) -> Forbidden:
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
    answer = _page(request, back, Forbidden("too_many", too_many(wait_s)), status=429)
    answer.headers["retry-after"] = str(wait_s)
    return answer


def _page(request: WebRequest, back: str, error: Refused | None = None, email: str = "", status: int = 0) -> Response[str]:
    shown = {"back": safe_path(back), "password": f"/login?back={quote(safe_path(back))}", "error": error, "email": email}
    return page(request, "console/company_login.html", status or (status_of(error) if error else 200), **shown, tab="account")


routes = Router("/", route_handlers=[company_page, find_company, begin, come_back])
