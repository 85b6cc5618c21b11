"""The operator's page of a site's solar power and storage."""

from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.desk import note
from forecourt.flows.ports import Store
from forecourt.flows.power import plant_of, report_solar_forecast, set_plant, storage_advice
from forecourt.kernel import BadInput, Refused
from forecourt.planning import Plant, SolarPlant, StoragePlant, curves_text, parse_curves, parse_forecast
from forecourt.stations import Site
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import number_or_none, parts_or_none
from forecourt.web.frame.responses import WebRequest, page, redirect_to, trigger_planning
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.site_lookup import own_site

Fields = dict[str, str]


@get("/sites/{slug:str}/plant", sync_to_thread=True)
def plant(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, store, site, _fields(plant_of(store, site.id)))


@post("/sites/{slug:str}/plant", sync_to_thread=True, status_code=200)
def save_plant(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """Save the figures of both; one without power or capacity counts as absent. Changes are logged."""
    try:
        solar, storage = _solar(data), _storage(data)
        with ports_of(request).transactions.begin() as store:
            site, by = own_site(store, slug, visitor_of(request).operator), staff_member(request)
            check_form_version(data.get("seen", ""), _fields(plant_of(store, site.id)))
            set_plant(store, site, solar, storage, by.at)
            note(store, by, "site.plant", slug, _words(solar, storage))
    except Refused as error:
        return _refused(request, slug, data, error)
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/plant", "plant_kept"), site.id)


@post("/sites/{slug:str}/plant/forecast", sync_to_thread=True, status_code=200)
def save_forecast(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """Lines of a CSV file: start, watts."""
    try:
        with ports_of(request).transactions.begin() as store:
            site, by = own_site(store, slug, visitor_of(request).operator), staff_member(request)
            report_solar_forecast(store, site, parse_forecast(data.get("forecast", ""), "solar_forecast", site.zone), by.at)
    except Refused as error:
        return _refused(request, slug, data, error)
    return trigger_planning(request, redirect_to(request, f"/console/sites/{slug}/plant", "plant_kept"), site.id)


def _refused(request: WebRequest, slug: str, data: Fields, error: Refused) -> Response[str]:
    """The forms as they were filled in, with what is wrong; the other form shows the saved values."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, store, site, {**_fields(plant_of(store, site.id)), **data}, error)


def _page(request: WebRequest, store: Store, site: Site, fields: Fields, error: Refused | None = None) -> Response[str]:
    now, stored = ports_of(request).clock.now(), plant_of(store, site.id)
    context = {"site": site, "fields": fields, "error": error, "plant": stored, "seen": form_version(_fields(stored))}
    forecast = stored.solar.forecast if stored.solar else ()
    costs = store.plans.energy_costs(site.id)
    advice = storage_advice(store, site, now)
    shown = {"advice": advice, "told_from": forecast[0].start if forecast else None, "told_to": forecast[-1].start if forecast else None}
    prices = bool(costs and costs.contract)
    return page(request, "console/plant.html", status_of(error) if error else 200, **context, **shown, prices=prices, tab="now")


def _fields(stored: Plant) -> Fields:
    fields: Fields = {}
    if sun := stored.solar:
        fields = {"peak": f"{Decimal(sun.peak_w) / 1000:f}", "feed_in": f"{sun.feed_in_per_kwh:f}", "curve": curves_text(sun.curves)}
    if one := stored.storage:
        watts = {"capacity": one.capacity_wh, "charge": one.most_charge_w, "discharge": one.most_discharge_w, "reserve": one.reserve_wh}
        fields |= {name: f"{Decimal(value) / 1000:f}" for name, value in watts.items()}
        fields |= {"efficiency": f"{(one.efficiency * 100).normalize():f}", "wear": f"{one.wear_per_kwh:f}"}
    return fields


def _solar(data: Fields) -> SolarPlant | None:
    peak_w = _thousands(data, "peak")
    if not peak_w:
        return None
    return SolarPlant(peak_w, _number(data, "feed_in") or Decimal(0), parse_curves(data.get("curve", ""), "solar_curve"))


def _storage(data: Fields) -> StoragePlant | None:
    capacity_wh = _thousands(data, "capacity")
    if not capacity_wh:
        return None
    efficiency = _number(data, "efficiency")
    return StoragePlant(
        capacity_wh,
        _required_power_w(data, "charge"),
        _required_power_w(data, "discharge"),
        Decimal("0.9") if efficiency is None else efficiency / 100,
        _thousands(data, "reserve") or 0,
        _number(data, "wear") or Decimal(0),
    )


def _required_power_w(data: Fields, name: str) -> int:
    value = _thousands(data, name)
    if value is None:
        raise BadInput(name, f"Enter the maximum power the storage can {name} with.", "In kilowatts.")
    return value


def _thousands(data: Fields, name: str) -> int | None:
    return parts_or_none(data.get(name, ""), name, 1000)


def _number(data: Fields, name: str) -> Decimal | None:
    return number_or_none(data.get(name, ""), name)


def _words(solar: SolarPlant | None, storage: StoragePlant | None) -> str:
    sun = f"sun {solar.peak_w} W, fed in for {solar.feed_in_per_kwh}" if solar else "no sun"
    battery = (
        f"storage {storage.capacity_wh} Wh, {storage.most_charge_w} W in, {storage.most_discharge_w} W out" if storage else "no storage"
    )
    return f"{sun}; {battery}"


pages = [plant, save_plant, save_forecast]
