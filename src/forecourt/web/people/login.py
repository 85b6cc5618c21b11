"""Signing in and out; API tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.exceptions import ServiceUnavailableException
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Account
from forecourt.flows.desk import lock_unchanged_account, remove_device
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import DEVICE_COOKIE, WebRequest, cookie, page, redirect_to, safe_path
from forecourt.web.frame.visitor import SESSION_COOKIE, cookie_of, ports_of, visitor_of
from forecourt.web.people.sign_in import complete_sign_in, sign_in_attempt, sign_in_limits, start_page, too_many_text

# Hashing takes most of a second on a core; more at once would starve everybody else.
_HASHING = BoundedSemaphore(2)
_MANY = Text("Many people are signing in right now. Try again in a few seconds.")
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$U8pH1cvYm6mYdwJnsTz5uQ6UkrYgr3S2yFd9bGzEuaU"


class LoginForm(Struct):
    email: str
    password: str
    back: str = "/"


@contextmanager
def hashing_slot() -> Iterator[None]:
    """A slot for hashing. Whoever cannot get one soon is refused: waiting threads would block every other page."""
    if not _HASHING.acquire(timeout=3):
        raise ServiceUnavailableException(detail=_MANY, headers={"retry-after": "5"})
    try:
        yield
    finally:
        _HASHING.release()


@get("/login", sync_to_thread=True)
def login_page(request: WebRequest, back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, start_page(visitor_of(request).account))
    return _login_form(request, back)


@post("/login", sync_to_thread=True, status_code=200)
def login(request: WebRequest, data: URLEncodedBody[LoginForm]) -> Response[Any]:
    """Open a session, or ask for a code. A wrong password and an unknown email look the same and take equally long."""
    limits = sign_in_limits(request)
    email = data.email.strip().lower()[:254]
    attempt = sign_in_attempt(request, email)
    wait_s = limits.wait_s(attempt)
    if wait_s:
        return _login_again(request, data, too_many_text(wait_s), 429, {"retry-after": str(wait_s)})
    account = _authenticate(request, email, data.password)
    if account is None:
        limits.failed(attempt)
        return _login_again(request, data, Text("The email address or password is wrong."), 401, {})
    with ports_of(request).transactions.begin() as store:
        # A password that was changed during the check opens nothing.
        return complete_sign_in(request, store, lock_unchanged_account(store, account), data.back)


@post("/logout", sync_to_thread=True, status_code=303, opt={"before_factor": True})
def logout(request: WebRequest) -> Redirect:
    ports = ports_of(request)
    secret = sealing.unseal(ports.secret_key, "session", cookie_of(request, SESSION_COOKIE))
    if secret:
        with ports.transactions.begin() as store:
            _end_push(request, store)
            store.drivers.drop_sign_in(sealing.digest(secret))
    expired = [cookie(request, name, "", max_age=0) for name in (SESSION_COOKIE, DEVICE_COOKIE)]
    return redirect_to(request, "/", "signed_out", expired)


def _end_push(request: WebRequest, store: Store) -> None:
    """Another person may use this browser next: push messages to it end."""
    device_id = sealing.unseal(ports_of(request).secret_key, "device", cookie_of(request, DEVICE_COOKIE))
    driver_id = visitor_of(request).driver
    if device_id and driver_id and UUID(device_id) in {one.id for one in store.notices.devices_of(driver_id)}:
        remove_device(store, driver_id, UUID(device_id))


def password_matches(request: WebRequest, account: Account | None, password: str) -> bool:
    """Whether it is the account's password. Without an account or password it takes as long as a wrong one, and never matches."""
    stored_hash = account.password_hash if account else ""
    with hashing_slot():
        return ports_of(request).passwords.verify(stored_hash or _NOBODY, password[:1000]) and bool(stored_hash)


def _authenticate(request: WebRequest, email: str, password: str) -> Account | None:
    with ports_of(request).transactions.begin() as store:
        account = store.drivers.account_by_email(email)
    return account if password_matches(request, account, password) else None


def _login_again(request: WebRequest, data: LoginForm, error: str, status: int, headers: dict[str, str]) -> Response[Any]:
    answer = _login_form(request, data.back, status, data.email[:254], error)
    answer.headers.update(headers)
    return answer


def _login_form(request: WebRequest, back: str, status: int = 200, email: str = "", error: str = "") -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        company = any(one.tried_at for one in store.sso.all())
    return page(request, "auth/login.html", status, back=safe_path(back), email=email, error=error, company=company, tab="account")


routes = Router("/", route_handlers=[login_page, login, logout])
