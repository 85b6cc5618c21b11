"""What a day delivered compared to what was possible: computed every night, stored per site and day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import inf
from statistics import quantiles
from zoneinfo import ZoneInfo

from forecourt.flows.desk.runs import NightlyRun
from forecourt.flows.ports.power_plans import PowerDay
from forecourt.flows.ports.store import Store
from forecourt.flows.power.site_power import evse_limits, site_limits
from forecourt.kernel import EvseId, SiteId, Span
from forecourt.planning import PlanSession, Profile, ProfileStep, energy_upper_bound
from forecourt.sessions import ChargeRecord, EndedCharge
from forecourt.stations import Evse, Site
from forecourt.tariffs import PhaseState

# Each change of the allowance as plans found it: instant and watts (None: no allowance), by time.
_Held = Sequence[tuple[datetime, int | None]]
_CHANGES, _QUARTER = 200, timedelta(minutes=15)

STARVED = 0.05
# How many days back are checked again: an offline charger reports its charges late, and the job may have been down.
_LOOKS_BACK = 7
# A car that drew nothing for this long at the end was full.
_FULL_AFTER = timedelta(minutes=1)


def compute_power_days(store: Store, site_id: SiteId, at: datetime) -> None:
    """Compute the site's recent days that are missing, or for which more charges have become known."""
    site = store.stations.site(site_id)
    today = at.astimezone(ZoneInfo(site.zone)).date()
    first_day = today - timedelta(days=_LOOKS_BACK)
    stored = {one.day: one.charges + one.left_out for one in store.plans.days(site_id, first_day)}
    ended = store.sessions.ended_within(site_id, Span(_span(site, first_day).start, at))
    for day in (first_day + timedelta(days=n) for n in range(_LOOKS_BACK)):
        of_day = [one.session_id for one in ended if _span(site, day).contains(one.ended_at)]
        if stored.get(day) != len(of_day):
            store.sessions.prefetch_records(of_day)
            records = [record for one in of_day if (record := store.sessions.record(one)) is not None]
            store.plans.put_day(_figures(store, site, day, records, at))


POWER_DAYS = NightlyRun("power figures", compute_power_days)


def need_of(record: ChargeRecord, usual_wh: int) -> tuple[int, bool]:
    """What a car needed (Wh), and whether that is known. If it was full: what it took; otherwise what was asked for, if that is more.

    A car that was switched off and never woke up does not count as full.
    """
    ends = [phase for phase in record.phases if phase.end > phase.start][-2:]
    asks_nothing = bool(ends) and ends[-1].state is PhaseState.IDLE and ends[-1].end - ends[-1].start >= _FULL_AFTER
    if asks_nothing and ends[0].state is not PhaseState.WITHHELD:
        return record.energy_wh, True
    if record.stated_wh is not None:
        return max(record.stated_wh, record.energy_wh), True
    return max(usual_wh, record.energy_wh), False


def evenness(shares: Sequence[float]) -> float | None:
    """Jain's index: 1 = all had the same share. None: nobody had any."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None


def fifth_percentile(shares: Sequence[float]) -> float | None:
    if len(shares) < 2:
        return shares[0] if shares else None
    return quantiles(shares, n=20, method="inclusive")[0]


def _figures(store: Store, site: Site, day: date, of_day: Sequence[ChargeRecord], at: datetime) -> PowerDay:
    evses = {evse.id: evse for evse in store.stations.evses(site.id)}
    charges = [one for one in of_day if _usable(one, evses)]
    needs = [need_of(one, site.sharing.usual_need_wh) for one in charges]
    stays = [_stay(one, need, evses) for one, (need, _) in zip(charges, needs, strict=True)]
    shares = [
        share for stay, one in zip(stays, charges, strict=True) if (share := _share(stay, evses[one.evse_id], one.energy_wh)) is not None
    ]
    other_cars = _overlapping(store, site, charges, _span(site, day).end, at)
    allowances = _allowed(store, site, [*stays, *other_cars])
    return PowerDay(
        operator_id=site.operator_id,
        site_id=site.id,
        day=day,
        made_at=at,
        charges=len(charges),
        left_out=len(of_day) - len(charges),
        assumed=sum(not known for _, known in needs),
        requested_wh=sum(need for need, _ in needs),
        delivered_wh=sum(one.energy_wh for one in charges),
        bound_wh=_bound_wh(site, list(evses.values()), (stays, other_cars), allowances),
        jain=evenness(shares),
        fifth=fifth_percentile(shares),
        starved=sum(share < STARVED for share in shares),
        cut_s=_cut_s(allowances, _span(site, day)),
    )


def _bound_wh(site: Site, evses: Sequence[Evse], cars: tuple[Sequence[PlanSession], Sequence[PlanSession]], allowances: _Held) -> int:
    """The bound for these stays, after deducting what other cars got: they need room too, but no energy may count in two days' figures."""
    stays, others = cars
    if not stays:
        return 0
    bound_wh = energy_upper_bound(
        [*stays, *others], site_limits(site, evses), [evse_limits(evse) for evse in evses], _profile(allowances)
    ).total_wh
    return round(bound_wh - sum(one.need_wh or 0.0 for one in others))


def _allowed(store: Store, site: Site, cars: Sequence[PlanSession]) -> _Held:
    """The allowance that plans found while these cars were there; none after they left."""
    if not cars or store.plans.allowances(site.id) is None:
        return ()
    since, until = min(one.arrival for one in cars), max(one.departure or one.arrival for one in cars)
    return [*store.plans.allowed(site.id, Span(since, until)), (until, None)] if since < until else ()


def _profile(allowances: _Held) -> Profile | None:
    """The allowance as a profile; if it changed very often, with the maximum of each quarter-hour, so that the bound is never too low."""
    if all(watts is None for _, watts in allowances):
        return None
    steps = [ProfileStep(start, inf if watts is None else float(watts)) for start, watts in allowances]
    exact = Profile("others", tuple(steps))
    if len(steps) <= _CHANGES:
        return exact
    first, count = steps[0].start, 1 + (steps[-1].start - steps[0].start) // _QUARTER
    starts = [first + n * _QUARTER for n in range(count)]
    highest = [max(step.watts for step in exact.in_force(start, start + _QUARTER)) for start in starts]
    return Profile("others", tuple(ProfileStep(*one) for one in zip(starts, highest, strict=True)))


def _cut_s(allowances: _Held, day: Span) -> int:
    """Seconds of the day during which an allowance was in force."""
    spans = [(max(start, day.start), min(end, day.end)) for (start, watts), (end, _) in pairwise(allowances) if watts is not None]
    return sum((end - start) // timedelta(seconds=1) for start, end in spans if start < end)


def _overlapping(store: Store, site: Site, charges: Sequence[ChargeRecord], end: datetime, at: datetime) -> list[PlanSession]:
    """Cars that overlapped with ours but left on another day, or are still there: their need is what they have had."""
    if not charges:
        return []
    evses = {evse.id: evse for evse in store.stations.evses(site.id)}
    own_ids, since = {one.session_id for one in charges}, min(one.started_at for one in charges)
    ended = [one for one in store.sessions.ended_within(site.id, Span(since, at)) if one.session_id not in own_ids and _usable(one, evses)]
    ended_cars = [_stay(one, one.energy_wh, evses) for one in ended if one.started_at < end]
    open_sessions = [one for one in store.sessions.open_at(site.id) if one.started_at < end and one.evse_id in evses]
    return ended_cars + [
        PlanSession(str(one.id), evses[one.evse_id].label, one.started_at, 0.0, at, float(one.meter.energy_wh)) for one in open_sessions
    ]


def _usable(charge: EndedCharge, evses: Mapping[EvseId, Evse]) -> bool:
    return not charge.held and charge.ended_at > charge.started_at and charge.evse_id in evses


def _stay(charge: EndedCharge, need_wh: int, evses: Mapping[EvseId, Evse]) -> PlanSession:
    return PlanSession(
        str(charge.session_id), evses[charge.evse_id].label, charge.started_at, departure=charge.ended_at, need_wh=float(need_wh)
    )


def _share(stay: PlanSession, evse: Evse, energy_wh: int) -> float | None:
    """The share delivered of the need, or of what the bay alone could have delivered during the stay, if that is less."""
    hours = ((stay.departure or stay.arrival) - stay.arrival) / timedelta(hours=1)
    possible = min(stay.need_wh or 0.0, evse.max_power_w * hours)
    return min(1.0, energy_wh / possible) if possible > 0 else None


def _span(site: Site, day: date) -> Span:
    zone = ZoneInfo(site.zone)
    return Span(*(datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1))))
