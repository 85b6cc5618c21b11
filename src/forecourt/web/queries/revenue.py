"""Revenue, usage and prices of a site. Shares are 0 to 1; money is before tax; hours are local to the site."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.flows.ports import ListPage, PageRequest, Store, TariffTotal
from forecourt.flows.prices import SiteSales, load_sales, price_changes
from forecourt.kernel import Money, SiteId, Span
from forecourt.revenue import ChangeEffect, Days, History, PriceProposal, PriceRules, measure_change
from forecourt.stations import Site
from forecourt.tariffs import TariffVersion, tariff_text
from forecourt.web.views.revenue import HeatView, PriceShape
from forecourt.wording import EN

_MAX_CHANGES = 4
_KINDS = {"BY_CLOCK": "Prices by time of day", "BY_OCCUPANCY": "Prices by occupancy"}
_DAYS = {"WORKDAY": "Workdays", "WEEKEND": "Weekends"}


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A site, a price list or a kind of line, and its revenue; share: relative to the largest of its table."""

    name: str
    net: Money
    share: float
    charges: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """The effect of a price change; the verdict is a sentence."""

    day: date
    before: str
    after: str
    arrivals: str
    energy: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    id: str
    made_at: datetime
    kind: str
    reason: str
    moves: tuple[str, ...]
    shapes: tuple[PriceShape, ...]
    figures: tuple[tuple[str, str], ...]
    decided: str
    is_open: bool
    ladder: str = ""


@dataclass(frozen=True, slots=True)
class HourRow:
    """One local hour for the export."""

    day: date
    hour: int
    charges: float
    energy_wh: int
    busy_minutes: float


@dataclass(frozen=True, slots=True)
class RevenuePage:
    """The overview of one site and the sums of all."""

    site: str
    name: str
    zone: str
    days: int
    sites: tuple[MoneyRow, ...]
    kinds: tuple[MoneyRow, ...]
    lists: tuple[MoneyRow, ...]
    net: Money
    charges: int
    energy_wh: int
    busy: float
    money_heat: HeatView | None
    busy_heat: HeatView | None
    changes: tuple[ChangeRow, ...]
    hours: tuple[HourRow, ...]


@dataclass(frozen=True, slots=True)
class PricingPage:
    site: str
    name: str
    zone: str
    currency: str
    rules: PriceRules | None
    waiting: str
    proposals: ListPage[ProposalView]


def revenue_page(store: Store, site: Site, days: int, now: datetime) -> RevenuePage:
    zone = ZoneInfo(site.zone)
    today = now.astimezone(zone).date()
    first_day = today - timedelta(days=days - 1)
    start = datetime.combine(first_day, datetime.min.time(), zone)
    tariff_totals = [one for one in store.billing_totals.by_tariff_version(site.operator_id, start) if one.net.currency == site.currency]
    of_site = [one for one in tariff_totals if one.site_id == site.id]
    sold = load_sales(store, site, now)
    charges = [one for one in sold.charges if one.ended_at > start]
    span = Days(first_day, days, site.zone)
    busy = span.spread((Span(one.started_at, one.ended_at), (one.ended_at - one.started_at) / timedelta(minutes=1)) for one in charges)
    counted = span.counted(one.started_at for one in charges)
    energy = span.spread((Span(one.started_at, one.ended_at), float(one.energy_wh)) for one in charges)
    whole = max(1, sold.sockets) * 60
    return RevenuePage(
        site.slug,
        site.name,
        site.zone,
        days,
        _by_site(store, site, tariff_totals, days),
        _by_kind(store, site, start),
        _by_list(store, of_site),
        sum((one.net for one in of_site), Money.zero(site.currency)),
        len(charges),
        sum(one.energy_wh for one in charges),
        sum(map(sum, busy.hours)) / (days * 24 * whole),
        _money_heat(store, site, span, start) if of_site else None,
        _week("Sockets in use", busy, lambda value: value / whole, lambda share: f"{share:.0%}") if charges else None,
        _changes(sold),
        tuple(
            HourRow(first_day + timedelta(days=day), hour, counted.hours[day][hour], round(energy.hours[day][hour]), busy.hours[day][hour])
            for day in range(days)
            for hour in range(24)
        ),
    )


def pricing_page(store: Store, site: Site, page_request: PageRequest, waiting: str = "") -> PricingPage:
    """waiting: why nothing could be proposed now."""
    found = store.pricing.page(site.id, page_request)
    proposals = found.of(_proposal(store, one, site) for one in found.rows)
    return PricingPage(site.slug, site.name, site.zone, site.currency, store.pricing.rules(site.id), waiting, proposals)


def _rows(totals: Mapping[str, Money], charges: Mapping[str, int] | None = None) -> tuple[MoneyRow, ...]:
    largest = max((abs(one.minor) for one in totals.values()), default=0) or 1
    ordered = sorted(totals.items(), key=lambda item: -item[1].minor)
    return tuple(MoneyRow(name, net, abs(net.minor) / largest, (charges or {}).get(name, 0)) for name, net in ordered)


def _by_site(store: Store, site: Site, tariff_totals: Sequence[TariffTotal], days: int) -> tuple[MoneyRow, ...]:
    """All sites of the operator that sell in this currency."""
    totals: dict[SiteId | None, Money] = {}
    counts: Counter[SiteId | None] = Counter()
    for one in tariff_totals:
        totals[one.site_id] = totals.get(one.site_id, Money.zero(site.currency)) + one.net
        counts[one.site_id] += one.charges
    largest = max((abs(one.minor) for one in totals.values()), default=0) or 1
    sites = [one for one in store.stations.sites(site.operator_id) if one.currency == site.currency]
    rows = []
    for site_row in sites:
        net = totals.get(site_row.id, Money.zero(site.currency))
        rows.append(
            MoneyRow(
                site_row.name, net, abs(net.minor) / largest, counts[site_row.id], href=f"/console/revenue?site={site_row.slug}&days={days}"
            )
        )
    if None in totals:
        rows.append(MoneyRow("Memberships, not tied to a site", totals[None], abs(totals[None].minor) / largest))
    return tuple(sorted(rows, key=lambda row: -row.net.minor))


def _by_kind(store: Store, site: Site, since: datetime) -> tuple[MoneyRow, ...]:
    """By kind of line; plans and offers by name."""
    totals: dict[str, Money] = {}
    for kind, title, net in store.billing_totals.by_line(site.operator_id, site.id, since):
        if net.currency == site.currency:
            name = kind.value.replace("_", " ").capitalize()
            totals[f"{name}: {title}" if title else name] = net
    return _rows(totals)


def _by_list(store: Store, tariff_totals: Sequence[TariffTotal]) -> tuple[MoneyRow, ...]:
    """By tariff, all versions together."""
    totals: dict[str, Money] = {}
    counts: Counter[str] = Counter()
    for one in tariff_totals:
        name = store.prices.version(one.version_id).tariff.id if one.version_id is not None else "Without a tariff"
        totals[name] = totals.get(name, Money.zero(one.net.currency)) + one.net
        counts[name] += one.charges
    return _rows(totals, counts)


def _money_heat(store: Store, site: Site, span: Days, since: datetime) -> HeatView:
    """By the hours in which the energy flowed; without a charge, by the hour of issue."""
    found = store.billing_totals.by_delivery_time(site.operator_id, site.id, since)
    spread = span.spread((moment, float(net.minor)) for moment, net in found if net.currency == site.currency)
    return _week(
        "Average revenue per hour",
        spread,
        lambda value: max(0.0, value),
        lambda minor: EN.money(Money(round(minor), site.currency)),
    )


def _week(title: str, history: History, scaled: Callable[[float], float], formatter: Callable[[float], str]) -> HeatView:
    """The mean of each hour of the week."""
    weekday = history.first_day.weekday()
    rows: list[list[list[float]]] = [[[] for _ in range(24)] for _ in range(7)]
    for day, hours in enumerate(history.hours):
        for hour, value in enumerate(hours):
            rows[(weekday + day) % 7][hour].append(scaled(value))
    values = tuple(tuple(sum(cell) / len(cell) if cell else 0.0 for cell in row) for row in rows)
    return HeatView(title, values, tuple(tuple(formatter(value) for value in row) for row in values))


def _changes(sold: SiteSales) -> tuple[ChangeRow, ...]:
    """The last price changes, newest first; those of one day count as one."""
    days: dict[date, tuple[TariffVersion, TariffVersion]] = {}
    for day, before, after in price_changes(sold):
        if before.tariff.elements == after.tariff.elements:
            continue
        days[day] = (days[day][0] if day in days else before, after)
    known = sorted(day for day in days if (day - sold.days.first_day).days < sold.days.days)
    arrivals, energy = sold.arrivals, sold.energy_wh
    rows = []
    for day in known[: -_MAX_CHANGES - 1 : -1]:
        until = next((later for later in known if later > day), None)
        rows.append(_change(day, days[day], (measure_change(arrivals, day, until), measure_change(energy, day, until)), sold.site.zone))
    return tuple(rows)


def _change(day: date, versions: tuple[TariffVersion, TariffVersion], found: tuple[ChangeEffect, ChangeEffect], zone: str) -> ChangeRow:
    before, after = versions
    arrivals, energy = found
    texts = (tariff_text(before.tariff, before.valid_from, zone), tariff_text(after.tariff, after.valid_from, zone))
    if arrivals.low is None:
        verdict = f"No conclusion yet. {arrivals.why_inconclusive}"
    elif arrivals.clear:
        comparison = "more" if (arrivals.ratio or 1) > 1 else "fewer"
        verdict = f"Clearly {comparison} drivers than forecast over {arrivals.days} days; other causes may contribute."
    else:
        verdict = f"Weak evidence: {arrivals.days} days within the forecast's own error."
    return ChangeRow(day, texts[0], texts[1], _ratio(arrivals), _ratio(energy), verdict)


def _ratio(found: ChangeEffect) -> str:
    if found.low is None or found.high is None or found.ratio is None:
        return "–"
    return f"{found.ratio - 1:+.0%} ({found.low - 1:+.0%} to {found.high - 1:+.0%})"


def _proposal(store: Store, one: PriceProposal, site: Site) -> ProposalView:
    effect = one.effect
    figures = (
        (f"{effect.over_flat:+.1%}", f"against the best single price, {effect.flat_price} ({effect.low:+.1%} to {effect.high:+.1%})"),
        (f"{effect.bound:+.1%}", "is the most that any pricing could add to it"),
        (f"{effect.refused_now:.0%} → {effect.refused_then:.0%}", "drivers who find no free socket"),
    )
    ladder = ", ".join(map(str, one.ladder.prices)) if one.ladder else ""
    shapes = tuple(_shape(one, index, site) for index in range(len(one.days)))
    reasons = tuple(dict.fromkeys(move.reason for move in one.moves))
    is_open, decided = one.state.value == "OPEN", _decided(store, one, site)
    return ProposalView(str(one.id), one.made_at, _KINDS[one.kind], one.reason, reasons, shapes, figures, decided, is_open, ladder)


def _decided(store: Store, one: PriceProposal, site: Site) -> str:
    state = one.state.value.capitalize()
    if one.published and store.prices.version(one.published).withdrawn:
        return f"{state}, and withdrawn before it started"
    return f"{state}, in force from {EN.day(one.starts_at, site.zone)}, {EN.clock(one.starts_at, site.zone)}" if one.starts_at else state


def _shape(one: PriceProposal, index: int, site: Site) -> PriceShape:
    day = one.days[index]
    hour = max(range(24), key=lambda at: day.worth[at])
    new_prices = day.new_prices if day.new_prices != day.old_prices else ()
    revenue = Money.of(day.worth[hour], site.currency)
    return PriceShape(_DAYS[day.kind], site.currency, day.old_prices, new_prices, day.busy, sum(day.arrivals), revenue, hour)
