"""Pages and redirects: every page gets the visitor, the form token, the theme, and the message left by the previous step."""

from typing import Any, TypeVar

from litestar import Request
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect, Response
from markupsafe import escape

from forecourt.kernel import Refused, SiteId
from forecourt.notices import LANGUAGES
from forecourt.web.frame import sealing
from forecourt.web.frame.flashes import FLASHES
from forecourt.web.frame.languages import preferred_language
from forecourt.web.frame.referrer import referring_page
from forecourt.web.frame.rendering import render
from forecourt.web.frame.visitor import FORM_COOKIE, cookie_name, cookie_of, form_token_for, may_change, ports_of, visitor_of
from forecourt.wording import localiser_for

WebRequest = Request[Any, Any, Any]
_R = TypeVar("_R", bound=Response[Any])
FLASH_COOKIE = "fc_flash"
THEME_COOKIE = "fc_theme"
LANGUAGE_COOKIE = "fc_language"
DEVICE_COOKIE = "fc_device"
THEMES = ("auto", "dark", "light")
_ENGLISH_ONLY = "console/"

_MEDIA = {"pdf": "application/pdf", "xml": "application/xml"}


def page(request: WebRequest, template: str, status: int = 200, **values: Any) -> Response[str]:
    """Render in the caller's thread. values: what the template uses; `tab` marks the active menu entry, `payer` names who pays for the
    driver, if somebody else does.

    Raises Refused: the `error` among the values, if the page does not show it because its form is gone by now.
    """
    visitor = visitor_of(request)
    cookies: list[Cookie] = []
    binding = visitor.binding
    if not cookie_of(request, FORM_COOKIE):
        secret = sealing.fresh_secret()
        binding = f"{secret}{binding}" if binding.startswith(":") else f"{secret}:"
        cookies.append(cookie(request, FORM_COOKIE, secret))
    flash = FLASHES.get(cookie_of(request, FLASH_COOKIE))
    if flash:
        cookies.append(cookie(request, FLASH_COOKIE, "", max_age=0))
    language = LANGUAGES[0] if template.startswith(_ENGLISH_ONLY) else language_for(request)
    shown = {
        "me": visitor,
        "csrf": form_token_for(request, binding),
        "theme": theme_of(request),
        "address": current_path(request),
        "here": return_path(request),
        "looked_at": "user" in request.scope,  # False: refused before sign-in was checked (unknown address or method)
        "flash": flash,
        "tab": "",
        "payer": "",
        "live": False,
        "legal": ports_of(request).legal_pages.in_language(language),
        "read_only": visitor.staff and not may_change(request, visitor),
        **values,
    }
    headers = {"content-language": language, "vary": "accept-language, cookie"}
    text, refusal = render(template, shown, language), values.get("error")
    if isinstance(refusal, Refused) and all(
        escape(phrase) not in text for phrase in (refusal.text, localiser_for(language).localise(refusal.message))
    ):
        raise refusal
    return Response(text, media_type=MediaType.HTML, status_code=status, cookies=cookies, headers=headers)


def return_path(request: WebRequest) -> str:
    """The address of this page, to come back to; the start page for sign-in pages and for forms of unknown origin."""
    if request.url.path.startswith(("/login", "/register", "/password")):
        return "/"
    return current_path(request) if request.method == "GET" else referring_page(request, "/")


def current_path(request: WebRequest) -> str:
    """Path and query of the page shown; in the answer to a form, those of the page the form is on."""
    url = request.url
    if request.method != "GET":
        return referring_page(request, url.path)
    return f"{url.path}?{url.query}" if url.query else url.path


def redirect_to(request: WebRequest, path: str, flash: str = "", cookies: list[Cookie] | None = None) -> Redirect:
    """Answer 303 See Other after a form was accepted. Only addresses of this site."""
    extra = [cookie(request, FLASH_COOKIE, flash, max_age=60)] if flash in FLASHES else []
    return Redirect(safe_path(path), status_code=303, cookies=[*(cookies or []), *extra])


def trigger_planning(request: WebRequest, answer: _R, site_id: SiteId | None = None) -> _R:
    """Prompt the planner to run at once, for one site or for all. Without this prompt it runs within seconds anyway."""
    answer.background = BackgroundTask(ports_of(request).publish_hint, f"plan.{site_id}" if site_id else "plan")
    return answer


def cookie(request: WebRequest, name: str, value: str, max_age: int | None = None) -> Cookie:
    key, secure = cookie_name(request, name), ports_of(request).secure_cookies
    return Cookie(key=key, value=value, path="/", max_age=max_age, secure=secure, httponly=True, samesite="lax")


def language_for(request: WebRequest) -> str:
    """The language of pages, and of emails to people without an account. Operators' staff get English: the console has no other
    language."""
    visitor, chosen = visitor_of(request), cookie_of(request, LANGUAGE_COOKIE)
    if visitor.staff:
        return LANGUAGES[0]
    return chosen if chosen in LANGUAGES else visitor.language or preferred_language(request.headers.get("accept-language", ""))


def theme_of(request: WebRequest) -> str:
    wanted = cookie_of(request, THEME_COOKIE, "auto")
    return wanted if wanted in THEMES else "auto"


def safe_path(path: str) -> str:
    """The path if it stays on this site, else the start page: a sign-in must not send people elsewhere."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and all(char.isprintable() and char != "\\" for char in path)
    return path if is_local else "/"


def split_file_name(name: str) -> tuple[str, str]:
    """The number and the ending ("pdf", "xml") of a requested file; an empty ending means the page."""
    number, _, ending = name.rpartition(".")
    return (number, ending) if ending in _MEDIA else (name, "")


def file_response(name: str, body: bytes) -> Response[Any]:
    ending = split_file_name(name)[1]
    shown = "inline" if ending == "pdf" else "attachment"
    return Response(body, media_type=_MEDIA[ending], headers={"content-disposition": f'{shown}; filename="{name}"'})
