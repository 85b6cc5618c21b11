"""Choosing a password by the link one was sent."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Account
from forecourt.flows import account_of_key, choose_password
from forecourt.kernel import Conflict
from forecourt.web.frame.answers import Asked, go, page
from forecourt.web.frame.headers import SECRET_PAGE
from forecourt.web.frame.passwords import mistake_in
from forecourt.web.frame.visit import ports_of, wall_now
from forecourt.web.people.signing import Doors, hashing, home_of, open_session, origin_of, too_many


class ChosenForm(Struct):
    password: str = ""


@get("/password/{key:str}", sync_to_thread=True, response_headers=SECRET_PAGE)
def choosing(request: Asked, key: FromPath[str]) -> Response[Any]:
    """Looking uses nothing up: mail systems look at links before people do."""
    found = _whose(request, key)
    return _choice(request, found) if isinstance(found, Account) else found


@post("/password/{key:str}", sync_to_thread=True, status_code=200, response_headers=SECRET_PAGE)
def choose(request: Asked, key: FromPath[str], data: URLEncodedBody[ChosenForm]) -> Response[Any]:
    found = _whose(request, key)
    if not isinstance(found, Account):
        return found
    if error := mistake_in(data.password):
        return _choice(request, found, error)
    ports = ports_of(request)
    with hashing():
        password_hash = ports.passwords.hash(data.password)
    try:
        with ports.transactions.begin() as store:
            account = choose_password(store, found, password_hash)
            session = open_session(request, store, account)
    except Conflict:  # whoever used the link first has it
        return _ended(request)
    _doors(request).by_email.succeeded(account.email)
    return go(request, home_of(account), "password_chosen", [session])


def _whose(request: Asked, key: str) -> Account | Response[Any]:
    """The account a link is for, or the page that says it is no good. Wrong ones are counted."""
    links, origin = _doors(request).links, origin_of(request)
    if wait_s := links.wait_s(origin):
        answer = page(request, "auth/link_ended.html", 429, title="Too many tries", error=too_many(wait_s), tab="account")
        answer.headers["retry-after"] = str(wait_s)
        return answer
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        account = account_of_key(store, ports.secret_key, key, wall_now())
    if account is None:
        links.failed(origin)
        return _ended(request)
    return account


def _choice(request: Asked, account: Account, error: str = "") -> Response[str]:
    first = not account.password_hash
    return page(request, "auth/choose.html", 422 if error else 200, email=account.email, first=first, error=error, tab="account")


def _ended(request: Asked) -> Response[str]:
    words = "It has ended, was used already, or is not complete. A link is good once and for a limited time."
    return page(request, "auth/link_ended.html", 410, title="This link is no good any more", error=words, tab="account")


def _doors(request: Asked) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


routes = Router("/", route_handlers=[choosing, choose])
