"""The console's page of groups and classes: what a price can apply to, and to whom."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Response

from forecourt.flows.ports import Store
from forecourt.flows.prices import group_sockets, grouping_fingerprint, join_group, leave_group, socket_kinds
from forecourt.kernel import BadInput, Refused
from forecourt.stations import EvseGroup, PowerClass, Site, classes_by, group_of
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import parts_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.prices.tariffs import site_or_first

_SPARE_ROWS = 1
Fields = dict[str, str]


@get("/prices/groups", sync_to_thread=True)
def groups(request: WebRequest, site: FromQuery[str] = "") -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        chosen_site = site_or_first(store, site, visitor_of(request).operator)
        return _page(request, store, chosen_site, _fields(store, chosen_site))


@post("/prices/groups", sync_to_thread=True, status_code=200)
def save_groups(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """Set the group of each kind of socket by name; an empty name removes it. Running charges keep their price."""
    ports, operator = ports_of(request), visitor_of(request).operator
    try:
        with ports.transactions.begin() as store:
            chosen_site = site_or_first(store, data.get("site", ""), operator)
            group_sockets(
                store, staff_member(request), chosen_site, _groups_of(store, chosen_site, data), _classes_of(data), data.get("seen", "")
            )
    except Refused as error:
        with ports.transactions.begin() as store:
            chosen_site = site_or_first(store, data.get("site", ""), operator)
            return _page(request, store, chosen_site, _fields(store, chosen_site) if error.code == "grouping_changed" else data, error)
    return redirect_to(request, f"/console/prices/groups?site={chosen_site.slug}", "groups_kept")


@post("/prices/members", sync_to_thread=True, status_code=200)
def change_member(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """Add a driver to a group from now on; action "end": remove them now."""
    change = leave_group if data.get("action") == "end" else join_group
    ports, operator = ports_of(request), visitor_of(request).operator
    try:
        with ports.transactions.begin() as store:
            change(store, staff_member(request), data.get("email", ""), data.get("group", "").strip())
    except Refused as error:
        with ports.transactions.begin() as store:
            chosen_site = site_or_first(store, data.get("site", ""), operator)
            return _page(
                request, store, chosen_site, _fields(store, chosen_site) | {name: data.get(name, "") for name in ("group", "email")}, error
            )
    return redirect_to(request, f"/console/prices/groups?site={data.get('site', '')}", "groups_kept")


def _fields(store: Store, site: Site) -> Fields:
    fields = {f"group-{n}": group_of(site.evse_groups, kind) for n, kind in enumerate(socket_kinds(store, site))}
    for number, one in enumerate(site.power_classes):
        below = "" if one.below_w is None else f"{Decimal(one.below_w) / 1000:f}"
        fields |= {f"class-{number}": one.name, f"below-{number}": below}
    return fields


def _groups_of(store: Store, site: Site, fields: Mapping[str, str]) -> list[EvseGroup]:
    groups: dict[str, list[str]] = {}
    for index, kind in enumerate(socket_kinds(store, site)):
        name = fields.get(f"group-{index}", "").strip()
        if name:
            groups.setdefault(name, []).append(kind)
    return [EvseGroup(name, tuple(kinds)) for name, kinds in sorted(groups.items())]


def _classes_of(fields: Mapping[str, str]) -> tuple[PowerClass, ...]:
    """Rows without a name are skipped."""
    found = list[tuple[str, int | None]]()
    for row in range(_rows(fields)):
        name, below_w = fields.get(f"class-{row}", "").strip(), parts_or_none(fields.get(f"below-{row}", ""), f"below-{row}", 1000)
        if name:
            found.append((name, below_w))
        elif below_w is not None:
            raise BadInput(f"class-{row}", "This class has no name.", "1 to 40 characters.")
    return classes_by(found)


def _rows(fields: Mapping[str, str]) -> int:
    places = [int(name.removeprefix("class-")) for name in fields if name.startswith("class-") and name[6:].isdecimal()]
    return min(max(places, default=-1) + 1, 50)


def _page(request: WebRequest, store: Store, site: Site, fields: Mapping[str, str], error: Refused | None = None) -> Response[str]:
    now, evses = ports_of(request).clock.now(), store.stations.evses(site.id)
    kinds = [(kind, sum(one.kind == kind and one.retired_at is None for one in evses)) for kind in socket_kinds(store, site)]
    members = [one for one in store.drivers.members(site.operator_id) if one.is_valid_at(now)]
    filled = sum(bool(fields.get(f"class-{row}")) for row in range(_rows(fields)))
    return page(
        request,
        "console/price_groups.html",
        status_of(error) if error else 200,
        site=site,
        kinds=kinds,
        fields=fields,
        rows=max(_rows(fields), filled + _SPARE_ROWS),
        members=[(one.group, store.drivers.driver(one.driver_id), one.since) for one in members],
        seen=grouping_fingerprint(store, site),
        error=error,
        tab="prices",
    )


pages = [groups, save_groups, change_member]
