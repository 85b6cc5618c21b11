"""A tariff prepared for rating: the candidates per scope and dimension in list order, and where the active ones can change."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from forecourt.tariffs.terms import Component, Dimension, Element, HolidayRule, ReservationKind, Restrictions, gross_over_net
from forecourt.tariffs.texts import restrictions_text

# A quantity that stays exact wherever an even spread of energy is cut.
Exact = int | Fraction
# Least and greatest power (W) or current (mA) of a stretch.
Draw = tuple[Exact, Exact]
DrawKey = tuple[tuple[int, int] | None, ...]

MICROS = 1_000_000
MINUTE = 60 * MICROS
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_MEASURES = {
    Dimension.ENERGY: (1000, "kWh"),
    Dimension.TIME: (HOUR, "h"),
    Dimension.PARKING_TIME: (HOUR, "h"),
    Dimension.FLAT: (1, ""),
}
# What a step_size counts: Wh, seconds; a fee has none.
_STEPS = {Dimension.ENERGY: 1, Dimension.TIME: MICROS, Dimension.PARKING_TIME: MICROS, Dimension.FLAT: 0}
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Moment(NamedTuple):
    """What restrictions depend on: local time, energy and time since the start, and the power and current drawn.

    local_us: local wall time in microseconds since 1970-01-01; elapsed_us: since the scope began.
    draw: power (W) and current (mA), each as least and greatest of the stretch; None where nothing is known.
    """

    local_us: int
    elapsed_us: int
    used_wh: Exact
    draw: tuple[Draw | None, Draw | None]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One price component, the restrictions it stands under, and its place in the tariff.

    weight: the amount of one Wh, microsecond or fee in 1/whole of the currency unit, without or with tax as the price is;
    whole is such that weights, and the amounts with tax taken out or put on (tax_up / tax_down), are whole numbers.
    base: how many Wh or microseconds the unit of the price has. block: the step in them, 0 for none.
    vat: its percentage, None where no tax applies; vat_key: the VAT category, equal for equal rates.
    holidays: the tariff's, as days since 1970, where the restrictions have a rule for them.
    """

    component: Component
    restrictions: Restrictions
    free: bool
    place: str
    dimension: Dimension
    weight: int
    whole: int
    tax_up: int
    tax_down: int
    base: int
    unit: str
    block: int
    vat: Decimal | None
    vat_key: str
    holidays: frozenset[int]

    def holds(self, at: Moment) -> bool:
        """Whether every restriction matches at that moment; an unknown power or current matches none."""
        return self.free or (_clock_holds(self.restrictions, at, self.holidays) and _amounts_hold(self.restrictions, at))

    def may_hold(self, at: Moment) -> bool:
        """Whether it could hold at that local time, for some duration, energy and power."""
        r = self.restrictions
        return self.free or _clock_holds(replace(r, min_seconds=None, max_seconds=None), at, self.holidays)


class Active(NamedTuple):
    """The component that holds per dimension at a moment; None where the dimension is free."""

    energy: Candidate | None
    time: Candidate | None
    parking: Candidate | None
    flat: Candidate | None


@dataclass(frozen=True, slots=True, eq=False)
class ScopePlan:
    """The candidates of one scope, and every point where the active ones can change."""

    energy: tuple[Candidate, ...]
    time: tuple[Candidate, ...]
    parking: tuple[Candidate, ...]
    flat: tuple[Candidate, ...]
    day_minutes: tuple[int, ...]
    elapsed_us: tuple[int, ...]
    used_wh: tuple[Exact, ...]
    # Bounds of power (W) and current (mA), least and most: draws between the same bounds have the same prices.
    draws: tuple[tuple[tuple[Decimal, ...], tuple[Decimal, ...]], ...]
    uses_power: bool
    uses_current: bool
    # Nothing ever changes within a session: these components hold from beginning to end.
    simple: bool
    always: Active

    @property
    def uses_draw(self) -> bool:
        return self.uses_power or self.uses_current

    @property
    def prices(self) -> bool:
        """Whether the scope has any price at all."""
        return bool(self.energy or self.time or self.parking or self.flat)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All scopes of a tariff. whole: amounts are counted in 1/whole of the currency unit (see Candidate)."""

    session: ScopePlan
    reserved: ScopePlan
    expired: ScopePlan
    booked: ScopePlan
    unused: ScopePlan
    cancelled: ScopePlan
    overtime: ScopePlan
    whole: int


def compile_elements(elements: tuple[Element, ...], taxed: bool = True, holidays: frozenset[date] = frozenset()) -> Plan:
    """Sort the elements by scope. For an expired reservation the expiry elements come before the ordinary ones.

    taxed: false where no tax applies, whatever rates are stated (tax_included N/A).
    """
    components = [component for element in elements for component in element.components]
    scale = max((_decimals(component.price) for component in components), default=0)
    whole = HOUR * 10**scale * lcm(*(part for component in components for part in gross_over_net(component.vat_percent)))
    off = frozenset(day.toordinal() - _EPOCH_ORDINAL for day in holidays)
    by_element = [
        (
            element.restrictions,
            [_candidate((f"element {index + 1}", element.restrictions), component, whole, taxed, off) for component in element.components],
        )
        for index, element in enumerate(elements)
    ]

    def of(*kinds: ReservationKind | None) -> ScopePlan:
        return _scope([pair for kind in kinds for pair in by_element if pair[0].reservation is kind])

    kind = ReservationKind
    return Plan(
        session=of(None),
        reserved=of(kind.RESERVATION),
        expired=of(kind.RESERVATION_EXPIRES, kind.RESERVATION),
        booked=of(kind.BOOKING),
        unused=of(kind.BOOKING_EXPIRES, kind.BOOKING),
        cancelled=of(kind.BOOKING_CANCELLATION_FEES),
        overtime=of(kind.BOOKING_OVERTIME),
        whole=whole,
    )


def bracket_of(plan: ScopePlan, draw: tuple[Draw | None, Draw | None]) -> DrawKey:
    """The index of a draw among the plan's bounds; draws with the same index have the same prices."""
    return tuple(
        None if known is None else (bisect_right(least, known[0]), bisect_right(most, known[1]))
        for known, (least, most) in zip(draw, plan.draws, strict=True)
    )


def active_at(plan: ScopePlan, at: Moment) -> Active:
    """The active component of every dimension."""
    return Active(active(plan.energy, at), active(plan.time, at), active(plan.parking, at), active(plan.flat, at))


def active(candidates: tuple[Candidate, ...], at: Moment) -> Candidate | None:
    """The first candidate that holds: the price of its dimension. None: the dimension is free."""
    for candidate in candidates:
        if candidate.holds(at):
            return candidate
    return None


def _scope(by_element: list[tuple[Restrictions, list[Candidate]]]) -> ScopePlan:
    all_candidates = [candidate for _, candidates in by_element for candidate in candidates]
    limits = [restrictions for restrictions, _ in by_element]
    day_minutes = _day_minutes(limits)
    elapsed_us = tuple(sorted({s * MICROS for r in limits for s in (r.min_seconds, r.max_seconds) if s}))
    used_wh = tuple(sorted({exact_number(wh) for r in limits for wh in (r.min_wh, r.max_wh) if wh}))
    watts = _bounds(r.min_w for r in limits), _bounds(r.max_w for r in limits)
    milliamps = _bounds(r.min_ma for r in limits), _bounds(r.max_ma for r in limits)
    energy, time = _reachable(all_candidates, Dimension.ENERGY), _reachable(all_candidates, Dimension.TIME)
    parking, flat = _reachable(all_candidates, Dimension.PARKING_TIME), _reachable(all_candidates, Dimension.FLAT)
    return ScopePlan(
        energy=energy,
        time=time,
        parking=parking,
        flat=flat,
        day_minutes=day_minutes,
        elapsed_us=elapsed_us,
        used_wh=used_wh,
        draws=(watts, milliamps),
        uses_power=any(watts),
        uses_current=any(milliamps),
        simple=all(each.free for each in all_candidates),
        always=Active(*(found[0] if found else None for found in (energy, time, parking, flat))),
    )


def _candidate(at: tuple[str, Restrictions], component: Component, whole: int, taxed: bool, holidays: frozenset[int]) -> Candidate:
    place, restrictions = at
    base, unit = _MEASURES[component.dimension]
    vat = component.vat_percent if taxed else None
    up, down = gross_over_net(component.vat_percent) if taxed else (1, 1)
    weight = Fraction(component.price) * whole / base
    text = place + restrictions_text(restrictions)
    free, dimension = restrictions == Restrictions(reservation=restrictions.reservation), component.dimension
    return Candidate(
        component=component,
        restrictions=restrictions,
        free=free,
        place=text,
        dimension=dimension,
        weight=int(weight),
        whole=whole,
        tax_up=up,
        tax_down=down,
        base=base,
        unit=unit,
        block=component.step_size * _STEPS[dimension],
        vat=vat,
        vat_key="none" if vat is None else f"{up}/{down}",
        holidays=holidays if restrictions.holidays else frozenset(),
    )


def _bounds(stated: Iterable[Decimal | None]) -> tuple[Decimal, ...]:
    return tuple(sorted({bound for bound in stated if bound is not None}))


def _reachable(candidates_in_order: Iterable[Candidate], dimension: Dimension) -> tuple[Candidate, ...]:
    """Candidates up to the first without restrictions; those after it can never apply."""
    reachable = []
    for candidate in candidates_in_order:
        if candidate.component.dimension is dimension:
            reachable.append(candidate)
            if candidate.free:
                break
    return tuple(reachable)


def _day_minutes(limits: list[Restrictions]) -> tuple[int, ...]:
    """Local minutes of the day at which something may change; 0 stands for midnight, also where only one end is given."""
    clocked = [r for r in limits if r.start_minute is not None or r.end_minute is not None]
    minutes = {(m or 0) % 1440 for r in clocked for m in (r.start_minute, r.end_minute)}
    if any(r.days is not None or r.holidays or r.start_date or r.end_date for r in limits):
        minutes.add(0)
    return tuple(sorted(minutes))


def _day_holds(r: Restrictions, day: int, is_holiday: bool) -> bool:
    """Whether the day of the week is one of the element's, and a holiday as its rule has it."""
    weekday = (day + 3) % 7
    if is_holiday:
        if r.holidays is HolidayRule.NEVER:
            return False
        if r.holidays is HolidayRule.AS_SUNDAY:
            weekday = 6
    elif r.holidays is HolidayRule.ONLY:
        return False
    return r.days is None or weekday in r.days


def _clock_holds(r: Restrictions, at: Moment, holidays: frozenset[int]) -> bool:
    day, within = divmod(at.local_us, DAY)
    if not _day_holds(r, day, day in holidays):
        return False
    if r.start_date is not None and day < r.start_date.toordinal() - _EPOCH_ORDINAL:
        return False
    if r.end_date is not None and day >= r.end_date.toordinal() - _EPOCH_ORDINAL:
        return False
    if r.min_seconds is not None and at.elapsed_us < r.min_seconds * MICROS:
        return False
    if r.max_seconds is not None and at.elapsed_us >= r.max_seconds * MICROS:
        return False
    if r.start_minute is None and r.end_minute is None:
        return True
    start, end = r.start_minute or 0, 1440 if r.end_minute is None else r.end_minute
    minute = within // MINUTE
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end


def _amounts_hold(r: Restrictions, at: Moment) -> bool:
    if (r.min_wh is not None and at.used_wh < r.min_wh) or (r.max_wh is not None and at.used_wh >= r.max_wh):
        return False
    return _within(at.draw[0], r.min_w, r.max_w) and _within(at.draw[1], r.min_ma, r.max_ma)


def _within(draw: Draw | None, least: Decimal | None, most: Decimal | None) -> bool:
    if least is None and most is None:
        return True
    return draw is not None and (least is None or draw[0] >= least) and (most is None or draw[1] < most)


def exact_number(value: Decimal) -> Exact:
    """The same number as an integer where it is one, else as a fraction."""
    return int(value) if value == value.to_integral_value() else Fraction(value)


def _decimals(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
