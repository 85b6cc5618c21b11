"""Prices in words and through the day, all by the one rule `rate`."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from forecourt.flows import Price, Store, find_price
from forecourt.kernel import Conflict, Money, NotFound, Refused, SiteId, Span
from forecourt.stations import Site
from forecourt.tariffs import Dimension, Line, Phase, PhaseState, Rating, Scope, Usage, rate
from forecourt.web.rendering import duration, kwh
from forecourt.web.views import PriceLine, PriceOfDay, PriceStep, QuoteView

# Half an hour at 7 kW: an ordinary charge, so that restrictions on power pick the ordinary price.
_STEP_WH = 3500
_WORDS = {
    Dimension.ENERGY: "Energy",
    Dimension.TIME: "Charging time",
    Dimension.PARKING_TIME: "Parked after charging",
    Dimension.FLAT: "Start",
}


def price_line(line: Line, currency: str) -> PriceLine:
    """One rated line for people: what, how much of it, at which price, and why."""
    what = _WORDS[line.dimension] if line.scope is Scope.SESSION else f"{str(line.scope).title()}: {_WORDS[line.dimension].lower()}"
    if line.dimension is Dimension.FLAT:
        return PriceLine(what, "", "", Money.of(line.amount, currency), line.because)
    quantity = kwh(int(line.quantity * 1000)) if line.unit == "kWh" else duration(timedelta(seconds=int(line.quantity * 3600)))
    unit_price = f"{line.unit_price.normalize():f} {currency}/{line.unit}"
    return PriceLine(what, quantity, unit_price, Money.of(line.amount, currency), line.because)


def typical_window(now: datetime, energy_wh: int) -> Span:
    """A usual stay for an amount of energy: as long as it takes at 6 kW."""
    return Span(now, now + timedelta(seconds=max(1800, energy_wh * 3600 // 6000)))


def price_or_none(store: Store, site_id: SiteId, kind: str, window: Span, energy_wh: int) -> Price | None:
    try:
        return find_price(store, site_id, kind, window, energy_wh)
    except (Conflict, NotFound):
        return None


def quote_view(price: Price, site: Site, window: Span, energy_wh: int) -> QuoteView:
    rating = price.rating
    lines = tuple(price_line(line, site.currency) for line in rating.lines)
    return QuoteView(energy_wh, lines, rating.gross, rating.tax, site.zone, window.start, window.end)


def price_of_day(store: Store, site: Site, now: datetime) -> PriceOfDay | None:
    """What one kilowatt-hour more costs, hour by hour of the local day; None without a price."""
    version = store.prices.valid_at(site.operator_id, site.id, now)
    if version is None:
        return None
    local = now.astimezone(ZoneInfo(site.zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(hours=36)).replace(hour=0)
    steps: list[PriceStep] = []
    at = start
    while at < end:
        try:
            span = Span(at, at + timedelta(minutes=30))
            usage = Usage((Phase(PhaseState.CHARGING, span.start, span.end, _STEP_WH),), site.zone)
            per_kwh = _per_kwh(rate(version.tariff, usage), site.currency)
        except Refused:
            return None
        if not steps or steps[-1].per_kwh != per_kwh:
            steps.append(PriceStep(span.start, per_kwh))
        at += timedelta(minutes=30)
    return PriceOfDay(site.zone, start, end, now, tuple(steps))


def _per_kwh(rating: Rating, currency: str) -> Money:
    """What the energy lines come to, with tax, for one kilowatt-hour."""
    exact = Decimal(0)
    for line in rating.lines:
        if line.dimension is Dimension.ENERGY:
            exact += line.amount if rating.tax_included else line.amount * (100 + (line.vat_percent or 0)) / 100
    return Money.of(exact * 1000 / _STEP_WH, currency)
