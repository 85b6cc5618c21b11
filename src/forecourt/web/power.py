"""The operator's page of a site's power: the hours ahead, why each car gets what it gets, and what if."""

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.flows import WhatIf
from forecourt.kernel import BadInput, Refused
from forecourt.web.answers import Asked, page
from forecourt.web.failures import status_of
from forecourt.web.lists import own_site
from forecourt.web.queries.power import power_page
from forecourt.web.visit import ports_of, visitor_of


@get("/sites/{slug:str}/power", sync_to_thread=True)
def site_power(request: Asked, slug: FromPath[str], limit: FromQuery[str] = "", more: FromQuery[str] = "") -> Response[str]:
    """limit: percent of every limit; more: chargers added. A question that cannot be read is answered beside the page as it is."""
    ports, error, what_if = ports_of(request), None, None
    try:
        what_if = _what_if(limit, more)
    except Refused as refused:
        error = refused
    with ports.transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        view = power_page(store, site, ports.clock.now(), what_if)
    shown = {"power": view, "limit": limit or "100", "more": more or "0", "error": error}
    return page(request, "console/power.html", status_of(error) if error else 200, **shown, tab="now")


def _what_if(limit: str, more: str) -> WhatIf | None:
    if not limit and not more:
        return None
    return WhatIf(_number("limit", limit or "100", 1000), _number("more", more or "0", 50))


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= most):
        raise BadInput(name, f"{text[:20]!r} is not a whole number up to {most}.", "Write it in digits.")
    return int(text)


pages = [site_power]
