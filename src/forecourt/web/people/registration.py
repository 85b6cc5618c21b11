"""Signing up: by a link in an email or, if no mail is sent, with a password at once."""

import asyncio
import time
from typing import Any
from urllib.parse import quote

from litestar import Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.desk import MAX_NAME_LENGTH, SIGN_UP_LIFETIME, DriverAccountRequest, create_driver_account, sign_up
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Text
from forecourt.stations import Operator
from forecourt.web.frame.passwords import password_error
from forecourt.web.frame.responses import WebRequest, cookie, language_for, page, redirect_to, safe_path
from forecourt.web.frame.visitor import origin_of, ports_of, wall_now
from forecourt.web.people.login import hashing_slot
from forecourt.web.people.passwords import RESPONSE_TIME_S
from forecourt.web.people.sign_in import BACK_COOKIE, open_session, sign_in_limits, too_many_text


class SignUpForm(Struct):
    name: str = ""
    email: str = ""
    password: str = ""  # asked for only where no mail is sent
    back: str = ""  # the page they were on the way to; no error is ever reported here


@get("/register", sync_to_thread=True)
def register_page(request: WebRequest, back: FromQuery[str] = "/") -> Response[str]:
    return _form(request, SignUpForm(back=back), SignUpForm(), 200)


@post("/register", status_code=200)
async def register(request: WebRequest, data: URLEncodedBody[SignUpForm]) -> Response[Any]:
    """Each error is shown at its field. By email the answer is the same, after the same time, whether or not there is such an account."""
    begun, sends_email = time.monotonic(), ports_of(request).sends_email
    answer = await sync_to_thread(_by_email if sends_email else _with_password, request, data)
    await asyncio.sleep(max(0.0, begun + RESPONSE_TIME_S - time.monotonic()) if sends_email else 0.0)
    return answer


def _by_email(request: WebRequest, data: SignUpForm) -> Response[Any]:
    ports, limits, origin, email = ports_of(request), sign_in_limits(request), origin_of(request), data.email.strip().lower()[:254]
    errors = _errors(data)
    if errors != SignUpForm():
        return _form(request, data, errors)
    if wait_s := max(limits.emails_by_address.wait_s(email), limits.emails_by_origin.wait_s(origin)):
        return _too_many(request, data, wait_s)
    limits.emails_by_address.failed(email)
    limits.emails_by_origin.failed(origin)
    for again in (True, False):
        try:
            with ports.transactions.begin() as store:
                wanted = DriverAccountRequest(_only_operator(store).id, data.name, email, "", language_for(request))
                sign_up(store, wanted, ports.clock.now(), wall_now() + SIGN_UP_LIFETIME, ports.ids)
            break
        except (BadInput, Conflict) as error:
            # Of two simultaneous requests for an address, the second finds the first's account; saying so would reveal that it is new.
            if not again or error.code != "email_taken":
                return _form(request, data, SignUpForm(email=error.full_message))
    answer = page(request, "auth/signed_up.html", email=email, tab="account")
    # Quoted: cookies are unquoted as they are read.
    answer.set_cookie(cookie(request, BACK_COOKIE, quote(safe_path(data.back)), max_age=int(SIGN_UP_LIFETIME.total_seconds())))
    return answer


def _with_password(request: WebRequest, data: SignUpForm) -> Response[Any]:
    """Without email the account is opened and signed in to at once, and a taken address has to be reported here, rate-limited like
    emails."""
    errors, ports, emails, origin = _errors(data), ports_of(request), sign_in_limits(request).emails_by_origin, origin_of(request)
    errors.password = password_error(data.password)
    if errors != SignUpForm():
        return _form(request, data, errors)
    if wait_s := emails.wait_s(origin):
        return _too_many(request, data, wait_s)
    emails.failed(origin)
    with hashing_slot():
        password_hash = ports.passwords.hash(data.password)
    try:
        with ports.transactions.begin() as store:
            wanted = DriverAccountRequest(_only_operator(store).id, data.name, data.email, password_hash, language_for(request))
            account = create_driver_account(store, wanted, ports.clock.now(), ports.ids)
            cookies = open_session(request, store, account)
    except (BadInput, Conflict) as error:
        return _form(request, data, SignUpForm(email=error.full_message))
    return redirect_to(request, safe_path(data.back), "welcome", cookies)


def _too_many(request: WebRequest, typed: SignUpForm, wait_s: int) -> Response[str]:
    answer = _form(request, typed, SignUpForm(email=too_many_text(wait_s)), 429)
    answer.headers["retry-after"] = str(wait_s)
    return answer


def _only_operator(store: Store) -> Operator:
    """The operator drivers sign up with: the first of the installation."""
    operators = store.stations.operators()
    if not operators:
        raise Conflict("no_operator", "No chargers are set up here yet.", "Come back when it has opened.")
    return operators[0]


def _errors(form: SignUpForm) -> SignUpForm:
    errors = SignUpForm()
    if not 1 <= len(form.name.strip()) <= MAX_NAME_LENGTH:
        errors.name = Text("Enter your name, at most {longest} characters.", longest=MAX_NAME_LENGTH)
    if "@" not in form.email.strip("@ "):
        errors.email = Text("Enter it as name@example.org.")
    return errors


def _form(request: WebRequest, typed: SignUpForm, errors: SignUpForm, status: int = 400) -> Response[str]:
    sends_email, back = ports_of(request).sends_email, safe_path(typed.back)
    return page(request, "auth/register.html", status, back=back, values=typed, errors=errors, sends_email=sends_email, tab="account")


routes = Router("/", route_handlers=[register_page, register])
