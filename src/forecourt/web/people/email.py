"""Changing an account's email address: requested after re-authentication, confirmed or undone by a link."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.desk import (
    CONFIRM_FOR,
    RESET_FOR,
    UNDO_FOR,
    AddressChange,
    ask_for_address,
    change_address,
    change_of_key,
    password_key,
    undo_address,
)
from forecourt.kernel import BadInput, Conflict, Text
from forecourt.web.frame.headers import SECRET_PAGE_HEADERS
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import origin_of, ports_of, signed_in, visitor_of, wall_now
from forecourt.web.people.doors import doors_of, too_many
from forecourt.web.people.passwords import ended
from forecourt.web.people.reauthentication import ProofForm, unproved


class EmailForm(ProofForm):
    email: str = ""


@get("/account/email", sync_to_thread=True, guards=[signed_in])
def changing(request: WebRequest) -> Response[str]:
    return _page(request, "", {})


@post("/account/email", sync_to_thread=True, guards=[signed_in], status_code=200)
def ask(request: WebRequest, data: URLEncodedBody[EmailForm]) -> Response[str]:
    """The same answer if the address is already taken: its owner is told by email."""
    ports, doors, email = ports_of(request), doors_of(request), data.email.strip().lower()[:254]
    if not ports.mails:
        return _page(request, email, {"email": Text("No email is sent from here, so addresses cannot be confirmed.")}, 409)
    if wait_s := max(doors.letters_by_email.wait_s(email), doors.letters_by_origin.wait_s(origin_of(request))):
        answer = _page(request, email, {"email": too_many(wait_s)}, 429)
        answer.headers["retry-after"] = str(wait_s)
        return answer
    until = wall_now() + CONFIRM_FOR
    try:
        doubt = unproved(request, data, lambda store, mine: ask_for_address(store, mine, email, ports.clock.now(), until, ports.ids))
    except BadInput as error:
        return _page(request, email, {"email": error.told}, 400)
    if doubt:
        return doubt.answered(_page(request, email, {doubt.field: doubt.text}, doubt.status))
    doors.letters_by_email.failed(email)
    doors.letters_by_origin.failed(origin_of(request))
    return page(request, "auth/email_asked.html", email=email, tab="account")


@get("/email/{key:str}", sync_to_thread=True, response_headers=SECRET_PAGE_HEADERS)
def looking(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """Opening the link does not use it up: mail systems open links before people do."""
    found = _change(request, key)
    return page(request, "auth/email_link.html", change=found, tab="account") if isinstance(found, AddressChange) else found


@post("/email/{key:str}", sync_to_thread=True, status_code=200, response_headers=SECRET_PAGE_HEADERS)
def following(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """After undoing, a new password is chosen at once: the owner of the old mailbox owns the account; the other person may be a thief who
    knew the password."""
    found, ports = _change(request, key), ports_of(request)
    if not isinstance(found, AddressChange):
        return found
    with ports.transactions.begin() as store:
        if not found.undo:
            change_address(store, found, ports.clock.now(), wall_now() + UNDO_FOR, ports.ids)
            return redirect_to(request, "/account", "email_changed")
        account = undo_address(store, found, ports.clock.now(), ports.ids)
    return redirect_to(request, f"/password/{password_key(ports.secret_key, account, wall_now() + RESET_FOR)}", "email_back")


def _change(request: WebRequest, key: str) -> AddressChange | Response[str]:
    """What a link does, or the page that says it is invalid. Wrong ones are counted."""
    links, origin, ports = doors_of(request).links, origin_of(request), ports_of(request)
    if links.wait_s(origin):
        raise Conflict("many_links", "Too many links were tried from your network.", too_many(links.wait_s(origin)))
    with ports.transactions.begin() as store:
        found = change_of_key(store, ports.secret_key, key, wall_now())
    if found is None:
        links.failed(origin)
        return ended(request)
    return found


def _page(request: WebRequest, email: str, errors: dict[str, str], status: int = 200) -> Response[str]:
    ports, account = ports_of(request), visitor_of(request).require_account()
    with ports.transactions.begin() as store:
        factor = store.factors.factor(account.id) is not None
    shown: dict[str, Any] = {"now": account.email, "email": email, "errors": errors, "factor": factor, "mails": ports.mails}
    return page(request, "auth/email.html", status, **shown, tab="account")


routes = Router("/", route_handlers=[changing, ask, looking, following])
