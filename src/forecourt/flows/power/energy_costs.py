"""Sites with energy prices: the cap of the next step, and the forecast of the month's peak, learned every night."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId, Span
from forecourt.planning import (
    PEAK_HISTORY,
    EnergyContract,
    EnergyCosts,
    Plant,
    Problem,
    Solar,
    Stay,
    Supply,
    capped,
    peak_forecast_w,
    site_cap,
)
from forecourt.stations import Calendar, Site

_MEAN_OVER_S = 900  # demand is metered as the mean of a quarter-hour
_QUARTER = timedelta(seconds=_MEAN_OVER_S)


@dataclass(frozen=True, slots=True)
class _Month:
    """The local calendar month of an instant."""

    name: str
    start: datetime
    days_left: tuple[date, ...]
    days_seen: tuple[date, ...]  # of the period looked back over


def with_costs(store: Store, site: Site, problem: Problem, at: datetime) -> Problem:
    """The problem with the cap set by energy costs; unchanged if the site has no contract."""
    costs = store.plans.energy_costs(site.id)
    if costs is None or costs.contract is None or not problem.sessions:
        return problem
    cap = site_cap(problem, supply_from(costs.contract, costs.plant, site, at), paid_w(store, site, costs, at))
    return problem if cap is None else capped(problem, cap.now_w)


def supply_from(contract: EnergyContract, plant: Plant | None, site: Site, at: datetime) -> Supply:
    """What energy costs from now on, including the site's own sun and storage."""
    end = at + timedelta(days=2)
    supply = _priced(contract, Span(at, end), site)
    return plant.fed(supply, site.zone, at, end) if plant else supply


def _priced(contract: EnergyContract, span: Span, site: Site) -> Supply:
    calendar = Calendar(contract.region)
    return contract.supply(span, site.zone, site.limit_w, lambda day: calendar.on(day) is not None)


def paid_w(store: Store, site: Site, costs: EnergyCosts, at: datetime) -> int:
    """The peak that costs nothing extra: the month's so far, or the one up to which it pays to go."""
    return max(costs.forecast_w, _peak_w(store, site, costs, at))


def set_energy_contract(store: Store, site: Site, contract: EnergyContract | None, at: datetime) -> None:
    """Takes effect with the next plan. None: energy costs the same at all hours again."""
    store.plans.lock_site(site.id)
    stored = store.plans.energy_costs(site.id)
    store.plans.put_energy_costs(EnergyCosts(site.operator_id, site.id, contract, plant=stored.plant if stored else None))
    learn_peak(store, site.id, at)


def learn_peak(store: Store, site_id: SiteId, at: datetime) -> None:
    """Forecast the month's most profitable peak from the charges of recent weeks, and store it with the month's peak so far."""
    site, costs = store.stations.site(site_id), store.plans.energy_costs(site_id)
    if costs is None or costs.contract is None:
        return
    month = _month(site.zone, at)
    stays = _stays(store, site, at)
    plant = costs.plant
    had_w = _peak_w(store, site, costs, at) if plant else _measured_w(store, site, Span(month.start, at))
    supply = _priced(costs.contract, Span(at - PEAK_HISTORY, at), site)
    if plant and plant.solar:
        supply = replace(supply, solar=plant.solar.past(at - PEAK_HISTORY, at, site.zone))
    first_day = min((stay.start for stay in stays), default=at).astimezone(ZoneInfo(site.zone)).date()
    seen = [day for day in month.days_seen if day >= first_day]
    forecast_w = peak_forecast_w(stays, seen, month.days_left, supply, had_w, site.zone)
    store.plans.lock_site(site_id)  # only now: other systems may have updated the plant meanwhile, and no plan waits for the program
    stored = store.plans.energy_costs(site_id) or costs
    store.plans.put_energy_costs(replace(stored, month=month.name, peak_w=had_w, forecast_w=round(forecast_w), learned_at=at))


def _peak_w(store: Store, site: Site, costs: EnergyCosts, at: datetime) -> int:
    """The highest power of this month, learned and measured since; as reported for the grid meter, if it is."""
    month = _month(site.zone, at)
    if costs.plant and costs.plant.grid_peak_w is not None and costs.plant.grid_peak_month == month.name:
        return costs.plant.grid_peak_w
    known = costs.peak_w if costs.month == month.name else 0
    since = max(month.start, costs.learned_at or month.start)
    return max(known, _measured_w(store, site, Span(since, at), costs.plant) if since < at else 0)


def _measured_w(store: Store, site: Site, span: Span, plant: Plant | None = None) -> int:
    """In whole quarter-hours since the start of the span; one that has only begun is not counted.

    Estimated output of the sun and the storage's full discharge are deducted: the grid has not been seen to deliver more than the rest, and
    estimating the peak too low costs less than assuming one that was never paid for.
    """
    whole = (span.end - span.start) // timedelta(seconds=_MEAN_OVER_S)
    if whole <= 0:
        return 0
    span = Span(span.start, span.start + whole * timedelta(seconds=_MEAN_OVER_S))
    found = store.sessions.site_power(site.id, span, _MEAN_OVER_S)
    if plant is None:
        return max((watts for _, watts in found), default=0)
    sun = plant.solar.past(span.start, span.end, site.zone) if plant.solar else Solar(())
    stored_w = plant.storage.most_discharge_w if plant.storage else 0
    return max(0, *(round(watts - sun.mean_w(start, start + _QUARTER)) - stored_w for start, watts in found if watts > stored_w), 0)


def _stays(store: Store, site: Site, at: datetime) -> list[Stay]:
    """Charges that ended in the period looked back over, with what they took."""
    evses = {evse.id: evse for evse in store.stations.evses(site.id)}
    return [
        Stay(one.started_at, one.ended_at, float(one.energy_wh), float(evses[one.evse_id].max_power_w))
        for one in store.sessions.ended_within(site.id, Span(at - PEAK_HISTORY, at))
        if one.evse_id in evses and one.ended_at > one.started_at
    ]


def _month(zone: str, at: datetime) -> _Month:
    local = ZoneInfo(zone)
    today = at.astimezone(local).date()
    first_day = today.replace(day=1)
    after = (first_day + timedelta(days=32)).replace(day=1)
    days_left = tuple(today + timedelta(days=n) for n in range((after - today).days))
    seen = tuple(today - timedelta(days=n) for n in range(1, PEAK_HISTORY.days + 1))
    return _Month(f"{first_day:%Y-%m}", datetime.combine(first_day, time(), local).astimezone(at.tzinfo), days_left, seen)
