"""The single mapping from errors to responses: a page for people, a problem document (RFC 9457) for programs."""

import logging
import re
import secrets
from typing import Any
from urllib.parse import quote

from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.response import Redirect, Response

from forecourt.flows.ports import StoreUnavailable
from forecourt.kernel import BadInput, Conflict, Forbidden, NotFound, Refused, Text
from forecourt.web.frame.code_attempts import TooManyAttempts
from forecourt.web.frame.conditional import PreconditionFailed
from forecourt.web.frame.headers import FIXED
from forecourt.web.frame.labels import label_of, labelled_values
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to, return_path
from forecourt.web.frame.saved_form import SAVED_FORM_PATH, is_authored_by_visitor, rejected_form, saved_form_cookie, saved_form_page
from forecourt.web.frame.visitor import InsufficientScope, SecondFactorRequired, TokenPaused, visitor_of
from forecourt.wording import localiser_for

_LOG = logging.getLogger(__name__)

STATUS: dict[type[Refused], int] = {
    BadInput: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    TooManyAttempts: 429,
    Refused: 422,
}
_TITLES = {
    400: Text("We did not understand that"),
    401: Text("Sign in first"),
    403: Text("Not allowed"),
    404: Text("Not found"),
    405: Text("Not possible here"),
    409: Text("Not possible now"),
    412: Text("Not possible now"),
    413: Text("Too large"),
    422: Text("Not possible"),
    429: Text("Too many attempts"),
    500: Text("Something went wrong"),
    503: Text("Temporarily unavailable"),
}
# Titles for codes where the title of the status would suggest that the visitor lacks permission.
_TITLES_BY_CODE = {"form_expired": Text("Your form was not accepted")}
_API_PREFIXES = ("/api/", "/webhooks/", "/oauth/token", "/oauth/revoke", "/.well-known/")
_SECRET = re.compile(r"^(/(?:password|email|b|c)/)[^/]+")
_MISSING = re.compile(r"missing required field `(\w+)`")
# The framework's messages about a field, with their wording for people.
_EXPECTED_KINDS = {
    "Expected `int": Text("a whole number in digits"),
    "Expected `float": Text("a number in digits"),
    "date": Text("a date, such as 2026-06-30"),
}
_PAUSED = ("token_paused", Text("The API token is paused until its owner signs in with their company again."))
_HTTP_ERRORS = {
    401: ("not_signed_in", Text("Sign in, or send a valid API token.")),
    404: ("no_such_page", Text("There is no page at this address.")),
    405: ("method", Text("This address does not support that kind of request.")),
    413: ("too_large", Text("What you sent is too large.")),
}


def answer_refused(request: WebRequest, error: Refused) -> Response[Any]:
    """Answer for a business rule that refused the request."""
    if isinstance(error, SecondFactorRequired) and not _wants_json(request):
        return Redirect("/account/second-factor", status_code=303, headers=FIXED)
    if (
        error.code == "form_expired"
        and (form := rejected_form(request))
        and is_authored_by_visitor(request, form)
        and _entered_values(request)
    ):
        return _with_headers(saved_form_page(request, form, status_of(error)), {})
    extra = {"retry-after": str(error.wait_s)} if isinstance(error, TooManyAttempts) else {}
    if isinstance(error, InsufficientScope):
        extra = {"www-authenticate": f'Bearer error="insufficient_scope", scope="{error.scope}"'}
    return _answer(request, status_of(error), error.code, error.message, error.hint, extra)


def status_of(error: Refused) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer_http_error(request: WebRequest, error: HTTPException) -> Response[Any]:
    """Answer for what the framework refused: unknown addresses, malformed bodies, missing sign-ins."""
    if isinstance(error, NotAuthorizedException) and not _wants_json(request):
        return _sign_in_first(request)
    status = error.status_code
    if status == 400:
        message = Text("Something in the request is missing or invalid.")
        if _wants_json(request):
            invalid = _invalid_fields(error.extra)
            remedy = "; ".join(f"{one['field']}: {one['message']}" for one in invalid)[:500] or str(error.detail)[:300]
            return _problem(request, 400, ("malformed", message, remedy), {"errors": invalid})
        return _answer(request, 400, "malformed", message, _field_hint(error.extra, visitor_of(request).staff))
    code, text = _PAUSED if isinstance(error, TokenPaused) else _HTTP_ERRORS.get(status, ("http", error.detail))
    extra = {"www-authenticate": "Bearer"} if status == 401 else {}
    return _answer(request, status, code, text, "", {**extra, **(error.headers or {})})


def _sign_in_first(request: WebRequest) -> Response[Any]:
    """Ask to sign in; the form is restored afterwards. What must not be stored, or is too long for a cookie, is shown at once."""
    typed, form = _entered_values(request), rejected_form(request)
    if not typed or not request.state.typed.get("_csrf"):  # a button without fields, or not from one of our pages
        answer = redirect_to(
            request, f"/login?back={quote(return_path(request))}", "" if request.method == "GET" else "signed_out_meanwhile"
        )
    elif form and (saved := saved_form_cookie(request, form)):
        answer = redirect_to(request, f"/login?back={SAVED_FORM_PATH}", "signed_out_typing", [saved])
    else:
        text, remedy = Text("You are no longer signed in, so this was not saved."), Text("Copy anything you need, then sign in.")
        back = f"/login?back={quote(return_path(request))}"
        shown = {"title": _TITLES[401], "text": text, "remedy": remedy, "reference": "", "back": back, "typed": typed}
        return _with_headers(page(request, "error.html", 401, **shown), {})
    answer.headers.update(FIXED)
    return answer


def answer_store_unavailable(request: WebRequest, _: StoreUnavailable) -> Response[Any]:
    """The database is unavailable for a moment, or a conflict was retried too often. Nothing was changed."""
    text, remedy = Text("The service is temporarily unavailable. Nothing was changed."), Text("Try again in a few seconds.")
    return _answer(request, 503, "store_unavailable", text, remedy, {"retry-after": "2"})


def answer_too_deep(request: WebRequest, _: RecursionError) -> Response[Any]:
    """JSON nested thousands of levels deep: none of our requests needs more than a handful."""
    return _answer(request, 400, "too_deep", Text("The request is nested too deeply."), "")


def answer_crash(request: WebRequest, error: Exception) -> Response[Any]:
    """An unexpected error: logged with a reference, answered without details."""
    reference = secrets.token_hex(4)
    _LOG.error("request failed", exc_info=error, extra={"reference": reference, "path": without_secret(request.url.path)})
    text, remedy = Text("This is a fault on our side. It has been recorded."), Text("Try again in a moment.")
    if _wants_json(request):
        return _problem(request, 500, ("fault", text, remedy), {"reference": reference})
    shown = {"title": _TITLES[500], "text": text, "remedy": remedy, "typed": _entered_values(request)}
    return _with_headers(page(request, "error.html", 500, reference=reference, **shown), {})


def without_secret(path: str) -> str:
    """The path as it may be logged: the part after these prefixes is a secret of the person it was sent to."""
    return _SECRET.sub(r"\1…", path)


def _answer(request: WebRequest, status: int, code: str, text: str, remedy: str, headers: dict[str, str] | None = None) -> Response[Any]:
    if _wants_json(request):
        return _problem(request, status, (code, text, remedy), {}, headers)
    title = _TITLES_BY_CODE.get(code) or _TITLES.get(status, Text("That did not work"))
    back = return_path(request) if code == "form_expired" else "/"
    shown = {"title": title, "text": text, "remedy": remedy, "reference": "", "back": back, "typed": _entered_values(request)}
    return _with_headers(page(request, "error.html", status, **shown), headers or {})


def _entered_values(request: WebRequest) -> list[tuple[str, str]]:
    """What was filled in, so that nothing is lost if the form cannot be shown again: its page has changed, or the error is ours."""
    return labelled_values(request.state.typed.multi_items(), visitor_of(request).staff) if "typed" in request.state else []


def _problem(
    request: WebRequest, status: int, problem: tuple[str, str, str], extra: dict[str, Any], headers: dict[str, str] | None = None
) -> Response[Any]:
    """problem: its code for programs, then what happened and what to do, worded for people in the requested language."""
    (code, text, remedy), language = problem, language_for(request)
    localiser = localiser_for(language)
    title = localiser.localise(_TITLES.get(status, text))
    body = {"type": "about:blank", "status": status, "code": code, "title": title}
    body |= {"detail": localiser.localise(text), "remedy": localiser.localise(remedy), **extra}
    language_headers = {"content-language": language, "vary": "accept-language, cookie"}
    return Response(
        body, status_code=status, media_type="application/problem+json", headers={**FIXED, **language_headers, **(headers or {})}
    )


def _with_headers(response: Response[str], headers: dict[str, str]) -> Response[str]:
    response.headers.update({**FIXED, **headers})
    return response


def _wants_json(request: WebRequest) -> bool:
    return request.url.path.startswith(_API_PREFIXES) or request.headers.get("accept", "").startswith("application/json")


def _field_hint(extra: Any, staff: bool) -> Text:
    """For people: the first field that is wrong, and what belongs there."""
    first_error = next((item for item in extra if isinstance(item, dict)), {}) if isinstance(extra, list) else {}
    message, key = str(first_error.get("message", "")), str(first_error.get("key", ""))
    if missing := _MISSING.search(message):
        return Text("The field \u201c{field}\u201d is missing. Go back and fill it in.", field=_label(missing[1], staff))
    kind = next((words for sign, words in _EXPECTED_KINDS.items() if sign in message), None)
    if kind and key:
        return Text("The field \u201c{field}\u201d must be {kind}. Go back and change it.", field=_label(key, staff), kind=kind)
    return Text("Go back, check what you entered, and send it again.")


def _label(field: str, staff: bool) -> str:
    return label_of(field, staff) or field.replace("_", " ")[:40]


def _invalid_fields(extra: Any) -> list[dict[str, str]]:
    """The wrong fields, as the framework lists them."""
    found = [item for item in extra if isinstance(item, dict)] if isinstance(extra, list) else []
    return [{"field": str(item.get("key", "body")), "message": str(item.get("message", ""))[:300]} for item in found[:20]]
