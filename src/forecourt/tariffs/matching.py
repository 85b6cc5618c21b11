"""A tariff made ready for rating: per scope and dimension the candidates in order of the list, and where they can change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from forecourt.tariffs.terms import Component, Dimension, Element, ReservationKind, Restrictions
from forecourt.tariffs.wording import restrictions_text

# A quantity that stays exact wherever an even spread of energy is cut.
Exact = int | Fraction

MICROS = 1_000_000
MINUTE = 60 * MICROS
DAY = 1440 * MINUTE
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Moment:
    """What restrictions look at: local time, energy and time since the start, and the power and current drawn.

    local_us: local wall time in microseconds since 1970-01-01; elapsed_us: since the scope began.
    Power (W) and current (mA) as least and greatest of the stretch; None where nothing is known.
    """

    local_us: int
    elapsed_us: int
    used_wh: Exact
    least_w: Exact | None
    most_w: Exact | None
    least_ma: Exact | None
    most_ma: Exact | None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One price component, the restrictions it stands under, and its place in the tariff."""

    component: Component
    restrictions: Restrictions
    free: bool
    place: str

    def holds(self, at: Moment) -> bool:
        """Whether every restriction matches at that moment; an unknown power or current matches none."""
        return self.free or (_clock_holds(self.restrictions, at) and _amounts_hold(self.restrictions, at))


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
    uses_draw: bool

    @property
    def prices(self) -> bool:
        """Whether the scope has any price at all."""
        return bool(self.energy or self.time or self.parking or self.flat)

    @property
    def simple(self) -> bool:
        """Nothing ever changes within a session."""
        return not (self.day_minutes or self.elapsed_us or self.used_wh or self.uses_draw)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All scopes of a tariff. `scale`: prices times 10**scale are whole numbers."""

    session: ScopePlan
    reserved: ScopePlan
    expired: ScopePlan
    booked: ScopePlan
    unused: ScopePlan
    cancelled: ScopePlan
    overtime: ScopePlan
    scale: int


def compile_elements(elements: tuple[Element, ...]) -> Plan:
    """Sort the elements by scope. For an expired reservation the expiry elements come before the ordinary ones."""
    named = [(f"element {index + 1}", element) for index, element in enumerate(elements)]

    def of(*kinds: ReservationKind | None) -> ScopePlan:
        return _scope([pair for kind in kinds for pair in named if pair[1].restrictions.reservation is kind])

    kind = ReservationKind
    return Plan(
        session=of(None),
        reserved=of(kind.RESERVATION),
        expired=of(kind.RESERVATION_EXPIRES, kind.RESERVATION),
        booked=of(kind.BOOKING),
        unused=of(kind.BOOKING_EXPIRES, kind.BOOKING),
        cancelled=of(kind.BOOKING_CANCELLATION_FEES),
        overtime=of(kind.BOOKING_OVERTIME),
        scale=max((_decimals(c.price) for element in elements for c in element.components), default=0),
    )


def active(candidates: tuple[Candidate, ...], at: Moment) -> Candidate | None:
    """The first candidate that holds: the price of its dimension. None: the dimension is free."""
    for candidate in candidates:
        if candidate.holds(at):
            return candidate
    return None


def _scope(named: list[tuple[str, Element]]) -> ScopePlan:
    every = [
        Candidate(component, element.restrictions, _is_free(element.restrictions), place + restrictions_text(element.restrictions))
        for place, element in named
        for component in element.components
    ]
    limits = [element.restrictions for _, element in named]
    return ScopePlan(
        energy=_reachable(every, Dimension.ENERGY),
        time=_reachable(every, Dimension.TIME),
        parking=_reachable(every, Dimension.PARKING_TIME),
        flat=_reachable(every, Dimension.FLAT),
        day_minutes=_day_minutes(limits),
        elapsed_us=tuple(sorted({s * MICROS for r in limits for s in (r.min_seconds, r.max_seconds) if s})),
        used_wh=tuple(sorted({exact(wh) for r in limits for wh in (r.min_wh, r.max_wh) if wh})),
        uses_draw=any(bound is not None for r in limits for bound in (r.min_ma, r.max_ma, r.min_w, r.max_w)),
    )


def _reachable(every: Iterable[Candidate], dimension: Dimension) -> tuple[Candidate, ...]:
    """Candidates up to the first without restrictions: nothing behind that one is ever looked at."""
    kept = []
    for candidate in every:
        if candidate.component.dimension is dimension:
            kept.append(candidate)
            if candidate.free:
                break
    return tuple(kept)


def _day_minutes(limits: list[Restrictions]) -> tuple[int, ...]:
    """Local minutes of the day at which something may change; 0 stands for midnight, also where only one end is given."""
    clocked = [r for r in limits if r.start_minute is not None or r.end_minute is not None]
    minutes = {(m or 0) % 1440 for r in clocked for m in (r.start_minute, r.end_minute)}
    if any(r.days is not None or r.start_date or r.end_date for r in limits):
        minutes.add(0)
    return tuple(sorted(minutes))


def _is_free(r: Restrictions) -> bool:
    return r == Restrictions(reservation=r.reservation)


def _clock_holds(r: Restrictions, at: Moment) -> bool:
    day, within = divmod(at.local_us, DAY)
    if r.days is not None and (day + 3) % 7 not in r.days:
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
    return (
        (r.min_wh is None or at.used_wh >= r.min_wh)
        and (r.max_wh is None or at.used_wh < r.max_wh)
        and (r.min_w is None or (at.least_w is not None and at.least_w >= r.min_w))
        and (r.max_w is None or (at.most_w is not None and at.most_w < r.max_w))
        and (r.min_ma is None or (at.least_ma is not None and at.least_ma >= r.min_ma))
        and (r.max_ma is None or (at.most_ma is not None and at.most_ma < r.max_ma))
    )


def exact(value: Decimal) -> Exact:
    """The same number as an integer where it is one, else as a fraction."""
    return int(value) if value == value.to_integral_value() else Fraction(value)


def _decimals(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
