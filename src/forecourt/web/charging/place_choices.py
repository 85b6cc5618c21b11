"""Choices made at a place before signing in: carried along, and restored on return."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

from litestar import Router, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import asdict

from forecourt.kernel import BadInput, Text, parse_instant
from forecourt.stations import BayNeed
from forecourt.web.charging.bay_forms import BAY_FIELDS, BayForm, parse_bay_need
from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.queries.places import BookingPreferences

_CHOSEN = ("kind", "energy", "start", "minutes", "flexible", "said", *BAY_FIELDS)
_MAX_CHARS = 100


class ChoicesForm(BayForm, kw_only=True):
    """As typed; choices not made yet are empty."""

    site: str = ""
    kind: str = ""
    start: str = ""
    minutes: str = ""
    energy: str = ""
    flexible: str = ""
    said: str = ""
    see: str = ""  # "price": show the price of what was chosen


@post("/bookings/sign-in", sync_to_thread=False, status_code=303)
def sign_in(request: WebRequest, data: URLEncodedBody[ChoicesForm]) -> Redirect:
    """Redirect to the sign-in, and from there back to the place with the same choices."""
    return redirect_to(request, f"/login?back={quote(_place_url(data))}")


@post("/bookings/times", sync_to_thread=False, status_code=303)
def times(request: WebRequest, data: URLEncodedBody[ChoicesForm]) -> Redirect:
    """The place again, with times for the required bays, or with the cost of the chosen time."""
    return redirect_to(request, _place_url(data))


def _place_url(data: ChoicesForm) -> str:
    chosen = {str(name): value[:_MAX_CHARS] for name in _CHOSEN if (value := getattr(data, name))}
    return f"/sites/{quote(data.site[:_MAX_CHARS], safe='')}?{urlencode(chosen)}#{'chosen' if data.see else 'book'}"


def choices_from_query(request: WebRequest) -> BookingPreferences:
    """From an address; invalid values count as not chosen, except the height: only that is typed by people."""
    query = request.query_params
    return _choices(query, any(query.get(one) for one in ("said", *BAY_FIELDS)))


def choices_from_form(data: Struct) -> BookingPreferences:
    """From a form that was refused, to show the place again with the same choices."""
    return _choices({name: str(value) for name, value in asdict(data).items()}, stated=True)


def _choices(query: Mapping[str, str], stated: bool) -> BookingPreferences:
    defaults, (need, height, error) = BookingPreferences(), _need(query)
    minutes, flexible = (_whole(query.get(one, ""), getattr(defaults, one)) for one in ("minutes", "flexible"))
    return BookingPreferences(_instant(query.get("start", "")), minutes, flexible, need, stated, height, error)


def _need(query: Mapping[str, str]) -> tuple[BayNeed, str, Text | None]:
    """The required features; and, if the height is invalid, the height as typed and why it is invalid."""
    height = query.get("height", "")[:_MAX_CHARS]
    try:
        return parse_bay_need(query), "", None
    except BadInput as error:
        return parse_bay_need({**query, "height": ""}), height, error.full_message


def _whole(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) <= len("1440") else default


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except BadInput:
        return None


routes = Router("/", route_handlers=[sign_in, times])
