"""How a site sold its hours: charges and price versions, converted to the input of revenue calculations."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from forecourt.flows.ports.store import Store
from forecourt.kernel import NotFound, Span
from forecourt.revenue import Days, History, SalesSummary, SoldHour
from forecourt.sessions import EndedCharge
from forecourt.stations import Site, in_service
from forecourt.tariffs import TariffVersion, price_curve

LOOKBACK = timedelta(days=182)


@dataclass(frozen=True)
class SiteSales:
    """A site's charges of the last half year, and its price versions, oldest first. days: whole local days before today."""

    site: Site
    sockets: int
    charges: tuple[EndedCharge, ...]
    versions: tuple[TariffVersion, ...]
    days: Days

    @property
    def arrivals(self) -> History:
        return self.days.counted(one.started_at for one in self.charges)

    @property
    def energy_wh(self) -> History:
        return self.days.spread((Span(one.started_at, one.ended_at), float(one.energy_wh)) for one in self.charges)

    @property
    def busy_minutes(self) -> History:
        return self.days.spread((Span(one.started_at, one.ended_at), minutes(one)) for one in self.charges)

    def summary(self) -> SalesSummary:
        """Hours as they were sold; hours without a price are left out."""
        full, arrivals, prices = self.days.spread(_full(self.charges, self.sockets)), self.arrivals, self._prices()
        sold = []
        for day in range(self.days.days):
            weekend = (self.days.first_day + timedelta(days=day)).weekday() > 4
            for hour in range(24):
                price = prices.get((day, hour))
                if price is not None and price > 0:
                    open_share = max(0.0, 1 - full.hours[day][hour] / 60)
                    sold.append(SoldHour(24 * weekend + hour, day, round(arrivals.hours[day][hour]), open_share, float(price)))
        count = max(1, len(self.charges))
        stay_h = sum(minutes(one) for one in self.charges) / 60 / count
        return SalesSummary(tuple(sold), stay_h, sum(one.energy_wh for one in self.charges) / 1000 / count, self.sockets)

    def _prices(self) -> dict[tuple[int, int], Decimal]:
        """The energy price at the start of each local hour, from the version that held then."""
        zone, found = ZoneInfo(self.site.zone), {}
        start = datetime.combine(self.days.first_day, datetime.min.time(), zone)
        end = datetime.combine(self.days.first_day + timedelta(days=self.days.days), datetime.min.time(), zone)
        for version in self.versions:
            first, last = max(start, version.valid_from), min(end, version.valid_to or end)
            if first >= last:
                continue
            steps = price_curve(version.tariff, Span(first, last), self.site.zone)
            starts = [step.start for step in steps]
            at = first.replace(minute=0, second=0, microsecond=0)
            while at < last:
                local = at.astimezone(zone)
                place = bisect_right(starts, max(at, first)) - 1
                found[(local.date() - self.days.first_day).days, local.hour] = steps[place].price
                at = (at.astimezone(ZoneInfo("UTC")) + timedelta(hours=1)).astimezone(zone)
        return found


def load_sales(store: Store, site: Site, at: datetime) -> SiteSales:
    """Load the sales from half a year ago, or from the first charge, up to today's local midnight."""
    zone = ZoneInfo(site.zone)
    today = at.astimezone(zone).date()
    ended = store.sessions.ended_within(site.id, Span(at - LOOKBACK, at))
    charges = tuple(sorted((one for one in ended if one.started_at >= at - LOOKBACK), key=lambda one: one.started_at))
    first = charges[0].started_at.astimezone(zone).date() if charges else today
    days = Days(first, max(0, (today - first).days), site.zone)
    evses = store.stations.evses(site.id)
    return SiteSales(site, len(in_service(evses) or evses), charges, _versions(store, site, charges), days)


def current_version(store: Store, site: Site, at: datetime) -> TariffVersion:
    """The version in force of the tariff that most recent charges were sold at. Raises NotFound if there is none."""
    sold = load_sales(store, site, at)
    found = [one for one in sold.versions if one.valid_from <= at and (one.valid_to is None or at < one.valid_to)]
    if not found:
        raise NotFound("tariff_version", "This site has no price in force.", "Publish one first.")
    return found[-1]


def price_changes(sold: SiteSales) -> list[tuple[date, TariffVersion, TariffVersion]]:
    """The local days on which one version followed another: day, before, after."""
    zone = ZoneInfo(sold.site.zone)
    return [(after.valid_from.astimezone(zone).date(), before, after) for before, after in pairwise(sold.versions)]


def minutes(charge: EndedCharge) -> float:
    return (charge.ended_at - charge.started_at) / timedelta(minutes=1)


def _versions(store: Store, site: Site, charges: Sequence[EndedCharge]) -> tuple[TariffVersion, ...]:
    """The successive versions of the tariff that most charges were sold at."""
    versions = [one for one in store.prices.versions(site.operator_id, site.id) if not one.withdrawn]
    versions = versions or [one for one in store.prices.versions(site.operator_id) if one.site_id is None and not one.withdrawn]
    used = [one.tariff_version_id for one in charges[-500:]]
    counts = {version.tariff.id: 0 for version in versions}
    for version in versions:
        counts[version.tariff.id] += used.count(version.id)
    if not counts:
        return ()
    main = max(counts, key=lambda name: counts[name])
    return tuple(sorted((one for one in versions if one.tariff.id == main), key=lambda one: one.valid_from))


def _full(charges: Sequence[EndedCharge], sockets: int) -> list[tuple[Span, float]]:
    """The spans in which every socket was taken, with their minutes."""
    marks = sorted([(one.started_at, 1) for one in charges] + [(one.ended_at, -1) for one in charges])
    occupied, since, found = 0, None, []
    for at, change in marks:
        occupied += change
        if occupied >= sockets and since is None:
            since = at
        elif occupied < sockets and since is not None:
            if at > since:
                found.append((Span(since, at), (at - since) / timedelta(minutes=1)))
            since = None
    return found
