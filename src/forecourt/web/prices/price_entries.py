"""The console's form next to the price list: who gets which tariff."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Response

from forecourt.flows.ports import Store
from forecourt.flows.prices import add_price_entry
from forecourt.kernel import BadInput, PriceEntryId, Refused
from forecourt.stations import Site
from forecourt.tariffs import Channel, PriceEntry, TariffKey
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.prices.tariffs import site_or_first
from forecourt.web.queries.price_book import CHANNELS
from forecourt.web.views.tariff_form import local_instant

_ALL = "all/"


@get("/prices/entries/new", sync_to_thread=True)
def new_entry(request: WebRequest, site: FromQuery[str] = "") -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        return _entry_page(request, store, site_or_first(store, site, visitor_of(request).operator), {})


@post("/prices/entries/new", sync_to_thread=True, status_code=200)
def enter(request: WebRequest, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    ports, visitor = ports_of(request), visitor_of(request)
    now, by = ports.clock.now(), str(visitor.require_account().id)
    with ports.transactions.begin() as store:
        site = site_or_first(store, data.get("site", ""), visitor.operator)
    try:
        with ports.transactions.begin() as store, idempotent(store, f"enter/{by}/{data.get('key', '')}", now) as attempt:
            if attempt.fresh:
                entry = entry_of(site, data, PriceEntryId(ports.ids.new(now)), now)
                attempt.answer = str(add_price_entry(store, replace(entry, published_by=by), now).id).encode()
    except Refused as error:
        with ports.transactions.begin() as store:
            return _entry_page(request, store, site, data, error)
    return redirect_to(request, f"/console/prices?site={site.slug}", "entry_kept")


def entry_of(site: Site, fields: Mapping[str, str], entry_id: PriceEntryId, now: datetime) -> PriceEntry:
    """The entry a form describes. tariff: the id, prefixed with "all/" for one of all sites. Raises BadInput."""
    tariff, channel = fields.get("tariff", ""), fields.get("channel", "")
    if channel and channel not in list(Channel):
        raise BadInput("channel", "That choice of drivers is unknown.", "Choose one from the list.")
    general = fields.get("scope") == "all"
    key = TariffKey(None, tariff.removeprefix(_ALL)) if tariff.startswith(_ALL) else TariffKey(site.id, tariff)
    priority = fields.get("priority", "").strip() or "0"
    if not priority.removeprefix("-").isdecimal() or len(priority) > 3:
        raise BadInput("priority", f"{priority[:20]!r} is not a priority.", "Enter a whole number.")
    return PriceEntry(
        id=entry_id,
        operator_id=site.operator_id,
        site_id=None if general else site.id,
        tariff=key,
        name=fields.get("name", "").strip(),
        valid_from=local_instant(fields.get("valid_from", ""), site.zone) or now,
        valid_to=local_instant(fields.get("valid_to", ""), site.zone, "valid_to"),
        evse_group=fields.get("evse_group", ""),
        power_class=fields.get("power_class", ""),
        plan=fields.get("plan", "").strip(),
        offer=fields.get("offer", "").strip(),
        channel=Channel(channel) if channel else None,
        priority=int(priority),
    )


def _entry_page(request: WebRequest, store: Store, site: Site, fields: Mapping[str, str], error: Refused | None = None) -> Response[str]:
    versions = [one for one in store.prices.versions(site.operator_id) if not one.withdrawn]
    keys = sorted({one.key for one in versions if one.site_id in (None, site.id)}, key=lambda key: (key.site_id is None, key.id))
    tariffs = [(f"{'' if key.site_id else _ALL}{key.id}", f"{key.id}{'' if key.site_id else ' (all sites)'}") for key in keys]
    plans = sorted({one.group for one in store.drivers.members(site.operator_id)})
    return page(
        request,
        "console/price_entry.html",
        status_of(error) if error else 200,
        site=site,
        fields=fields,
        tariffs=tariffs,
        plans=plans,
        groups=[("", "all")] + [(one.name, one.name) for one in site.evse_groups],
        classes=[("", "all")] + [(one.name, f"{one.name}, {one.title}") for one in site.power_classes],
        channels=[("", "everyone"), *((one.value, words) for one, words in CHANNELS.items())],
        error=error,
        errors=_error_fields(error),
        form_key=fields.get("key") or sealing.fresh_secret()[:16],
        tab="prices",
    )


def _error_fields(error: Refused | None) -> dict[str, str]:
    return {error.code.removeprefix("entry_"): error.text} if error else {}


pages = [new_entry, enter]
