"""Setting up single sign-on: the connection to the company's identity provider, the trial, and its rules."""

from typing import Any

from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty, SingleSignOn
from forecourt.flows.desk import Connection, SsoRules, activate_sso, connect_sso, disconnect_sso, set_sso_rules
from forecourt.kernel import BadInput, Conflict, Forbidden, Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, staff_member, visitor_of, wall_now
from forecourt.web.people.sso_redirect import (
    SsoState,
    fetch_identity,
    logout_url,
    providers_of,
    redirect_to_provider,
    redirect_uri,
    seal_client_secret,
)

_HOME = "/console/single-sign-on"


class ConnectionForm(Struct):
    """client_secret: empty = unchanged."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""


class RulesForm(Struct):
    """passwords, trusts_factor: "on" if ticked. token_days: as typed; empty = unchanged."""

    passwords: str = ""
    trusts_factor: str = ""
    token_days: str = ""


@get("/single-sign-on", sync_to_thread=True)
def setup_page(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/single-sign-on", sync_to_thread=True, status_code=200)
def connect(request: WebRequest, data: URLEncodedBody[ConnectionForm]) -> Response[Any]:
    """Saved once the provider's metadata is complete; used once a trial succeeded."""
    operator_id = visitor_of(request).operator
    sealed = seal_client_secret(request, operator_id, data.client_secret.strip()[:1000]) if data.client_secret.strip() else None
    try:
        wanted = Connection(data.issuer.strip(), data.client_id.strip(), sealed)
        providers_of(request).provider(wanted.issuer)
        with ports_of(request).transactions.begin() as store:
            connect_sso(store, staff_member(request), wanted)
    except Refused as error:
        return _page(request, error, data)
    return redirect_to(request, _HOME, "kept")


@get("/single-sign-on/try", sync_to_thread=True)
def start_trial(request: WebRequest) -> Response[Any]:
    """A link, as a form may not lead to another site (form-action). It changes nothing."""
    account, sso = visitor_of(request).require_account(), _own(request)
    if sso is None or sso.keeper_id != account.id or not account.may(Duty.TEAM):
        raise Forbidden("sso_keeper", "Only the person who last entered the connection can try it.", "Enter it again, then try it.")
    try:
        return redirect_to_provider(request, sso, _HOME, account.id)
    except Refused as error:
        return _page(request, error)


@post("/single-sign-on/rules", sync_to_thread=True, status_code=200)
def rules(request: WebRequest, data: URLEncodedBody[RulesForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            set_sso_rules(store, staff_member(request), _rules(data), wall_now())
    except Refused as error:
        return _page(request, error, rules=data)
    return redirect_to(request, _HOME, "kept")


@post("/single-sign-on/remove", sync_to_thread=True, status_code=303)
def remove(request: WebRequest) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        disconnect_sso(store, staff_member(request))
    return redirect_to(request, _HOME, "kept")


def end_trial(request: WebRequest, state: SsoState) -> Response[Any]:
    """The person who set it up came back from the provider: in the same browser, still signed in, as themselves."""
    account = visitor_of(request).account
    if account is None or account.id != state.trial or account.operator_id != state.operator_id:
        raise BadInput(
            "sso_way", "You are no longer signed in as the person who started this.", "Sign in with your password and try again."
        )
    sso = _own(request)
    try:
        if sso is None:
            raise Conflict("sso_changed", "It has been changed in the meantime.", "Try it again.")
        identity = fetch_identity(request, sso, state)
        with ports_of(request).transactions.begin() as store:
            activate_sso(store, staff_member(request), sso, identity, wall_now())
    except Refused as error:
        return _page(request, error)
    return redirect_to(request, _HOME, "sso_on")


def _typed(sso: SingleSignOn) -> RulesForm:
    return RulesForm("on" if sso.passwords else "", "on" if sso.trusts_factor else "", str(sso.token_days))


def _rules(data: RulesForm) -> SsoRules:
    days_text = data.token_days.strip()
    days = int(days_text) if days_text.isascii() and days_text.isdigit() and len(days_text) < 5 else 0
    return SsoRules(data.passwords == "on", data.trusts_factor == "on", days if days_text else None)


def _own(request: WebRequest) -> SingleSignOn | None:
    with ports_of(request).transactions.begin() as store:
        return store.sso.of(visitor_of(request).operator)


def _page(
    request: WebRequest, error: Refused | None = None, typed: ConnectionForm | None = None, rules: RulesForm | None = None
) -> Response[str]:
    visitor = visitor_of(request)
    with ports_of(request).transactions.begin() as store:
        sso = store.sso.of(visitor.operator)
        zone = store.stations.operator(visitor.operator).zone
        people = [one for one in store.drivers.team(visitor.operator) if one.closed_at is None]
    shown: dict[str, Any] = {
        "sso": sso,
        "zone": zone,
        "keeper": next((one for one in people if sso and one.id == sso.keeper_id), None),
        "linked": sum(bool(one.sso_subject) for one in people),
        "people": len(people),
        "redirect": redirect_uri(request, visitor.operator),
        "logout_url": logout_url(request, visitor.operator),
        "own_address": f"{service_url(request)}/login/company/{visitor.operator}",
        "typed": typed or ConnectionForm(sso.issuer if sso else "", sso.client_id if sso else ""),
        "rules": rules or (_typed(sso) if sso else RulesForm()),
        "error": error,
    }
    return page(request, "console/single_sign_on.html", status_of(error) if error else 200, **shown, tab="team")


pages = Router("/", route_handlers=[setup_page, connect, start_trial, rules, remove], opt={"duty": Duty.TEAM})
