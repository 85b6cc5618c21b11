"""Changing an account's email address: requested after re-authentication, confirmed or undone by a link."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.desk import (
    CONFIRM_LIFETIME,
    RESET_LIFETIME,
    UNDO_LIFETIME,
    EmailChange,
    apply_email_change,
    password_key,
    read_email_change,
    request_email_change,
    undo_email_change,
)
from forecourt.kernel import BadInput, Conflict, Text
from forecourt.web.frame.headers import SECRET_PAGE_HEADERS
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import origin_of, ports_of, signed_in, visitor_of, wall_now
from forecourt.web.people.passwords import link_ended_page
from forecourt.web.people.reauthentication import ProofForm, reauthenticate
from forecourt.web.people.sign_in import sign_in_limits, too_many_text


class EmailForm(ProofForm):
    email: str = ""


@get("/account/email", sync_to_thread=True, guards=[signed_in])
def change_page(request: WebRequest) -> Response[str]:
    return _page(request, "", {})


@post("/account/email", sync_to_thread=True, guards=[signed_in], status_code=200)
def request_change(request: WebRequest, data: URLEncodedBody[EmailForm]) -> Response[str]:
    """The same answer if the address is already taken: its owner is told by email."""
    ports, limits, email = ports_of(request), sign_in_limits(request), data.email.strip().lower()[:254]
    if not ports.sends_email:
        return _page(request, email, {"email": Text("No email is sent from here, so addresses cannot be confirmed.")}, 409)
    if wait_s := max(limits.emails_by_address.wait_s(email), limits.emails_by_origin.wait_s(origin_of(request))):
        answer = _page(request, email, {"email": too_many_text(wait_s)}, 429)
        answer.headers["retry-after"] = str(wait_s)
        return answer
    until = wall_now() + CONFIRM_LIFETIME
    try:
        failure = reauthenticate(
            request, data, lambda store, mine: request_email_change(store, mine, email, ports.clock.now(), until, ports.ids)
        )
    except BadInput as error:
        return _page(request, email, {"email": error.full_message}, 400)
    if failure:
        return failure.with_retry_after(_page(request, email, {failure.field: failure.text}, failure.status))
    limits.emails_by_address.failed(email)
    limits.emails_by_origin.failed(origin_of(request))
    return page(request, "auth/email_link_sent.html", email=email, tab="account")


@get("/email/{key:str}", sync_to_thread=True, response_headers=SECRET_PAGE_HEADERS)
def link_page(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """Opening the link does not use it up: mail systems open links before people do."""
    found = _change(request, key)
    return page(request, "auth/email_link.html", change=found, tab="account") if isinstance(found, EmailChange) else found


@post("/email/{key:str}", sync_to_thread=True, status_code=200, response_headers=SECRET_PAGE_HEADERS)
def follow_link(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """After undoing, a new password is chosen at once: the owner of the old mailbox owns the account; the other person may be a thief who
    knew the password."""
    found, ports = _change(request, key), ports_of(request)
    if not isinstance(found, EmailChange):
        return found
    with ports.transactions.begin() as store:
        if not found.undo:
            apply_email_change(store, found, ports.clock.now(), wall_now() + UNDO_LIFETIME, ports.ids)
            return redirect_to(request, "/account", "email_changed")
        account = undo_email_change(store, found, ports.clock.now(), ports.ids)
    return redirect_to(request, f"/password/{password_key(ports.secret_key, account, wall_now() + RESET_LIFETIME)}", "email_back")


def _change(request: WebRequest, key: str) -> EmailChange | Response[str]:
    """What a link does, or the page that says it is invalid. Wrong ones are counted."""
    links, origin, ports = sign_in_limits(request).links, origin_of(request), ports_of(request)
    if links.wait_s(origin):
        raise Conflict("many_links", "Too many links were tried from your network.", too_many_text(links.wait_s(origin)))
    with ports.transactions.begin() as store:
        found = read_email_change(store, ports.secret_key, key, wall_now())
    if found is None:
        links.failed(origin)
        return link_ended_page(request)
    return found


def _page(request: WebRequest, email: str, errors: dict[str, str], status: int = 200) -> Response[str]:
    ports, account = ports_of(request), visitor_of(request).require_account()
    with ports.transactions.begin() as store:
        factor = store.factors.factor(account.id) is not None
    shown: dict[str, Any] = {"now": account.email, "email": email, "errors": errors, "factor": factor, "sends_email": ports.sends_email}
    return page(request, "auth/email.html", status, **shown, tab="account")


routes = Router("/", route_handlers=[change_page, request_change, link_page, follow_link])
