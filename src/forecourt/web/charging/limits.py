"""The operator's page of a site's limits."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.chargers import LimitPreview, limits_version, preview_limits, set_limits
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.stations import Evse, LimitEdit, NewPanel, Site
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import number_or_none, parts_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.site_lookup import own_site

Fields = dict[str, str]


@get("/sites/{slug:str}/limits", sync_to_thread=True)
def limits(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, store, site, _fields(site))


@post("/sites/{slug:str}/limits", sync_to_thread=True, status_code=200)
def save_limits(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """do "keep": they apply from the next plan on; anything else previews the changes."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            site = own_site(store, slug, visitor_of(request).operator)
            if data.get("seen") != limits_version(site):  # fields refer to limits by position
                raise Conflict(
                    "limits_changed",
                    "Someone else has changed the limits in the meantime.",
                    "Your entries are kept below. Check them again.",
                )
            edit = _edit(site, store.stations.evses(site.id), data)
            # Only what was previewed is saved, not what was typed afterwards.
            if data.get("do") != "keep" or data.get("looked") != _digest(edit):
                return _page(request, store, site, data, preview_limits(store, staff_member(request), site.id, edit))
            set_limits(store, staff_member(request), site.id, edit, data["seen"], data.get("confirm") == "on")
    except Refused as error:
        return _refused(request, slug, data, error)
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/limits", "limits_kept"), site.id)


def _refused(request: WebRequest, slug: str, data: Fields, error: Refused) -> Response[str]:
    """The form as it was filled in, with what is wrong."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        if error.code == "limits_changed":
            return _page(request, store, site, _rebased(site, data), None, error)
        if error.code != "confirm":
            return _page(request, store, site, data, None, error)
        edit = _edit(site, store.stations.evses(site.id), data)
        return _page(request, store, site, data, preview_limits(store, staff_member(request), site.id, edit), error)


def _page(
    request: WebRequest, store: Store, site: Site, fields: Fields, preview: LimitPreview | None = None, error: Refused | None = None
) -> Response[str]:
    labels = [evse.label for evse in store.stations.evses(site.id)]
    preview_digest = _digest(_edit(site, store.stations.evses(site.id), fields)) if preview else ""
    shown = {
        "looked": preview_digest,
        "site": site,
        "fields": fields,
        "labels": labels,
        "preview": preview,
        "error": error,
        "seen": limits_version(site),
        "now": _fields(site),
    }
    return page(request, "console/limits.html", status_of(error) if error else 200, **shown, tab="now")


def _fields(site: Site) -> Fields:
    power = f"{Decimal(site.power_limit_w) / 1000:f}" if site.power_limit_w else ""
    return {"power": power, **{f"limit-{n}": f"{row.limit_a:g}" for n, row in enumerate(site.limits)}}


def _rebased(site: Site, data: Fields) -> Fields:
    """What was typed for an older version of the limits, moved to the present ones: rows match by name, and untouched ones are as now."""
    places = {data.get(f"row-{place}", ""): place for place in range(len(data))}
    fields = {name: value for name, value in data.items() if not name.startswith(("limit-", "drop-"))} | _fields(site)
    if data.get("power", "") != data.get("power_was", ""):
        fields["power"] = data.get("power", "")
    for number, row in enumerate(site.limits):
        before = places.get(row.name)
        if before is None:
            continue
        typed = data.get(f"limit-{before}", "")
        if typed != data.get(f"was-{before}"):
            fields[f"limit-{number}"] = typed
        fields[f"drop-{number}"] = data.get(f"drop-{before}", "")
    return fields


def _edit(site: Site, evses: Sequence[Evse], data: Fields) -> LimitEdit:
    """Rows are matched by position: the form carries a digest of the limits it was rendered from."""
    amps: dict[str, float] = {}
    for number, row in enumerate(site.limits):
        limit = number_or_none(data.get(f"limit-{number}", ""), f"limit-{number}")
        if limit is None:
            raise BadInput(f"limit-{number}", f"Enter a limit for {row.name}.", "If it has none, select Remove.")
        # A limit left as it was shown stays exactly what it was.
        amps[row.name] = row.limit_a if f"{row.limit_a:g}" == data.get(f"limit-{number}") else float(limit)
    removed = frozenset(row.name for place, row in enumerate(site.limits) if data.get(f"drop-{place}") == "on")
    return LimitEdit(amps, parts_or_none(data.get("power", ""), "power", 1000), removed, _panel(evses, data))


def _digest(edit: LimitEdit) -> str:
    return sha256(repr((sorted(edit.amps.items()), edit.power_w, sorted(edit.dropped), edit.added)).encode()).hexdigest()[:16]


def _panel(evses: Sequence[Evse], data: Fields) -> NewPanel | None:
    ticked = tuple(evse.label for place, evse in enumerate(evses) if data.get(f"socket-{place}") == "on")
    name, limit = data.get("panel_name", "").strip(), number_or_none(data.get("panel_limit", ""), "panel_limit")
    if not name and limit is None and not ticked:
        return None
    if limit is None:
        raise BadInput("panel_limit", "Enter a limit for the panel.", "In amps, for each of its lines.")
    return NewPanel(name, float(limit), ticked)


pages = [limits, save_limits]
