"""The console's pages of prices: current prices, a tariff's history, its editor with a live preview, entries of the price list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response

from forecourt.flows.ports import Store
from forecourt.flows.prices import publish_tariff, withdraw_entry, withdraw_version
from forecourt.kernel import Conflict, NotFound, OperatorId, PriceEntryId, Refused, TariffVersionId
from forecourt.stations import Site, region_choices
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.price_book import own_version, price_list, tariff_page
from forecourt.web.queries.price_preview import preview, publication_of
from forecourt.web.queries.site_lookup import all_sites, own_site
from forecourt.web.views.tariff_form import DAYS, HOLIDAYS, KINDS, TariffForm, new_form, read_form, tariff_to_form

_MAX_OPEN_LINES = 3  # up to this many lines of a tariff are shown open


@get("/prices", sync_to_thread=True)
def prices(request: WebRequest, site: FromQuery[str] = "") -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        sites = [(one.slug, one.name) for one in all_sites(store, operator)]
        view = price_list(store, site_or_first(store, site, operator), ports.clock.now()) if sites else None
    return page(request, "console/prices.html", prices=view, sites=sites, tab="prices")


@get("/prices/versions/{version_id:uuid}", sync_to_thread=True)
def version(request: WebRequest, version_id: FromPath[UUID]) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view = tariff_page(store, operator, own_version(store, operator, version_id), ports.clock.now())
    return page(request, "console/price_tariff.html", tariff=view, tab="prices")


@post("/prices/versions/{version_id:uuid}/withdraw", sync_to_thread=True, status_code=303)
def withdraw(request: WebRequest, version_id: FromPath[UUID]) -> Redirect:
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        by = str(visitor.require_account().id)
        withdraw_version(store, visitor.operator, TariffVersionId(version_id), by, ports.clock.now())
    return redirect_to(request, f"/console/prices/versions/{version_id}", "price_withdrawn")


@get("/prices/edit", sync_to_thread=True)
def edit(
    request: WebRequest, site: FromQuery[str] = "", version: FromQuery[UUID | None] = None, mode: FromQuery[str] = ""
) -> Response[str]:
    """A new tariff, or the next version of one; as lines, or as JSON if the lines cannot express it."""
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        chosen_site = site_or_first(store, site, operator)
        form = new_form(chosen_site.country, chosen_site.currency, chosen_site.calendar.region)
        fields = {"site": chosen_site.slug, "scope": "site", "enter": "1", "mode": mode}
        if version is not None:
            known = own_version(store, operator, version)
            form = tariff_to_form(known.tariff) or TariffForm(known.tariff.id, known.tariff.currency)
            fields |= {"of": str(version), "scope": "site" if known.site_id else "all"}
            if mode == "json" or tariff_to_form(known.tariff) is None:
                form, fields["mode"] = replace(form, raw=known.source), "json"
        return _editor(request, store, chosen_site, form, fields)


@post("/prices/edit", sync_to_thread=True, status_code=200)
def save(request: WebRequest, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """The buttons: look (price the sample), more (add a line), publish."""
    ports, visitor = ports_of(request), visitor_of(request)
    now, form, action = ports.clock.now(), read_form(data), data.get("action", "look")
    with ports.transactions.begin() as store:
        chosen_site = site_or_first(store, data.get("site", ""), visitor.operator)
        if action != "publish":
            return _editor(request, store, chosen_site, form.with_lines(1) if action == "more" else form, data)
    by = str(visitor.require_account().id)
    try:
        with ports.transactions.begin() as store, idempotent(store, f"publish/{by}/{data.get('key', '')}", now) as attempt:
            if attempt.fresh:
                publication = replace(publication_of(chosen_site, form, data, now), version_id=TariffVersionId(ports.ids.new(now)), by=by)
                attempt.answer = str(publish_tariff(store, publication).id).encode()
    except Refused as error:
        with ports.transactions.begin() as store:
            return _editor(request, store, chosen_site, form, data, error)
    flash = "price_scheduled" if data.get("valid_from") else "price_published"
    return redirect_to(request, f"/console/prices/versions/{attempt.answer.decode()}", flash)


@post("/prices/preview", sync_to_thread=True, status_code=200)
def live_preview(request: WebRequest, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    """Recalculate the sample charge while the editor is typed into."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        chosen_site = site_or_first(store, data.get("site", ""), visitor_of(request).operator)
        view = preview(store, chosen_site, read_form(data), data, ports.clock.now())
    return Response(render("console/price_preview.html", {"preview": view, "csrf": "", "zone": chosen_site.zone}), media_type="text/html")


@get("/prices/entries/{entry_id:uuid}/end", sync_to_thread=True)
def end_page(request: WebRequest, entry_id: FromPath[UUID]) -> Response[str]:
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        entry = store.prices.entry(PriceEntryId(entry_id))
        if entry is None or entry.operator_id != operator:
            raise NotFound("entry", "There is no such price.", "Check the price list.")
        slug = store.stations.site(entry.site_id).slug if entry.site_id else ""
    effect = "From now on the next most specific price applies to these sockets and drivers; where there is none, no one can charge."
    effect += " Running charges keep their price."
    back = f"/console/prices?site={slug}"
    return page(request, "console/price_end.html", entry=entry, effect=effect, back=back, tab="prices")


@post("/prices/entries/{entry_id:uuid}/end", sync_to_thread=True, status_code=303)
def end_entry(request: WebRequest, entry_id: FromPath[UUID]) -> Redirect:
    """Cancel an entry that has not begun; end one that applies now."""
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        by = str(visitor.require_account().id)
        entry = withdraw_entry(store, visitor.operator, PriceEntryId(entry_id), by, ports.clock.now())
        slug = store.stations.site(entry.site_id).slug if entry.site_id else ""
    return redirect_to(request, f"/console/prices?site={slug}", "entry_ended")


def site_or_first(store: Store, slug: str, operator: OperatorId) -> Site:
    """The operator's site with that slug; without one, the first."""
    if slug:
        return own_site(store, slug, operator)
    sites = all_sites(store, operator)
    if not sites:
        raise Conflict("no_site", "There is no site yet.", "Add a site first.")
    return sites[0]


def _editor(
    request: WebRequest, store: Store, site: Site, form: TariffForm, fields: Mapping[str, str], error: Refused | None = None
) -> Response[str]:
    view = preview(store, site, form, fields, ports_of(request).clock.now())
    code = error.code if error else view.field
    spare = form if form.lines and form.lines[-1].blank else form.with_lines(1)
    return page(
        request,
        "console/price_edit.html",
        status_of(error) if error else 200,
        form=spare,
        unfolded=_open_lines(spare, code),
        fields={"of": "", "mode": "", "scope": "site", "enter": "", **fields},
        site=site,
        preview=view,
        error=error,
        errors={code: error.text if error else view.error} if code else {},
        kinds=[(kind.key, kind.words) for kind in KINDS],
        holidays=HOLIDAYS,
        regions=region_choices(site.country, form.region),
        days=[name.title()[:3] for name in DAYS],
        form_key=fields.get("key") or sealing.fresh_secret()[:16],
        live=True,
        tab="prices",
    )


def _open_lines(form: TariffForm, code: str) -> frozenset[int]:
    """The lines shown open, if there are many: empty ones, and the one with the wrong field; all, if the error is in none."""
    numbers = frozenset(range(len(form.lines)))
    rejected = frozenset(number for number in numbers if code.endswith(f"-{number}"))
    if len(numbers) <= _MAX_OPEN_LINES or (code and not rejected):
        return numbers
    return rejected | {number for number in numbers if form.lines[number].blank}


pages = [prices, version, withdraw, edit, save, live_preview, end_page, end_entry]
