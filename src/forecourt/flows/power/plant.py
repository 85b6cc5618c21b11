"""A site's own sun and storage: what its operator enters, and what other systems report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.flows.power.energy_costs import learn_peak
from forecourt.kernel import BadInput, NotFound, SiteId
from forecourt.planning import FORECAST_HISTORY, MAX_FORECAST_STEPS, EnergyCosts, Plant, Solar, SolarPlant, StoragePlant, SunStep
from forecourt.stations import Site

_CLOCKS_APART = timedelta(minutes=5)


def plant_of(store: Store, site_id: SiteId) -> Plant:
    costs = store.plans.energy_costs(site_id)
    return (costs.plant if costs else None) or Plant()


def set_plant(store: Store, site: Site, solar: SolarPlant | None, storage: StoragePlant | None, at: datetime) -> None:
    """Save what the operator entered; reported data is kept as far as it still fits. The month's peak is learned anew."""
    stored = _locked(store, site)
    if solar is not None and stored.solar is not None:
        solar = replace(solar, forecast=tuple(step for step in stored.solar.forecast if step.watts <= solar.peak_w))
    if storage is not None and stored.storage is not None and (stored.storage.level_wh or 0) <= storage.capacity_wh:
        storage = replace(storage, level_wh=stored.storage.level_wh, level_at=stored.storage.level_at)
    _store(store, site, replace(stored, solar=solar, storage=storage))
    costs = store.plans.energy_costs(site.id)
    if costs is not None and costs.contract is not None:
        store.plans.put_energy_costs(replace(costs, month="", peak_w=0, learned_at=None))
        learn_peak(store, site.id, at)


def report_solar_forecast(store: Store, site: Site, steps: Sequence[SunStep], at: datetime) -> None:
    """Replace the forecast from its first step on. Steps of the last two days are kept: the month's peak is learned from them."""
    stored = _locked(store, site)
    if stored.solar is None:
        raise NotFound("solar", f"{site.name} has no solar plant.", "Enter its kWp first, on the Solar and storage page.")
    if not steps:
        raise BadInput("solar_forecast", "The forecast has no steps.", "Enter at least one start with its watts.")
    forecast = (*_before(stored.solar.forecast, steps, at), *steps)
    _store(store, site, replace(stored, solar=replace(stored.solar, forecast=forecast)))


def _before(previous: Sequence[SunStep], steps: Sequence[SunStep], at: datetime) -> list[SunStep]:
    """What to keep of the previous forecast: a gap before the new one is filled with 0, and the newest steps that fit are kept."""
    end, first_start = Solar(tuple(previous)).end, steps[0].start
    before = [step for step in previous if at - FORECAST_HISTORY <= step.start < first_start]
    if end is not None and end < first_start and before:
        before.append(SunStep(end, 0.0))
    steps_left = MAX_FORECAST_STEPS - len(steps)
    return before[-steps_left:] if steps_left > 0 else []


def report_storage_level(store: Store, site: Site, level_wh: int, level_at: datetime, at: datetime) -> None:
    """Set the storage's level. A report older than the stored one changes nothing."""
    if level_at > at + _CLOCKS_APART:
        raise BadInput("level_at", "The level is dated in the future.", "Send the time it was measured, or leave it out for now.")
    stored = _locked(store, site)
    if stored.storage is None:
        raise NotFound("storage", f"{site.name} has no storage.", "Enter its figures first, on the Solar and storage page.")
    if stored.storage.level_at is None or stored.storage.level_at <= level_at:
        _store(store, site, replace(stored, storage=replace(stored.storage, level_wh=level_wh, level_at=level_at)))


def report_grid_peak(store: Store, site: Site, watts: int, at: datetime) -> None:
    """The month's highest quarter-hour at the grid meter. It replaces what is computed from the sockets."""
    if watts < 0:
        raise BadInput("grid_peak_w", "The highest power at the grid meter is below 0.")
    month = f"{at.astimezone(ZoneInfo(site.zone)):%Y-%m}"
    _store(store, site, replace(_locked(store, site), grid_peak_w=watts, grid_peak_month=month))


def _locked(store: Store, site: Site) -> Plant:
    """Read it under the lock: two systems may report at the same time, while a planner reads."""
    store.plans.lock_site(site.id)
    return plant_of(store, site.id)


def _store(store: Store, site: Site, plant: Plant) -> None:
    costs = store.plans.energy_costs(site.id) or EnergyCosts(site.operator_id, site.id, None)
    store.plans.put_energy_costs(replace(costs, plant=None if plant == Plant() else plant))
