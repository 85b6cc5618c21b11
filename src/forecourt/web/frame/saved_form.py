"""A form sent after the sign-in had expired: saved until the next sign-in, in a cookie that nobody else can read or forge.

It is restored only for the person who filled it in, whom the form's token names. They have to send it again themselves, with a token of the
new sign-in; nothing happens automatically.
"""

import zlib

import msgspec
from litestar.datastructures import Cookie, FormMultiDict
from litestar.response import Response

from forecourt.drivers import decrypt
from forecourt.web.frame import sealing
from forecourt.web.frame.labels import SECRET_FIELDS, labelled_values
from forecourt.web.frame.responses import WebRequest, page, return_path
from forecourt.web.frame.visitor import FORM_COOKIE, author_of, cookie_of, ports_of, visitor_of

SAVED_FORM_PATH = "/typed"
_COOKIE, _PURPOSE = "fc_typed", "typed"
_LIFE_S = 900
_MAX_CHARS = 2_400  # in characters: proxies accept 4 KiB of headers in total
# Never saved: passwords, one-time codes, bank accounts and cards, and credentials of programs.
_NEVER_SAVED = SECRET_FIELDS | {"code", "iban", "uid", "token", "value"}


class SavedForm(msgspec.Struct):
    """action: where it is sent; back: the page it is on; token: that page's token, which names who filled it in."""

    action: str
    back: str
    token: str
    fields: list[tuple[str, str]]

    def labelled(self, staff: bool) -> list[tuple[str, str]]:
        return labelled_values(self.fields, staff)


def rejected_form(request: WebRequest) -> SavedForm | None:
    """The rejected form; None if it contains fields that are never saved, or does not say who filled it in."""
    typed: FormMultiDict = request.state.typed if "typed" in request.state else FormMultiDict()
    token, url = str(typed.get("_csrf", "")), request.url
    fields = [(name, value) for name, value in typed.multi_items() if name != "_csrf"]
    if "." not in token or any(name in _NEVER_SAVED or not isinstance(value, str) for name, value in fields):
        return None
    action = f"{url.path}?{url.query}" if url.query else url.path
    return SavedForm(action, return_path(request), token, fields)


def saved_form_cookie(request: WebRequest, form: SavedForm) -> Cookie | None:
    """The cookie that holds the form; None if it is too long for one."""
    encrypted = sealing.encrypt(ports_of(request).secret_key, _PURPOSE, zlib.compress(msgspec.json.encode(form)))
    if len(encrypted) > _MAX_CHARS:
        return None
    secure = ports_of(request).secure_cookies
    return Cookie(key=_COOKIE, value=encrypted, path=SAVED_FORM_PATH, max_age=_LIFE_S, secure=secure, httponly=True, samesite="lax")


def saved_form(request: WebRequest) -> SavedForm | None:
    """The form saved in this browser for the visitor; None also if another person filled it in."""
    raw = decrypt(ports_of(request).secret_key, _PURPOSE, request.cookies.get(_COOKIE, ""))
    form = msgspec.json.decode(zlib.decompress(raw), type=SavedForm) if raw else None
    return form if form and is_authored_by_visitor(request, form) else None


def is_authored_by_visitor(request: WebRequest, form: SavedForm) -> bool:
    """Whether the visitor filled it in."""
    ports, author = ports_of(request), author_of(cookie_of(request, FORM_COOKIE), visitor_of(request).account)
    return bool(author) and sealing.form_token_fits(ports.secret_key, author, form.token.partition(".")[2])


def saved_form_page(request: WebRequest, form: SavedForm, status: int = 200) -> Response[str]:
    return page(request, "auth/saved_form.html", status, form=form, entered=form.labelled(visitor_of(request).staff))
