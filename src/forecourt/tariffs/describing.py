"""A tariff in words and as a price curve: for pages shown before a charge starts, and for the planner."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from forecourt.kernel import Span, round_half_up
from forecourt.tariffs.local_time import clock_boundaries, local_us
from forecourt.tariffs.matching import Candidate, Moment, ScopePlan, active
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.slices import microseconds
from forecourt.tariffs.terms import Component, Dimension, PriceLimit, ReservationKind, Scope, TaxIncluded
from forecourt.tariffs.texts import condition_texts, number_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LABEL = {Dimension.ENERGY: "", Dimension.TIME: " charging", Dimension.PARKING_TIME: " parking after charging", Dimension.FLAT: "start "}
_RESERVATION_LABEL = {ReservationKind.RESERVATION: "for a bay kept free", ReservationKind.RESERVATION_EXPIRES: "if you do not come"}


@dataclass(frozen=True, slots=True)
class PricePart:
    """One price of a tariff for a page.

    price: as the tariff has it; with_tax: what a consumer pays. unit: kWh, min, h, or empty for a flat fee.
    text: "0.49/kWh", with tax. when: the restrictions in words, empty for none. now: this price applies at the given instant.
    no_show: it is charged only if the driver does not come.
    """

    dimension: Dimension
    scope: Scope
    price: Decimal
    with_tax: Decimal
    unit: str
    text: str
    when: str
    now: bool
    no_show: bool = False


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From start to end the kWh costs `price` as the tariff has it, `with_tax` to a consumer; 0 where energy is free."""

    start: datetime
    end: datetime
    price: Decimal
    with_tax: Decimal


def describe_tariff(tariff: Tariff, at: datetime, zone: str) -> tuple[PricePart, ...]:
    """All prices of a tariff in the order the law requires: kWh, minute, session, then what a reservation costs."""
    at_us = microseconds(at)
    parts: list[PricePart] = []
    for scope, plan in (
        (Scope.SESSION, tariff.plan.session),
        (Scope.RESERVATION, tariff.plan.expired),
        (Scope.BOOKING, tariff.plan.unused),
    ):
        for candidates in (plan.energy, plan.time, plan.parking, plan.flat):
            chosen = active(candidates, _start(zone, at_us))
            parts += [_part(tariff, scope, candidate, candidate is chosen) for candidate in candidates]
    return tuple(parts)


def tariff_text(tariff: Tariff, at: datetime, zone: str) -> str:
    """The prices of a charge started at that instant, in one line: "EUR 0.49/kWh, 0.10/min parking after charging, start 0.50"."""
    parts = [part for part in describe_tariff(tariff, at, zone) if part.now and part.scope is Scope.SESSION]
    texts = [part.text for part in parts if part.price]
    limits = ((tariff.min_price, "at least"), (tariff.max_price, "at most"))
    texts += [f"{word} {_limit_text(limit)}" for limit, word in limits if limit is not None]
    return f"{tariff.currency} {', '.join(texts)}" if texts else "free"


def price_curve(tariff: Tariff, span: Span, zone: str) -> tuple[PriceStep, ...]:
    """The energy price through time, for a charge that has just begun (no amount or duration reached, power unknown)."""
    start_us, end_us = microseconds(span.start), microseconds(span.end)
    plan = tariff.plan.session
    marks = [start_us, *clock_boundaries(zone, start_us, end_us, plan.day_minutes), end_us]
    steps: list[PriceStep] = []
    for left, right in pairwise(marks):
        price, with_tax = _energy_price(tariff, plan, _start(zone, left))
        if steps and (steps[-1].price, steps[-1].with_tax) == (price, with_tax):
            steps[-1] = PriceStep(steps[-1].start, _instant(right), price, with_tax)
        else:
            steps.append(PriceStep(_instant(left), _instant(right), price, with_tax))
    return tuple(steps)


def with_tax(tariff: Tariff, component: Component) -> Decimal:
    """The component's price as a consumer pays it."""
    if tariff.tax_included is not TaxIncluded.NO or not component.vat_percent:
        return component.price
    return component.price * (100 + component.vat_percent) / 100


def _limit_text(limit: PriceLimit) -> str:
    """With tax if the limit states it, since that is what a consumer pays."""
    if limit.after_taxes is not None:
        return number_text(limit.after_taxes, 2)
    return f"{number_text(limit.before_taxes or Decimal(0), 2)} before tax"


def _energy_price(tariff: Tariff, plan: ScopePlan, at: Moment) -> tuple[Decimal, Decimal]:
    found = active(plan.energy, at)
    return (Decimal(0), Decimal(0)) if found is None else (found.component.price, with_tax(tariff, found.component))


def _part(tariff: Tariff, scope: Scope, candidate: Candidate, now: bool) -> PricePart:
    component = candidate.component
    price, gross, unit = component.price, with_tax(tariff, component), "kWh"
    if component.dimension is Dimension.FLAT:
        unit = ""
    elif component.dimension is not Dimension.ENERGY:
        price, gross, unit = _per_minute(price, gross)
    reservation = candidate.restrictions.reservation
    text = _text(component.dimension, gross, unit) if reservation is None else _reservation_text(reservation, gross, unit)
    no_show, when = reservation is ReservationKind.RESERVATION_EXPIRES, ", ".join(condition_texts(candidate.restrictions))
    return PricePart(component.dimension, scope, price, gross, unit, text, when, now, no_show)


def _per_minute(price: Decimal, gross: Decimal) -> tuple[Decimal, Decimal, str]:
    """Per minute where that is exact (6.00/h is 0.10/min), else per hour: a rounded price is a wrong price."""
    minute, gross_minute = round_half_up(price / 60, 4), round_half_up(gross / 60, 4)
    exact = minute * 60 == price and gross_minute * 60 == gross
    return (minute, gross_minute, "min") if exact else (price, gross, "h")


def _reservation_text(reservation: ReservationKind, gross: Decimal, unit: str) -> str:
    return f"{number_text(gross, 2)}{unit and '/'}{unit} {_RESERVATION_LABEL[reservation]}"


def _text(dimension: Dimension, gross: Decimal, unit: str) -> str:
    amount = number_text(gross, 2)
    return f"{_LABEL[dimension]}{amount}" if dimension is Dimension.FLAT else f"{amount}/{unit}{_LABEL[dimension]}"


def _start(zone: str, at_us: int) -> Moment:
    return Moment(local_us(zone, at_us), 0, 0, (None, None))


def _instant(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)
