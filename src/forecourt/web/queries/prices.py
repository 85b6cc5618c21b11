"""Prices in words and through the day, all calculated by `rate`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from forecourt.billing import Contribution, max_no_show_fee
from forecourt.flows.ports import Store
from forecourt.flows.prices import Price, find_price
from forecourt.kernel import Conflict, DriverId, Money, NotFound, SiteId, Span, Text, round_half_up
from forecourt.reservations import PowerPromise
from forecourt.stations import Site, in_service
from forecourt.tariffs import (
    Dimension,
    Line,
    PhaseState,
    PricePart,
    Rating,
    Scope,
    TariffVersion,
    Usage,
    describe_tariff,
    number_text,
    price_curve,
    tax_name,
)
from forecourt.web.queries.local_days import local_date, local_day
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import DayPrices, PriceLine, PriceStep, QuoteView
from forecourt.wording import LocalisedValue, UnitPrice

_WEEK, _STARTS = timedelta(days=7), timedelta(minutes=30)  # bookings start on half hours
_UNUSED = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=8))
_WORDS = {
    Dimension.ENERGY: Text("Energy"),
    Dimension.TIME: Text("Charging time"),
    Dimension.PARKING_TIME: Text("Parked after charging"),
    Dimension.FLAT: Text("{fee}", fee=LocalisedValue("session_fee")),
}


def quantity_text(quantity: Decimal, unit: str) -> Text:
    """Of kWh or hours. Quantities are rounded: 17 min are 0.283333333333 h, slightly less than 1,020 s."""
    if unit == "kWh":
        return Text("{quantity}", quantity=LocalisedValue("kwh_exact", int(round_half_up(quantity * 1000, 0))))
    return Text("{quantity}", quantity=LocalisedValue("duration_of", int(round_half_up(quantity * 3600, 0))))


def price_line(line: Line, currency: str) -> PriceLine:
    """A rated line for people: what, how much of it, at which price, and why."""
    label = _WORDS[line.dimension] if line.scope is Scope.SESSION else f"{str(line.scope).title()}: {_WORDS[line.dimension].lower()}"
    amount, reason = Money.of(line.amount, currency), because_text(line.because, currency)
    if line.dimension is Dimension.FLAT:
        return PriceLine(label, "", "", amount, reason)
    price = unit_price_text(line.unit_price, currency, line.unit)
    return PriceLine(label, quantity_text(line.quantity, line.unit), price, amount, reason, line.quantity, line.unit)


def because_text(reason: str, currency: str) -> Text:
    """The reason for a line of a price or a bill."""
    return Text("{reason}", reason=LocalisedValue("because", reason, currency))


def unit_price_text(price: Decimal, currency: str, unit: str) -> Text:
    return Text("{price}", price=UnitPrice(Decimal(number_text(price, 2)), currency, unit))


def exact_number(value: Decimal, min_decimals: int = 0) -> LocalisedValue:
    """Exact: as many decimals as needed, at least the given number."""
    return LocalisedValue("number", Decimal(number_text(value, min_decimals)))


def typical_window(store: Store, site: Site, kind: str, now: datetime, energy_wh: int) -> Span:
    """As long as the charge takes at full power: for a driver who leaves once the car has what it needs."""
    powers = [evse.max_power_w for evse in in_service(store.stations.evses(site.id)) if evse.kind == kind]
    seconds = -(-energy_wh * 3600 // min(powers)) if powers else 3600
    return Span(now, now + timedelta(seconds=seconds))


def price_or_none(store: Store, site_id: SiteId, kind: str, window: Span, energy_wh: int, driver_id: DriverId | None) -> Price | None:
    try:
        return find_price(store, site_id, kind, window, energy_wh, driver_id)
    except (Conflict, NotFound):
        return None


def quote_view(price: Price, site: Site, window: Span, energy_wh: int, power: PowerPromise | None = None) -> QuoteView:
    """The tariff's lines, the operator's discounts, and what partners pay: as on the receipt, before rounding.

    power: what can be promised with a booking of that time.
    """
    rated = [price_line(line, site.currency) for line in price.rating.lines]
    lowered = [discount_line(one.title, one.amount, one.because) for one in price.discounts]
    return QuoteView(
        energy_wh=energy_wh,
        lines=(*rated, *lowered),
        gross=price.gross,
        vat=price.tax,
        zone=site.zone,
        start=window.start,
        end=window.end,
        due=price.due,
        because=price.because,
        paid_by_others=tuple(contribution_line(one) for one in price.contributions),
        promised_wh=power.energy_wh if power else 0,
        promised_w=power.power_w if power else 0,
        full_at=parking_from(price.rating, price.usage),
    )


def quote_for(store: Store, site: Site, kind: str, window: Span, energy_wh: int, driver_id: DriverId | None) -> QuoteView | None:
    """What a booking of that time would cost now, with as much of the energy as fits."""
    price = price_or_none(store, site.id, kind, window, energy_wh, driver_id)
    return quote_view(price, site, window, price.usage.energy_wh) if price else None


def parking_from(rating: Rating, usage: Usage) -> datetime | None:
    """When parking begins, if the usage pays for it."""
    costs = any(line.dimension is Dimension.PARKING_TIME and line.amount for line in rating.lines)
    return next((phase.start for phase in usage.phases if phase.state is PhaseState.IDLE), None) if costs else None


def discount_line(title: str, amount: Money, reason: str) -> PriceLine:
    return PriceLine(Text("Discount: {title}", title=title), "", "", amount, because_text(reason, amount.currency))


def contribution_line(one: Contribution) -> PriceLine:
    """What a partner pays of a charge."""
    return PriceLine(
        Text("{title}, paid by {name}", title=one.title, name=one.name), "", "", -one.amount, because_text(one.because, one.amount.currency)
    )


def day_prices(price: Price, site: Site, now: datetime) -> DayPrices:
    """The price of energy through the local day, tax included."""
    day = local_day(local_date(now, site.zone), site.zone)
    steps = tuple(PriceStep(step.start, step.with_tax) for step in price_curve(price.version.tariff, day, site.zone))
    return DayPrices(site.currency, site.zone, day.start, day.end, now, steps)


def tariff_parts(price: Price | None, site: Site, now: datetime) -> tuple[tuple[TariffPart, ...], str, str]:
    """All prices of a charge in words, the cost of a no-show, and of coming late to a booking; empty if that is free."""
    if price is None:
        return (), "", ""
    parts = describe_tariff(price.version.tariff, now, site.zone)
    no_show = no_show_text(price.version, parts, Span(now, now + _WEEK), site.zone)
    return _of_charge(parts, site.currency), no_show, late_fee_text(price.version, now, site)


def late_fee_text(version: TariffVersion, at: datetime, site: Site) -> str:
    """The price of holding a bay for a late driver, at an instant."""
    parts = [
        one for one in describe_tariff(version.tariff, at, site.zone) if one.scope is Scope.RESERVATION and one.now and not one.no_show
    ]
    holding_price = next((one for one in parts if one.dimension is Dimension.TIME), None)
    if holding_price is None or not holding_price.with_tax:
        return ""
    price, tax = unit_price_text(holding_price.with_tax, site.currency, holding_price.unit), tax_name(site.currency)
    return Text("If you arrive late, it costs {price} from the booked time until you plug in, {tax} included.", price=price, tax=tax)


def parts_of_version(version: TariffVersion, site: Site, at: datetime) -> tuple[TariffPart, ...]:
    """The prices of a charge in words, at an instant."""
    return _of_charge(describe_tariff(version.tariff, at, site.zone), site.currency)


def parking_parts(version: TariffVersion, site: Site, at: datetime) -> tuple[TariffPart, ...]:
    """The cost of being parked without charging, by the prices at an instant."""
    parts = [one for one in describe_tariff(version.tariff, at, site.zone) if one.dimension is Dimension.PARKING_TIME and one.with_tax]
    return _of_charge(parts, site.currency)


def _of_charge(parts: Sequence[PricePart], currency: str) -> tuple[TariffPart, ...]:
    """Prices that apply now come first, marked if another of the same kind applies at other times."""
    in_order = sorted((part for part in parts if part.scope is Scope.SESSION), key=lambda part: not part.now)
    changes = {part.dimension for part in in_order if not part.now}
    return tuple(
        TariffPart(price_text(part, currency), when_text(part.when, currency), part.now and part.dimension in changes) for part in in_order
    )


def when_text(conditions: str, currency: str) -> str:
    """When a price applies; empty for always."""
    return Text("{when}", when=LocalisedValue("conditions", conditions, currency)) if conditions else ""


def price_text(part: PricePart, currency: str) -> Text:
    """With tax. One-off fees have the currency's digits; a price per kWh or minute is exact, because it gets multiplied."""
    if part.dimension is Dimension.FLAT:
        return Text("{price} to start", price=Money.of(part.with_tax, currency))
    price = unit_price_text(part.with_tax, currency, part.unit)
    if part.dimension is Dimension.TIME:
        return Text("{price} of charging", price=price)
    return Text("{price} parked after charging", price=price) if part.dimension is Dimension.PARKING_TIME else price


def no_show_text(version: TariffVersion, parts: Sequence[PricePart], week: Span, zone: str) -> str:
    """The cost of a no-show, as it would be billed. A fee that grows with the booked time is given for the stays on offer, as a rounded
    hourly rate would be some cents off. One that depends on the hour is given at its highest."""
    fees = [(part.scope, part.dimension) for part in parts if part.scope is not Scope.SESSION and part.with_tax]
    if not fees:
        return ""
    starts = [week.start] if len(set(fees)) == len(fees) else [week.start + _STARTS * number for number in range(week.length // _STARTS)]
    one, two, eight = (max(max_no_show_fee(version, Span(start, start + stay), zone) for start in starts) for stay in _UNUSED)
    tax = tax_name(eight.currency)
    if one == eight and len(starts) == 1:
        return Text("If you do not come, it costs {fee}, {tax} included.", fee=eight, tax=tax)
    if one == eight:
        return Text("If you do not come, it costs at most {fee}, {tax} included.", fee=eight, tax=tax)
    return Text(
        "If you do not come, it costs at most {two} for a 2-hour booking (1 hour: {one}, 8 hours: {eight}), {tax} included.",
        one=one,
        two=two,
        eight=eight,
        tax=tax,
    )
