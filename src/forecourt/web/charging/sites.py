"""The operator adds a site, or edits its details."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.chargers import SiteDetails, add_site, describe_site, has_bills, set_offline_cards
from forecourt.kernel import BadInput, Refused
from forecourt.stations import OfflineCards, Site
from forecourt.web.charging.public_facts_form import VEHICLE_CHOICES, PublicFactsForm
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import number_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.site_lookup import own_site


class SiteForm(PublicFactsForm):
    """As typed. slug and limit_kw: only for a new site."""

    name: str = ""
    slug: str = ""
    address: str = ""
    country: str = ""
    zone: str = ""
    currency: str = ""
    latitude: str = ""
    longitude: str = ""
    limit_kw: str = ""
    region: str = ""

    def details(self) -> SiteDetails:
        return SiteDetails(
            slug=self.slug.strip(),
            name=self.name,
            country=self.country.strip().upper(),
            zone=self.zone.strip(),
            currency=self.currency.strip().upper(),
            address=self.address,
            latitude=_degrees(self.latitude),
            longitude=_degrees(self.longitude),
            limit_kw=number_or_none(self.limit_kw, "limit_kw"),
            facts=self.facts,
            region=self.region.strip().upper(),
        )


class CardsForm(Struct):
    which: str


_CARDS = [
    (OfflineCards.NONE, "none"),
    (OfflineCards.REGULARS, "of drivers who charged here in the last year"),
    (OfflineCards.ALL, "of all your drivers, those first"),
]


@get("/new-site", sync_to_thread=True)
def new(request: WebRequest) -> Response[str]:
    """Country, zone and currency default to the operator's."""
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(visitor_of(request).operator)
    return _page(request, SiteForm(country=operator.country, zone=operator.zone, currency=operator.currency))


@post("/new-site", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[SiteForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            site = add_site(store, staff_member(request), data.details())
    except Refused as error:
        return _page(request, data, error=error)
    return redirect_to(request, f"/console/sites/{site.slug}", "site_added")


@get("/sites/{slug:str}/details", sync_to_thread=True)
def details(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, _stored_form(site), site, has_bills(store, site))


@post("/sites/{slug:str}/details", sync_to_thread=True, status_code=200)
def describe(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[SiteForm]) -> Response[Any]:
    """Details that are fixed by now are not in the form, and stay."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, by.operator_id)
        fixed, now = has_bills(store, site), _stored_form(site)
    data.slug, data.limit_kw = now.slug, ""
    if fixed:
        data.country, data.zone, data.currency = data.country or now.country, data.zone or now.zone, data.currency or now.currency
    try:
        with ports_of(request).transactions.begin() as store:
            describe_site(store, by, site.id, data.details())
    except Refused as error:
        return _page(request, data, site, fixed, error)
    return redirect_to(request, f"/console/sites/{slug}", "kept")


@post("/sites/{slug:str}/offline-cards", sync_to_thread=True, status_code=303)
def offline_cards(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[CardsForm]) -> Redirect:
    """Which cards the site's chargers store for use offline."""
    if data.which not in list(OfflineCards):
        raise BadInput("which", f"{data.which[:20]!r} is not a choice of cards.", "Choose one from the list.")
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        set_offline_cards(store, by, own_site(store, slug, by.operator_id).id, OfflineCards(data.which))
    return redirect_to(request, f"/console/sites/{slug}/details", "cards_told")


def _stored_form(site: Site) -> SiteForm:
    location = {"latitude": str(site.latitude), "longitude": str(site.longitude), "region": site.region}
    return SiteForm(site.name, site.slug, site.address, site.country, site.zone, site.currency, **location).filled_with(site.facts)


def _page(
    request: WebRequest, form: SiteForm, site: Site | None = None, fixed: bool = False, error: Refused | None = None
) -> Response[str]:
    shown: dict[str, Any] = {
        "form": form,
        "site": site,
        "fixed": fixed,
        "error": error,
        "zones": () if fixed else _zones(),
        "cards": _CARDS,
        "vehicles": VEHICLE_CHOICES,
    }
    return page(request, "console/site_details.html", status_of(error) if error else 200, **shown, tab="now")


@cache
def _zones() -> tuple[str, ...]:
    """Zones named after a place, to choose from; any other valid zone may be typed."""
    return tuple(sorted(one for one in available_timezones() if "/" in one and not one.startswith(("Etc/", "posix/", "right/"))))


def _degrees(text: str) -> str:
    """As people write it, with a point or a comma; empty is 0."""
    return text.strip().replace(",", ".") or "0"


pages = [new, add, details, describe, offline_cards]
