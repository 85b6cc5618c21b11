"""The second step of signing in: the code of an account with a second factor. There is no session before it."""

from typing import Any
from urllib.parse import quote

from litestar import Router, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.desk import verify_code
from forecourt.web.frame.responses import WebRequest, cookie, page, redirect_to, safe_path
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.people.reauthentication import WRONG_CODE
from forecourt.web.people.sign_in import (
    STEP_COOKIE,
    account_at_code_step,
    entered_code,
    open_session,
    page_after_sign_in,
    sign_in_attempt,
    sign_in_limits,
    start_page,
    too_many_text,
)


class CodeForm(Struct):
    code: str = ""
    back: str = "/"


@get("/login/code", sync_to_thread=True)
def code_page(request: WebRequest, back: FromQuery[str] = "/") -> Response[Any]:
    if visitor_of(request).account:
        return redirect_to(request, start_page(visitor_of(request).account))
    with ports_of(request).transactions.begin() as store:
        account, _ = account_at_code_step(request, store)
    return _code_page(request, back) if account else _restart(request, back)


@post("/login/code", sync_to_thread=True, status_code=200)
def enter_code(request: WebRequest, data: URLEncodedBody[CodeForm]) -> Response[Any]:
    """A code is valid once. Wrong ones count like wrong passwords, and additionally for a day."""
    limits = sign_in_limits(request)
    with ports_of(request).transactions.begin() as store:
        account, sso_session = account_at_code_step(request, store)
        if account is None:
            return _restart(request, data.back)
        attempt = sign_in_attempt(request, account.email)
        if wait_s := limits.code_wait_s(account, attempt):
            answer = _code_page(request, data.back, too_many_text(wait_s), 429)
            answer.headers["retry-after"] = str(wait_s)
            return answer
        if verify_code(store, account, entered_code(request, data.code)):
            limits.passed(account, attempt)
            expired = cookie(request, STEP_COOKIE, "", max_age=0)
            return redirect_to(
                request, page_after_sign_in(account, data.back), cookies=[*open_session(request, store, account, sso_session), expired]
            )
    limits.code_failed(account, attempt)
    return _code_page(request, data.back, WRONG_CODE, 401)


def _code_page(request: WebRequest, back: str, error: str = "", status: int = 200) -> Response[str]:
    return page(request, "auth/code.html", status, back=safe_path(back), error=error, tab="account")


def _restart(request: WebRequest, back: str) -> Redirect:
    return redirect_to(request, f"/login?back={quote(safe_path(back))}")


routes = Router("/", route_handlers=[code_page, enter_code])
