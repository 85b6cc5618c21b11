"""REST for prices, for the operator's own programs: versions of tariffs, and the price list."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct, json, structs

from forecourt.drivers import Duty
from forecourt.flows.ports import ListOrder, page_of
from forecourt.flows.prices import (
    Publication,
    add_price_entry,
    publish_tariff,
    unjudged_rules,
    unjudged_rules_of_entry,
    withdraw_entry,
    withdraw_version,
)
from forecourt.kernel import OperatorId, PriceEntryId, SiteId, TariffVersionId, utc
from forecourt.tariffs import Channel, PriceEntry, TariffKey, TariffVersion
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.api.price_breaches import PriceBreachItem, price_breaches
from forecourt.web.api.shared import DatedRequest, Key, json_answer, to_json
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.price_book import own_version, validity_state
from forecourt.web.queries.site_lookup import own_site

Name = Annotated[str, Meta(max_length=60)]


class TariffVersionRequest(DatedRequest):
    """An OCPI tariff (2.2.1 or 2.3.0) to publish. site: its short name; null: a tariff of all sites.

    replaces: the version it is based on; refused if that is not the one that begins last any more. valid_from null: from now on. enter: if
    no entry of the price list uses the tariff, it applies to everybody.
    """

    tariff: dict[str, Any]
    site: Annotated[str, Meta(max_length=64)] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    enter: bool = True
    replaces: UUID | None = None


class TariffVersionItem(Struct):
    """state: current, scheduled or past. hash: SHA-256 of the tariff's canonical JSON. not_checked: in the answer to publishing it, each
    rule of law that could not be checked, and what is missing; otherwise empty."""

    id: str
    tariff_id: str
    site: str | None
    state: str
    valid_from: datetime
    valid_to: datetime | None
    hash: str
    published_by: str
    published_at: datetime | None
    tariff: dict[str, Any]
    not_checked: list[str] = []


class PriceEntryRequest(DatedRequest):
    """Applies a tariff to these sockets and drivers. tariff_of_all_sites: it is not the site's own. Empty fields do not restrict it."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    tariff_id: Annotated[str, Meta(min_length=1, max_length=64)]
    site: Annotated[str, Meta(max_length=64)] | None = None
    tariff_of_all_sites: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    evse_group: Name = ""
    power_class: Name = ""
    plan: Name = ""
    offer: Name = ""
    channel: Channel | None = None
    priority: Annotated[int, Meta(ge=-99, le=99)] = 0


class PriceEntryItem(Struct):
    """not_checked: in the answer to creating it, each rule of law that could not be checked, and what is missing; otherwise empty.
    unlawful: in the list, each rule of law that the price breaks now where it is sold, acknowledged or not; otherwise empty."""

    id: str
    name: str
    tariff_id: str
    tariff_of_all_sites: bool
    site: str | None
    state: str
    valid_from: datetime
    valid_to: datetime | None
    evse_group: str
    power_class: str
    plan: str
    offer: str
    channel: str | None
    priority: int
    not_checked: list[str] = []
    unlawful: list[PriceBreachItem] = []


_VERSIONS: ListOrder[TariffVersion] = ListOrder(lambda one: (one.site_id or UUID(int=0), one.valid_from, one.id), (UUID, datetime, UUID))
_ENTRIES: ListOrder[PriceEntry] = ListOrder(lambda one: (one.valid_from, one.id), (datetime, UUID))


@get("/tariffs", sync_to_thread=True, **PAGINATED, summary="Versions of your tariffs, by site and start")
def list_tariff_versions(request: WebRequest, part: PageQuery, site: FromQuery[str] = "") -> Response[list[TariffVersionItem]]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        slugs = {one.id: one.slug for one in store.stations.sites(operator)}
        found = store.prices.versions(operator, own_site(store, site, operator).id if site else None)
        shown = page_of((one for one in found if not one.withdrawn), _VERSIONS, part.rising())
        return page_response(request, shown, lambda one: _version_item(one, slugs, ports.clock.now()))


@post("/tariffs", sync_to_thread=True, summary="Publish a version of a tariff")
def publish_tariff_version(request: WebRequest, data: JSONBody[TariffVersionRequest], key: Key = "") -> Response[TariffVersionItem]:
    """Refused, citing the rule, if a law forbids it. The version in force until then ends when this one begins."""
    ports, visitor = ports_of(request), visitor_of(request)
    now, by = ports.clock.now(), str(visitor.require_account().id)
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "tariff", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            site_id = own_site(store, data.site, visitor.operator).id if data.site else None
            asked = Publication(
                version_id=TariffVersionId(ports.ids.new(now)),
                site_id=site_id,
                source=data.tariff,
                valid_from=utc(data.valid_from) if data.valid_from else now,
                valid_to=utc(data.valid_to) if data.valid_to else None,
                operator_id=visitor.operator,
                by=by,
                at=now,
                enter=data.enter,
                replaces=TariffVersionId(data.replaces) if data.replaces else None,
            )
            slugs = {one.id: one.slug for one in store.stations.sites(visitor.operator)}
            version = publish_tariff(store, asked)
            attempt.answer = to_json(structs.replace(_version_item(version, slugs, now), not_checked=unjudged_rules(store, version)))
    return json_answer(attempt.answer, 201)


@get("/tariffs/{version_id:uuid}", sync_to_thread=True, summary="One version of a tariff")
def get_tariff_version(request: WebRequest, version_id: FromPath[TariffVersionId]) -> TariffVersionItem:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        slugs = {one.id: one.slug for one in store.stations.sites(operator)}
        return _version_item(own_version(store, operator, version_id), slugs, ports.clock.now())


@delete("/tariffs/{version_id:uuid}", sync_to_thread=True, status_code=200, summary="Withdraw a version before it begins")
def withdraw_tariff_version(request: WebRequest, version_id: FromPath[TariffVersionId]) -> TariffVersionItem:
    """Withdrawing twice has no further effect."""
    ports, visitor = ports_of(request), visitor_of(request)
    now, by = ports.clock.now(), str(visitor.require_account().id)
    with ports.transactions.begin() as store:
        known = own_version(store, visitor.operator, version_id)
        slugs = {one.id: one.slug for one in store.stations.sites(visitor.operator)}
        return _version_item(withdraw_version(store, visitor.operator, known.id, by, now), slugs, now)


@get("/prices", sync_to_thread=True, **PAGINATED, summary="The price list: which tariff applies where, and to whom")
def list_price_entries(request: WebRequest, part: PageQuery, site: FromQuery[str] = "") -> Response[list[PriceEntryItem]]:
    """A price that was lawful when it was published may break a law now: see `unlawful`."""
    operator, now = visitor_of(request).operator, ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        sites = [own_site(store, site, operator)] if site else store.stations.sites(operator)
        found = store.prices.entries(operator, sites[0].id if site else None)
        slugs = {one.id: one.slug for one in store.stations.sites(operator)}
        broken = price_breaches(store, operator, sites, now)
        shown = page_of(found, _ENTRIES, part.rising())
        return page_response(request, shown, lambda one: structs.replace(_entry_item(one, slugs, now), unlawful=broken.get(one.id, [])))


@post("/prices", sync_to_thread=True, summary="Apply a tariff to sockets and drivers")
def create_price_entry(request: WebRequest, data: JSONBody[PriceEntryRequest], key: Key = "") -> Response[PriceEntryItem]:
    """Refused if it could not be told apart from another entry and, citing the rule, if a law forbids it."""
    ports, visitor = ports_of(request), visitor_of(request)
    now = ports.clock.now()
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "price", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            site_id = own_site(store, data.site, visitor.operator).id if data.site else None
            made = price_entry(data, visitor.operator, site_id, PriceEntryId(ports.ids.new(now)), now)
            kept = add_price_entry(store, replace(made, published_by=str(visitor.require_account().id)), now)
            slugs = {one.id: one.slug for one in store.stations.sites(visitor.operator)}
            attempt.answer = to_json(structs.replace(_entry_item(kept, slugs, now), not_checked=unjudged_rules_of_entry(store, kept)))
    return json_answer(attempt.answer, 201)


@delete("/prices/{entry_id:uuid}", sync_to_thread=True, status_code=200, summary="End an entry, or withdraw it before it begins")
def end_price_entry(request: WebRequest, entry_id: FromPath[PriceEntryId]) -> PriceEntryItem:
    """Charges in progress keep their price. Repeating it has no further effect."""
    ports, visitor = ports_of(request), visitor_of(request)
    now, by = ports.clock.now(), str(visitor.require_account().id)
    with ports.transactions.begin() as store:
        slugs = {one.id: one.slug for one in store.stations.sites(visitor.operator)}
        return _entry_item(withdraw_entry(store, visitor.operator, entry_id, by, now), slugs, now)


def price_entry(
    data: PriceEntryRequest, operator_id: OperatorId, site_id: SiteId | None, entry_id: PriceEntryId, now: datetime
) -> PriceEntry:
    return PriceEntry(
        id=entry_id,
        operator_id=operator_id,
        site_id=site_id,
        tariff=TariffKey(None if data.tariff_of_all_sites else site_id, data.tariff_id),
        name=data.name.strip(),
        valid_from=utc(data.valid_from) if data.valid_from else now,
        valid_to=utc(data.valid_to) if data.valid_to else None,
        evse_group=data.evse_group,
        power_class=data.power_class,
        plan=data.plan,
        offer=data.offer,
        channel=data.channel,
        priority=data.priority,
    )


def _version_item(one: TariffVersion, slugs: dict[SiteId, str], now: datetime) -> TariffVersionItem:
    return TariffVersionItem(
        id=str(one.id),
        tariff_id=one.tariff.id,
        site=slugs.get(one.site_id) if one.site_id else None,
        state="withdrawn" if one.withdrawn else validity_state(one, now),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        hash=one.content_hash,
        published_by=one.published_by,
        published_at=one.published_at,
        tariff=json.decode(one.source),
    )


def _entry_item(one: PriceEntry, slugs: dict[SiteId, str], now: datetime) -> PriceEntryItem:
    return PriceEntryItem(
        id=str(one.id),
        name=one.name,
        tariff_id=one.tariff.id,
        tariff_of_all_sites=one.tariff.site_id is None,
        site=slugs.get(one.site_id) if one.site_id else None,
        state="withdrawn" if one.withdrawn else validity_state(one, now),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        evse_group=one.evse_group,
        power_class=one.power_class,
        plan=one.plan,
        offer=one.offer,
        channel=one.channel.value if one.channel else None,
        priority=one.priority,
    )


routes = Router(
    "/api/v1",
    tags=["Prices"],
    guards=[staff_only],
    route_handlers=[
        list_tariff_versions,
        get_tariff_version,
        publish_tariff_version,
        withdraw_tariff_version,
        list_price_entries,
        create_price_entry,
        end_price_entry,
    ],
    opt={"duty": Duty.PRICES},
)
