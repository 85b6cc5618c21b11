"""REST for a site itself and for its hosts, for the operator's own programs: the same flows, checks and log as the console's."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from litestar import Router, get, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from forecourt.drivers import Duty
from forecourt.flows.chargers import SiteDetails, add_site, describe_site
from forecourt.flows.offers import hosts_fingerprint, set_hosts
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, OperatorId
from forecourt.stations import HostTerms, PublicFacts, Site, VehicleKind
from forecourt.web.api.openapi_completion import WithCreation
from forecourt.web.api.shared import DatedRequest, to_json
from forecourt.web.frame.conditional import check_precondition
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Code = Annotated[str, Meta(max_length=60)]


class PublicItem(Struct, forbid_unknown_fields=True):
    """What is published about a public site by law (AFIR); null or empty = not stated. help_phone: in international form, such as +49 30
    123456. renewable: all of its electricity is. attended: staff are there to help. disabled_spaces: reserved for people with
    disabilities."""

    help_phone: Annotated[str, Meta(max_length=60)] = ""
    renewable: bool | None = None
    attended: bool | None = None
    disabled_spaces: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    vehicles: Annotated[list[VehicleKind], Meta(max_length=20)] = []


class SiteRequest(Struct, forbid_unknown_fields=True):
    """country: ISO 3166-1 alpha-2. zone: such as Europe/Berlin. currency: ISO 4217. limit_kw: what all its sockets together may draw, of a
    new site; a site that is there has its limits at an address of their own. public, region: left out = as it is. region: ISO 3166-2, such
    as US-CA, whose own price law applies as well; empty = not stated."""

    name: Annotated[str, Meta(max_length=200)]
    country: Code
    zone: Code
    currency: Code
    address: Annotated[str, Meta(max_length=1000)] = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] = 0.0
    longitude: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    limit_kw: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    public: PublicItem | UnsetType = UNSET
    region: Code | UnsetType = UNSET


class SiteDetailsItem(Struct):
    """limit_kw: of all sockets together; null = no such limit. region: ISO 3166-2; empty = not stated."""

    slug: str
    name: str
    country: str
    zone: str
    currency: str
    address: str
    latitude: float
    longitude: float
    limit_kw: float | None
    public: PublicItem
    region: str


class ShareItem(Struct, forbid_unknown_fields=True):
    """percent: of each document's net. host: a partner of yours, by its handle."""

    host: Annotated[str, Meta(min_length=1, max_length=60)]
    percent: Annotated[Decimal, Meta(extra_json_schema={"type": "string"})]


class HostsRequest(DatedRequest):
    """Everyone who earns at the site from then on; an empty list = nobody. since: empty = now. seen: from the response this change is based
    on."""

    seen: Annotated[str, Meta(min_length=1, max_length=64)]
    shares: Annotated[list[ShareItem], Meta(max_length=100)]
    since: datetime | None = None


class HostTermsItem(Struct):
    since: datetime
    shares: list[ShareItem]


class HostsItem(Struct):
    """seen: a mark of all this, to be sent with a change. planned: terms that apply from a later instant on."""

    site: str
    seen: str
    shares: list[ShareItem]
    planned: list[HostTermsItem]


@get("/sites/{slug:str}/details", sync_to_thread=True, summary="The description of one of your sites")
def get_site_details(request: WebRequest, slug: FromPath[str]) -> SiteDetailsItem:
    with ports_of(request).transactions.begin() as store:
        return _details(own_site(store, slug, visitor_of(request).operator))


@put("/sites/{slug:str}/details", sync_to_thread=True, operation_class=WithCreation, summary="Add a site, or replace its description")
def set_site_details(request: WebRequest, slug: FromPath[str], data: JSONBody[SiteRequest]) -> Response[SiteDetailsItem]:
    """`If-Match` with the ETag of what you read refuses a change over somebody else's (412), `If-None-Match: *` one of a site that exists.

    201 if it is new: it is not shown to anyone until it has chargers and prices. The same request again changes nothing. Country, time
    zone and currency are fixed once there are charges or tariffs, and its short name is always fixed. Refused if the short name belongs
    to another operator.
    """
    by, wanted = staff_member(request), _wanted(slug, data)
    with ports_of(request).transactions.begin() as store:
        check_precondition(request, store, by.operator_id, lambda: _details_body(store, slug, by.operator_id))
        known = store.stations.site_by_slug(slug)
        if known is None or known.operator_id != by.operator_id:
            return Response(_details(add_site(store, by, wanted)), status_code=201)
        if data.limit_kw is not None and round(1000 * data.limit_kw) != known.power_limit_w:
            raise BadInput("limit_kw", f"{known.name} already exists.", f"Change its limits at /api/v1/sites/{slug}/limits.")
        return Response(_details(describe_site(store, by, known.id, wanted)))


@get("/sites/{slug:str}/hosts", sync_to_thread=True, summary="Who gets a share of what is sold at one of your sites")
def get_site_hosts(request: WebRequest, slug: FromPath[str]) -> HostsItem:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return _hosts(own_site(store, slug, visitor_of(request).operator), ports.clock.now())


@put("/sites/{slug:str}/hosts", sync_to_thread=True, summary="Set who gets a share at a site, from a given instant")
def set_site_hosts(request: WebRequest, slug: FromPath[str], data: JSONBody[HostsRequest]) -> HostsItem:
    """Replaces what was planned from then on; documents keep the terms from when they were issued. Refused if someone else has changed
    them since they were read (`seen`, or `If-Match`).
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        check_precondition(request, store, by.operator_id, lambda: to_json(_hosts(own_site(store, slug, by.operator_id), by.at)))
        site = own_site(store, slug, by.operator_id)
        set_hosts(store, by, site.id, [(one.host, one.percent) for one in data.shares], data.since, data.seen)
        return _hosts(store.stations.site(site.id), by.at)


def _details_body(store: Store, slug: str, operator_id: OperatorId) -> bytes | None:
    site = store.stations.site_by_slug(slug)
    return to_json(_details(site)) if site is not None and site.operator_id == operator_id else None


def _wanted(slug: str, data: SiteRequest) -> SiteDetails:
    limit = None if data.limit_kw is None else Decimal(str(data.limit_kw))
    place = (data.country.upper(), data.zone, data.currency.upper(), data.address)
    facts = None if isinstance(data.public, UnsetType) else _facts(data.public)
    region = None if isinstance(data.region, UnsetType) else data.region.strip().upper()
    return SiteDetails(slug, data.name, *place, f"{data.latitude:.8f}", f"{data.longitude:.8f}", limit, facts=facts, region=region)


def _facts(said: PublicItem) -> PublicFacts:
    return PublicFacts(said.help_phone.strip(), said.renewable, said.attended, said.disabled_spaces, tuple(said.vehicles))


def _details(site: Site) -> SiteDetailsItem:
    limit_kw = None if site.power_limit_w is None else site.power_limit_w / 1000
    place = (site.country, site.zone, site.currency, site.address)
    facts = site.facts
    public = PublicItem(facts.help_phone, facts.renewable, facts.attended, facts.disabled_spaces, list(facts.vehicles))
    return SiteDetailsItem(site.slug, site.name, *place, float(site.latitude), float(site.longitude), limit_kw, public, site.region)


def _hosts(site: Site, now: datetime) -> HostsItem:
    planned = [HostTermsItem(one.since, _shares(one)) for one in site.host_terms if one.since > now]
    return HostsItem(site.slug, hosts_fingerprint(site), _shares(HostTerms(now, tuple(site.shares_at(now)))), planned)


def _shares(terms: HostTerms) -> list[ShareItem]:
    return [ShareItem(name, percent) for name, percent in terms.shares]


_OWN = "/api/v1"
routes = [
    Router(_OWN, tags=["Sites"], guards=[staff_only], route_handlers=[get_site_details, set_site_details], opt={"duty": Duty.SITES}),
    Router(_OWN, tags=["Sites"], guards=[staff_only], route_handlers=[get_site_hosts, set_site_hosts], opt={"duty": Duty.MONEY}),
]
