"""REST for temporary power limits of a site: set and lifted by a grid operator or a building's energy management."""

from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from forecourt.drivers import Duty
from forecourt.flows.chargers import AllowanceEffect, apply_allowance, lift_allowance
from forecourt.flows.ports import Store
from forecourt.flows.power import allowed_at
from forecourt.kernel import utc
from forecourt.stations import Allowance, AllowanceStep, Site
from forecourt.web.api.shared import DatedRequest
from forecourt.web.frame.responses import WebRequest, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Watts = Annotated[int, Meta(ge=0, le=100_000_000)]


class AllowanceStepItem(DatedRequest):
    """From `start`, all sockets of the site together may draw power_w; null = no limit."""

    start: datetime
    power_w: Watts | None


class AllowanceRequest(DatedRequest):
    """Replaces the previous limit of this source. steps: by start, which may be past. until: null = until it is lifted.

    unless_told_w: the source must keep sending; if its limit expires, this much may be drawn until it is sent anew, or lifted. If omitted,
    it stays as it was; null: an expired limit is lifted. because: for people.
    """

    steps: Annotated[list[AllowanceStepItem], Meta(min_length=1, max_length=200)]
    until: datetime | None = None
    unless_told_w: Watts | UnsetType | None = UNSET
    because: Annotated[str, Meta(max_length=200)] = ""


class AllowanceItem(Struct):
    """ran_out: it has expired, and unless_told_w applies."""

    source: str
    told_at: datetime
    steps: list[AllowanceStepItem]
    until: datetime | None
    unless_told_w: int | None
    because: str
    ran_out: bool


class SiteAllowancesItem(Struct):
    """allowed_w: the lowest limit in force now; null = none. plans_w: what plans obey: the lowest of the next six minutes, in which orders
    given now take effect."""

    site: str
    allowed_w: int | None
    plans_w: int | None
    allowances: list[AllowanceItem]


class AllowanceEffectItem(Struct):
    """promises_lost: bookings whose promised power could no longer be promised; promises_unsure: those at risk, whose drivers are notified.
    Both are 0 if the reliable power has not changed."""

    allowances: SiteAllowancesItem
    promises_lost: int
    promises_unsure: int


@get("/sites/{slug:str}/allowances", sync_to_thread=True, summary="External limits on how much one of your sites may draw")
def get_site_allowances(request: WebRequest, slug: FromPath[str]) -> SiteAllowancesItem:
    with ports_of(request).transactions.begin() as store:
        return _items(store, own_site(store, slug, visitor_of(request).operator), ports_of(request).clock.now())


@put("/sites/{slug:str}/allowances/{source:str}", sync_to_thread=True, summary="Limit how much a site may draw, for a time")
def set_site_allowance(
    request: WebRequest, slug: FromPath[str], source: FromPath[str], data: JSONBody[AllowanceRequest]
) -> Response[AllowanceEffectItem]:
    """It applies in addition to the site's own limits. If there are several sources, the lowest limit counts, and the latest one from each
    source. The next plan follows it within seconds: cars are slowed down before a step that is known in advance, so that nothing draws
    more when it begins; an immediate limit is met as soon as the chargers obey. A source may send as often as it likes; the log records
    its first message, its kind and its end, not each figure.
    """
    by, steps = staff_member(request), tuple(AllowanceStep(utc(one.start), one.power_w) for one in data.steps)
    safe_w = None if isinstance(data.unless_told_w, UnsetType) else data.unless_told_w
    word = Allowance(source, by.at, steps, utc(data.until) if data.until else None, data.because.strip(), safe_w)
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        effect = apply_allowance(store, by, site.id, word, as_before=data.unless_told_w is UNSET)
        answer = _effect_item(store, site, effect, by.at)
    return trigger_planning(request, Response(answer), site.id)


@delete("/sites/{slug:str}/allowances/{source:str}", sync_to_thread=True, status_code=200, summary="Remove a source's limit")
def remove_site_allowance(request: WebRequest, slug: FromPath[str], source: FromPath[str]) -> Response[AllowanceEffectItem]:
    """Nothing from this source counts any more, including what it said for when it goes silent. Removing one that does not exist changes
    nothing.
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        answer = _effect_item(store, site, lift_allowance(store, by, site.id, source), by.at)
    return trigger_planning(request, Response(answer), site.id)


def _effect_item(store: Store, site: Site, effect: AllowanceEffect, at: datetime) -> AllowanceEffectItem:
    return AllowanceEffectItem(_items(store, site, at), effect.promises_lost, effect.promises_unsure)


def _items(store: Store, site: Site, at: datetime) -> SiteAllowancesItem:
    found = allowed_at(store, site.id, at)
    return SiteAllowancesItem(site.slug, found.now_w, found.plans_w, [_item(one, at) for one in found.words])


def _item(one: Allowance, at: datetime) -> AllowanceItem:
    steps = [AllowanceStepItem(step.start, step.power_w) for step in one.steps]
    return AllowanceItem(one.source, one.stated_at, steps, one.until, one.unless_renewed_w, one.because, one.ran_out(at))


routes = Router(
    "/api/v1",
    tags=["Sites"],
    guards=[staff_only],
    route_handlers=[get_site_allowances, set_site_allowance, remove_site_allowance],
    opt={"duty": Duty.SITES},
)
