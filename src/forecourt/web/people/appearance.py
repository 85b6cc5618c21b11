"""The theme and language of pages, chosen at their head and foot: stored in this browser for a year."""

from litestar import Router, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from forecourt.notices import LANGUAGES
from forecourt.web.frame.responses import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, WebRequest, cookie, redirect_to

_YEAR_S = 365 * 86400


class ThemeForm(Struct):
    theme: str = "auto"
    back: str = "/"


class LanguageForm(Struct):
    language: str = LANGUAGES[0]
    back: str = "/"


@post("/theme", status_code=303, sync_to_thread=False, opt={"before_factor": True})
def theme(request: WebRequest, data: URLEncodedBody[ThemeForm]) -> Redirect:
    return _chosen(request, data.back, THEME_COOKIE, data.theme if data.theme in THEMES else "auto")


@post("/language", status_code=303, sync_to_thread=False, opt={"before_factor": True})
def language(request: WebRequest, data: URLEncodedBody[LanguageForm]) -> Redirect:
    return _chosen(request, data.back, LANGUAGE_COOKIE, data.language if data.language in LANGUAGES else LANGUAGES[0])


def _chosen(request: WebRequest, back: str, name: str, value: str) -> Redirect:
    return redirect_to(request, back, cookies=[cookie(request, name, value, max_age=_YEAR_S)])


routes = Router("/", route_handlers=[theme, language])
