"""Passwords: reset by a link in an email, or changed with the old one."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from litestar import Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Account
from forecourt.flows.desk import RESET_LIFETIME, account_by_password_key, change_password, choose_password, request_password_link
from forecourt.kernel import Conflict, Text
from forecourt.web.frame.headers import SECRET_PAGE_HEADERS
from forecourt.web.frame.passwords import password_error
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import cookie_of, origin_of, ports_of, session_digest, signed_in, visitor_of, wall_now
from forecourt.web.people.login import hashing_slot, password_matches
from forecourt.web.people.sign_in import BACK_COOKIE, complete_sign_in, sign_in_attempt, sign_in_limits, too_many_text

# Longer than looking up an account and queuing an email takes, so that the response time does not reveal whether there is one.
RESPONSE_TIME_S = 0.4
WRONG_PASSWORD = Text("That password is not correct.")


class ForgottenForm(Struct):
    email: str = ""


class ChosenForm(Struct):
    password: str = ""


class ChangeForm(Struct):
    current: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class ProofFailure:
    """Why a signed-in person did not prove to be the account's owner. wait_s: seconds until the next attempt. field: of the form."""

    text: str
    wait_s: int = 0
    field: str = "password"

    @property
    def status(self) -> int:
        return 429 if self.wait_s else 422

    def with_retry_after(self, answer: Response[str]) -> Response[str]:
        if self.wait_s:
            answer.headers["retry-after"] = str(self.wait_s)
        return answer


def check_password(request: WebRequest, account: Account, password: str) -> ProofFailure | None:
    """Somebody at a browser left signed in does not know the password, and gets as many attempts as at sign-in."""
    limits, attempt = sign_in_limits(request), sign_in_attempt(request, account.email)
    if wait_s := limits.wait_s(attempt):
        return ProofFailure(too_many_text(wait_s), wait_s)
    if not password_matches(request, account, password):
        limits.failed(attempt)
        return ProofFailure(WRONG_PASSWORD)
    limits.by_name.succeeded(attempt.name)
    return None


@get("/password", sync_to_thread=True)
def forgotten(request: WebRequest) -> Response[str]:
    return _forgotten(request)


@post("/password", status_code=200)
async def send_link(request: WebRequest, data: URLEncodedBody[ForgottenForm]) -> Response[str]:
    """The same answer, after the same time, whether or not there is such an account."""
    begun = time.monotonic()
    answer = await sync_to_thread(_ask, request, data.email.strip().lower()[:254])
    await asyncio.sleep(max(0.0, begun + RESPONSE_TIME_S - time.monotonic()))
    return answer


def _ask(request: WebRequest, email: str) -> Response[str]:
    limits, origin, ports = sign_in_limits(request), origin_of(request), ports_of(request)
    if "@" not in email.strip("@ "):
        return _forgotten(request, 400, email, Text("Enter it as name@example.org."))
    if wait_s := max(limits.emails_by_address.wait_s(email), limits.emails_by_origin.wait_s(origin)):
        answer = _forgotten(request, 429, email, too_many_text(wait_s))
        answer.headers["retry-after"] = str(wait_s)
        return answer
    limits.emails_by_address.failed(email)
    limits.emails_by_origin.failed(origin)
    with ports.transactions.begin() as store:
        request_password_link(store, email, ports.clock.now(), wall_now() + RESET_LIFETIME, ports.ids)
    return page(request, "auth/link_sent.html", email=email, sends_email=ports.sends_email, tab="account")


@get("/account/password", sync_to_thread=True, guards=[signed_in])
def change_page(request: WebRequest) -> Response[str]:
    return _change(request, {})


@post("/account/password", sync_to_thread=True, guards=[signed_in], status_code=200)
def change(request: WebRequest, data: URLEncodedBody[ChangeForm]) -> Response[Any]:
    account, ports = visitor_of(request).require_account(), ports_of(request)
    if error := password_error(data.password):
        return _change(request, {"password": error})
    if failure := check_password(request, account, data.current):
        return failure.with_retry_after(_change(request, {"current": failure.text}, failure.status))
    with hashing_slot():
        password_hash = ports.passwords.hash(data.password)
    with ports.transactions.begin() as store:
        change_password(store, account, password_hash, session_digest(request), ports.clock.now(), ports.ids)
    return redirect_to(request, "/account", "password_changed")


@get("/password/{key:str}", sync_to_thread=True, response_headers=SECRET_PAGE_HEADERS)
def choose_page(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """Opening the link does not use it up: mail systems open links before people do."""
    found = _account_of_link(request, key)
    return _choice(request, found) if isinstance(found, Account) else found


@post("/password/{key:str}", sync_to_thread=True, status_code=200, response_headers=SECRET_PAGE_HEADERS)
def choose(request: WebRequest, key: FromPath[str], data: URLEncodedBody[ChosenForm]) -> Response[Any]:
    found = _account_of_link(request, key)
    if not isinstance(found, Account):
        return found
    if error := password_error(data.password):
        return _choice(request, found, error)
    ports = ports_of(request)
    with hashing_slot():
        password_hash = ports.passwords.hash(data.password)
    try:
        with ports.transactions.begin() as store:
            account = choose_password(store, found, password_hash, ports.clock.now(), ports.ids)
            is_first = not found.password_hash  # after registration, perhaps on the way to a booking
            return complete_sign_in(request, store, account, cookie_of(request, BACK_COOKIE, "/") if is_first else "/", "password_chosen")
    except Conflict:  # whoever used the link first has it
        return link_ended_page(request)


def _account_of_link(request: WebRequest, key: str) -> Account | Response[Any]:
    """The account a link is for, or the page that says it is invalid. Wrong ones are counted."""
    links, origin = sign_in_limits(request).links, origin_of(request)
    if wait_s := links.wait_s(origin):
        answer = page(request, "auth/link_ended.html", 429, title=Text("Too many attempts"), error=too_many_text(wait_s), tab="account")
        answer.headers["retry-after"] = str(wait_s)
        return answer
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        account = account_by_password_key(store, ports.secret_key, key, wall_now())
    if account is None:
        links.failed(origin)
        return link_ended_page(request)
    return account


def _choice(request: WebRequest, account: Account, error: str = "") -> Response[str]:
    is_first = not account.password_hash
    return page(request, "auth/choose.html", 422 if error else 200, email=account.email, first=is_first, error=error, tab="account")


def _forgotten(request: WebRequest, status: int = 200, email: str = "", error: str = "") -> Response[str]:
    return page(request, "auth/forgotten.html", status, email=email, error=error, sends_email=ports_of(request).sends_email, tab="account")


def _change(request: WebRequest, errors: dict[str, str], status: int = 422) -> Response[str]:
    account = visitor_of(request).require_account()
    shown = {"email": account.email, "none_yet": not account.password_hash, "errors": errors, "sends_email": ports_of(request).sends_email}
    return page(request, "auth/change.html", status if errors else 200, **shown, tab="account")


def link_ended_page(request: WebRequest) -> Response[str]:
    text = Text("It has expired, was already used, or is incomplete. Links work once and for a limited time.")
    return page(request, "auth/link_ended.html", 410, title=Text("This link no longer works"), error=text, tab="account")


routes = Router("/", route_handlers=[forgotten, send_link, choose_page, choose, change_page, change])
