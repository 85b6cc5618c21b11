"""REST for a site's solar power and storage: other systems send the forecast, the battery's level and the grid's peak, and ask what to
do."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.flows.ports import Store
from forecourt.flows.power import plant_of, report_grid_peak, report_solar_forecast, report_storage_level, storage_advice
from forecourt.kernel import utc
from forecourt.planning import SunStep
from forecourt.stations import Site
from forecourt.web.api.shared import DatedRequest
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Watts = Annotated[float, Meta(ge=0, le=1e9)]
Whole = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class SolarStepItem(DatedRequest):
    """The power expected from `start`."""

    start: datetime
    watts: Watts


class SolarForecastRequest(Struct, forbid_unknown_fields=True):
    """In order; the last lasts as long as the one before it. They replace all earlier forecasts from the first start on."""

    steps: Annotated[list[SolarStepItem], Meta(min_length=1, max_length=800)]


class StorageLevelRequest(DatedRequest):
    """at: when it was measured; empty = now. It expires after an hour."""

    level_wh: Whole
    at: datetime | None = None


class GridPeakRequest(Struct, forbid_unknown_fields=True):
    """The highest quarter-hour of the present month at the grid meter, for sockets, solar power and storage together."""

    power_w: Whole


class StorageNowItem(Struct):
    """power_w: above 0 it should charge, below 0 discharge; null: no instruction, `because` says why. This service does not control
    inverters: the battery's own controller polls this every five minutes, and is free to do otherwise."""

    power_w: int | None
    until: datetime
    because: str


class PlantItem(Struct):
    """null: not there, or not reported. forecast_from, forecast_to: its first and last start."""

    site: str
    solar_peak_w: int | None
    forecast_from: datetime | None
    forecast_to: datetime | None
    capacity_wh: int | None
    level_wh: int | None
    level_at: datetime | None
    grid_peak_w: int | None
    storage_now: StorageNowItem | None


@get("/sites/{slug:str}/plant", sync_to_thread=True, summary="A site's solar power and storage, and what the storage should do now")
def get_plant(request: WebRequest, slug: FromPath[str]) -> PlantItem:
    with ports_of(request).transactions.begin() as store:
        return _plant(store, own_site(store, slug, visitor_of(request).operator), ports_of(request).clock.now())


@put("/sites/{slug:str}/plant/forecast", sync_to_thread=True, summary="Send the solar forecast")
def set_solar_forecast(request: WebRequest, slug: FromPath[str], data: JSONBody[SolarForecastRequest]) -> PlantItem:
    now = ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        report_solar_forecast(store, site, [SunStep(utc(step.start), step.watts) for step in data.steps], now)
        return _plant(store, site, now)


@put("/sites/{slug:str}/plant/level", sync_to_thread=True, summary="Send the storage's state of charge")
def set_storage_level(request: WebRequest, slug: FromPath[str], data: JSONBody[StorageLevelRequest]) -> PlantItem:
    """The answer says what it should do now."""
    now = ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        report_storage_level(store, site, data.level_wh, utc(data.at) if data.at else now, now)
        return _plant(store, site, now)


@put("/sites/{slug:str}/plant/grid-peak", sync_to_thread=True, summary="Send the month's highest power at the grid meter")
def set_grid_peak(request: WebRequest, slug: FromPath[str], data: JSONBody[GridPeakRequest]) -> PlantItem:
    now = ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        report_grid_peak(store, site, data.power_w, now)
        return _plant(store, site, now)


def _plant(store: Store, site: Site, now: datetime) -> PlantItem:
    kept, advice = plant_of(store, site.id), storage_advice(store, site, now)
    told = kept.solar.forecast if kept.solar else ()
    storage = kept.storage
    return PlantItem(
        site.slug,
        kept.solar.peak_w if kept.solar else None,
        told[0].start if told else None,
        told[-1].start if told else None,
        storage.capacity_wh if storage else None,
        storage.level_wh if storage else None,
        storage.level_at if storage else None,
        kept.grid_peak_w,
        StorageNowItem(advice.watts, advice.until, advice.because) if advice else None,
    )


routes = Router(
    "/api/v1",
    tags=["Sites"],
    guards=[staff_only],
    route_handlers=[get_plant, set_solar_forecast, set_storage_level, set_grid_peak],
    opt={"duty": Duty.SITES},
)
