"""REST for a site's limits, for the operator's own programs: read, looked at, set. The same flow and the same log as the console's."""

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.flows.chargers import LimitPreview, limits_version, preview_limits, set_limits
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import LimitEdit, NewPanel, Site
from forecourt.web.api.shared import to_json
from forecourt.web.frame.conditional import check_precondition
from forecourt.web.frame.responses import WebRequest, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Name = Annotated[str, Meta(min_length=1, max_length=60)]


class PanelRequest(Struct, forbid_unknown_fields=True):
    """A new limit on each line that feeds these sockets. sockets: their labels."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    limit_a: float
    sockets: Annotated[list[Name], Meta(min_length=1, max_length=10_000)]


class SiteLimitsRequest(Struct, forbid_unknown_fields=True):
    """The changes; anything not named stays. seen: from the response this change is based on.

    amps: by the name of a limit. drop: names of limits to remove. power_w: what all sockets together may draw; drop_power: remove that
    limit. confirm: wires and breakers support it, if it is more than was ever commissioned.
    """

    seen: Annotated[str, Meta(min_length=1, max_length=64)]
    amps: Annotated[dict[Name, float], Meta(max_length=1000)] = {}
    drop: Annotated[list[Name], Meta(max_length=1000)] = []
    power_w: int | None = None
    drop_power: bool = False
    panel: PanelRequest | None = None
    confirm: bool = False


class LimitItem(Struct):
    """|sum of weight x amps x e^(j angle)| of its sockets <= limit_a. sockets: the weights by label; commissioned_a: the highest ever."""

    name: str
    limit_a: float
    commissioned_a: float | None
    sockets: dict[str, float]


class SiteLimitsItem(Struct):
    """seen: a mark of these limits, to be sent with a change. power_w: of all sockets together; null = no such limit."""

    site: str
    seen: str
    limits: list[LimitItem]
    power_w: int | None
    commissioned_w: int | None


class LimitChangeItem(Struct):
    """before, after: in the unit; null = no such limit. counted: the present total of its sockets. above: more than was ever
    commissioned."""

    name: str
    unit: str
    before: float | None
    after: float | None
    counted: float | None
    lowers: bool
    above: bool


class LimitsEffectItem(Struct):
    """fallback_*_a: what each charger uses on its own without contact. promises_lost: bookings whose power could then no longer be
    promised; promises_unsure: those at risk, whose drivers are notified."""

    changes: list[LimitChangeItem]
    fallback_before_a: int
    fallback_after_a: int
    promises_lost: int
    promises_unsure: int
    confirm_needed: bool


class LimitsUpdateItem(Struct):
    limits: SiteLimitsItem
    effect: LimitsEffectItem


@get("/sites/{slug:str}/limits", sync_to_thread=True, summary="The limits of one of your sites")
def get_site_limits(request: WebRequest, slug: FromPath[str]) -> SiteLimitsItem:
    with ports_of(request).transactions.begin() as store:
        return _limits(own_site(store, slug, visitor_of(request).operator))


@post("/sites/{slug:str}/limits/preview", sync_to_thread=True, status_code=200, summary="Preview a change of the limits")
def preview_site_limits(request: WebRequest, slug: FromPath[str], data: JSONBody[SiteLimitsRequest]) -> LimitsEffectItem:
    """Nothing is saved, and nothing is sent to chargers."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        if data.seen != limits_version(site):
            raise Conflict("limits_changed", "Someone else has changed the limits in the meantime.", "Read the limits again.")
        return _effect(preview_limits(store, staff_member(request), site.id, _edit(site, data)))


@put("/sites/{slug:str}/limits", sync_to_thread=True, summary="Change the limits of a site")
def update_site_limits(request: WebRequest, slug: FromPath[str], data: JSONBody[SiteLimitsRequest]) -> Response[LimitsUpdateItem]:
    """The next plan follows them within seconds, and the log records who changed what. Refused if someone else has changed them since they
    were read (`seen`, or `If-Match`), and if one would be above what was ever commissioned without a confirmation.
    """
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        check_precondition(request, store, operator, lambda: to_json(_limits(own_site(store, slug, operator))))
        site = own_site(store, slug, operator)
        effect = set_limits(store, staff_member(request), site.id, _edit(site, data), data.seen, data.confirm)
        answer = LimitsUpdateItem(_limits(store.stations.site(site.id)), _effect(effect))
    return trigger_planning(request, Response(answer), site.id)


def _edit(site: Site, data: SiteLimitsRequest) -> LimitEdit:
    """Raises BadInput for contradictory changes."""
    if data.drop_power and data.power_w is not None:
        raise BadInput("power_w", "A limit for all sockets together is both set and removed.", "Send only one of the two.")
    if both := set(data.amps) & set(data.drop):
        raise BadInput("drop", f"{min(both)} is both given a limit and removed.", "Send only one of the two.")
    power_w = None if data.drop_power else site.power_limit_w if data.power_w is None else data.power_w
    panel = NewPanel(data.panel.name, data.panel.limit_a, tuple(data.panel.sockets)) if data.panel else None
    return LimitEdit(data.amps, power_w, frozenset(data.drop), panel)


def _limits(site: Site) -> SiteLimitsItem:
    rows = [LimitItem(row.name, row.limit_a, row.commissioned_a, dict(row.weights)) for row in site.limits]
    return SiteLimitsItem(site.slug, limits_version(site), rows, site.power_limit_w, site.commissioned_w)


def _effect(found: LimitPreview) -> LimitsEffectItem:
    counted = dict(found.loads)
    changes = [
        LimitChangeItem(one.name, one.unit, one.before, one.after, counted.get(one.name), one.lowers, one.above) for one in found.changes
    ]
    return LimitsEffectItem(
        changes, found.fallback_before, found.fallback_after, found.promises_lost, found.promises_unsure, bool(found.above)
    )


routes = Router(
    "/api/v1",
    tags=["Sites"],
    guards=[staff_only],
    route_handlers=[get_site_limits, preview_site_limits, update_site_limits],
    opt={"duty": Duty.SITES},
)
