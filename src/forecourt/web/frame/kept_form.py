"""A form sent after the sign-in had expired: kept until the next sign-in, in a cookie that nobody else can read or forge.

It is restored only for the person who filled it in, whom the form's token names. They have to send it again themselves, with a token of the
new sign-in; nothing happens automatically.
"""

import zlib

import msgspec
from litestar.datastructures import Cookie, FormMultiDict
from litestar.response import Response

from forecourt.drivers import reveal
from forecourt.web.frame import sealing
from forecourt.web.frame.answers import Asked, here, page
from forecourt.web.frame.labels import SECRET, as_typed
from forecourt.web.frame.visit import FORM_COOKIE, author_of, cookie_of, ports_of, visitor_of

AGAIN = "/typed"
_COOKIE, _PURPOSE = "fc_typed", "typed"
_LIFE_S = 900
_LONGEST = 2_400  # in characters: proxies accept 4 KiB of headers in total
# Never kept: passwords, one-time codes, bank accounts and cards, and credentials of programs.
_NOT_KEPT = SECRET | {"code", "iban", "uid", "token", "value"}


class KeptForm(msgspec.Struct):
    """action: where it is sent; back: the page it is on; token: that page's token, which names who filled it in."""

    action: str
    back: str
    token: str
    fields: list[tuple[str, str]]

    def told(self, desk: bool) -> list[tuple[str, str]]:
        return as_typed(self.fields, desk)


def sent_form(request: Asked) -> KeptForm | None:
    """The rejected form; None if it contains fields that are never kept, or does not say who filled it in."""
    typed: FormMultiDict = request.state.typed if "typed" in request.state else FormMultiDict()
    token, url = str(typed.get("_csrf", "")), request.url
    fields = [(name, value) for name, value in typed.multi_items() if name != "_csrf"]
    if "." not in token or any(name in _NOT_KEPT or not isinstance(value, str) for name, value in fields):
        return None
    action = f"{url.path}?{url.query}" if url.query else url.path
    return KeptForm(action, here(request), token, fields)


def kept_cookie(request: Asked, form: KeptForm) -> Cookie | None:
    """The cookie that holds the form; None if it is too long for one."""
    concealed = sealing.conceal(ports_of(request).secret_key, _PURPOSE, zlib.compress(msgspec.json.encode(form)))
    if len(concealed) > _LONGEST:
        return None
    secure = ports_of(request).secure_cookies
    return Cookie(key=_COOKIE, value=concealed, path=AGAIN, max_age=_LIFE_S, secure=secure, httponly=True, samesite="lax")


def kept_form(request: Asked) -> KeptForm | None:
    """The form kept in this browser for the visitor; None also if another person filled it in."""
    raw = reveal(ports_of(request).secret_key, _PURPOSE, request.cookies.get(_COOKIE, ""))
    form = msgspec.json.decode(zlib.decompress(raw), type=KeptForm) if raw else None
    return form if form and is_own(request, form) else None


def is_own(request: Asked, form: KeptForm) -> bool:
    """Whether the visitor filled it in."""
    ports, author = ports_of(request), author_of(cookie_of(request, FORM_COOKIE), visitor_of(request).account)
    return bool(author) and sealing.form_token_fits(ports.secret_key, author, form.token.partition(".")[2])


def again_page(request: Asked, form: KeptForm, status: int = 200) -> Response[str]:
    return page(request, "auth/typed.html", status, form=form, told=form.told(visitor_of(request).staff))
