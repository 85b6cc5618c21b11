"""The operator's team: its members, their duties, how a new one gets a password, and their second factors."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Account, Duty
from forecourt.flows.desk import (
    INVITATION_LIFETIME,
    add_to_team,
    close_account,
    member_for_link,
    remove_factor,
    reopen_account,
    require_factors,
    send_invitation,
    set_duties,
    set_sites,
    uncovered_duties,
)
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.web.frame.lists import selected_sites
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of, wall_now
from forecourt.web.people.drivers import invitation

_HOME = "/console/team"
DUTIES = (
    (Duty.SITES, "Sites and chargers", "chargers, sockets, limits, power sharing, booking rules"),
    (Duty.PRICES, "Prices and offers", "tariffs, offers, memberships, demand-based prices"),
    (Duty.MONEY, "Money", "credit notes, refunds, debts, disputes, partners' statements, charges that need review"),
    (Duty.TEAM, "Team and messages", "the team, and messages to drivers and to your own system"),
)


class DutyForm(Struct):
    """Each "on" if ticked."""

    sites: str = ""
    prices: str = ""
    money: str = ""
    team: str = ""

    @property
    def duties(self) -> tuple[Duty, ...]:
        return tuple(duty for duty in Duty if getattr(self, duty.lower()) == "on")


class SitesForm(Struct):
    """None ticked: all sites."""

    sites: list[UUID] | UUID | None = None


class RuleForm(Struct):
    needed: str = ""


class NewcomerForm(DutyForm):
    email: str = ""


@get("/team", sync_to_thread=True)
def team(request: WebRequest) -> Response[Any]:
    return _page(request)


@post("/team", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[NewcomerForm]) -> Response[Any]:
    """The new member chooses a password by a link: emailed, or shown once if no mail is sent. Only they know it."""
    try:
        with ports_of(request).transactions.begin() as store:
            account = add_to_team(store, staff_member(request), data.email, data.duties)
            _mail(request, store, account)
    except (BadInput, Conflict) as error:
        return _page(request, 400, error=f"{error.text} {error.remedy}".strip(), typed=data)
    return _page(request, invited=account)


@post("/team/{account_id:uuid}/link", sync_to_thread=True, status_code=200)
def link(request: WebRequest, account_id: FromPath[UUID]) -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        account = member_for_link(store, staff_member(request), account_id)
        _mail(request, store, account)
    return _page(request, invited=account)


@post("/team/{account_id:uuid}/duties", sync_to_thread=True, status_code=303)
def duties(request: WebRequest, account_id: FromPath[UUID], data: URLEncodedBody[DutyForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        set_duties(store, staff_member(request), account_id, data.duties)
    return redirect_to(request, _HOME, "kept")


@post("/team/{account_id:uuid}/sites", sync_to_thread=True, status_code=303)
def own_sites(request: WebRequest, account_id: FromPath[UUID], data: URLEncodedBody[SitesForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        set_sites(store, staff_member(request), account_id, selected_sites(data.sites))
    return redirect_to(request, _HOME, "kept")


@post("/team/{account_id:uuid}/close", sync_to_thread=True, status_code=303)
def close(request: WebRequest, account_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        close_account(store, staff_member(request), account_id)
    return redirect_to(request, _HOME, "kept")


@post("/team/{account_id:uuid}/open", sync_to_thread=True, status_code=303)
def reopen(request: WebRequest, account_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        reopen_account(store, staff_member(request), account_id)
    return redirect_to(request, _HOME, "kept")


@post("/team/{account_id:uuid}/factor-off", sync_to_thread=True, status_code=303)
def factor_off(request: WebRequest, account_id: FromPath[UUID]) -> Redirect:
    """For a colleague who has lost phone and recovery codes."""
    with ports_of(request).transactions.begin() as store:
        remove_factor(store, staff_member(request), account_id)
    return redirect_to(request, _HOME, "kept")


@post("/team/factors", sync_to_thread=True, status_code=303)
def factors(request: WebRequest, data: URLEncodedBody[RuleForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        require_factors(store, staff_member(request), data.needed == "on")
    return redirect_to(request, _HOME, "kept")


def _mail(request: WebRequest, store: Store, account: Account) -> None:
    if ports_of(request).sends_email:
        send_invitation(store, staff_member(request), account, wall_now() + INVITATION_LIFETIME)


def _page(
    request: WebRequest, status: int = 200, invited: Account | None = None, error: str = "", typed: NewcomerForm | None = None
) -> Response[Any]:
    visitor = visitor_of(request)
    with ports_of(request).transactions.begin() as store:
        people = store.drivers.team(visitor.operator)
        secured = {one.id for one in people if store.factors.factor(one.id)}
        sites = store.stations.sites(visitor.operator)
        needed = store.stations.operator(visitor.operator).team_needs_factor
    uncovered = uncovered_duties(people)
    values = {
        "secured": secured,
        "needed": needed,
        "sends_email": ports_of(request).sends_email,
        "people": people,
        "sites": sites,
        "choices": DUTIES,
        "nobody": uncovered,
        "alone": {one.id: [duty for duty in uncovered_duties(people, one.id) if duty not in uncovered] for one in people},
        "typed": typed or NewcomerForm(),
        "error": error,
        "invited": invited,
    }
    link = invitation(request, invited) if invited and not ports_of(request).sends_email else ""
    answer = page(request, "console/team.html", status, **values, link=link, tab="team")
    answer.headers["cache-control"] = "no-store"
    return answer


pages = Router("/", route_handlers=[team, add, link, duties, own_sites, close, reopen, factor_off, factors], opt={"duty": Duty.TEAM})
