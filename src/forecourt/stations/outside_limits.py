"""Limits that others set at a charger: a grid operator, or what manages a building's energy. The charger keeps to them by itself."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

# A charger that names more than this at once has lost count of them.
MOST_OUTSIDE_LIMITS = 16
_SOURCES = MappingProxyType({"EMS": "the site's energy management", "SO": "the grid operator", "Other": "somebody else"})


@dataclass(frozen=True, slots=True)
class OutsideStep:
    """From `start` on no more than this; None = of that quantity nothing is said. current_ma: of each phase; power_w: of all together."""

    start: datetime
    current_ma: int | None = None
    power_w: int | None = None


@dataclass(frozen=True, slots=True)
class OutsideLimit:
    """evse_number 0: of the whole charger. source: in OCPP's words. steps: by start, the last lasts until it is lifted; () = how much
    was not told. critical: the grid depends on it."""

    evse_number: int
    source: str
    told_at: datetime
    steps: tuple[OutsideStep, ...] = ()
    critical: bool = False

    @property
    def whose(self) -> str:
        return _SOURCES.get(self.source, self.source)

    def over(self, at: datetime) -> bool:
        """It has ended by itself."""
        return bool(self.steps) and all(one.current_ma is None and one.power_w is None for one in self.steps_from(at))

    def steps_from(self, at: datetime) -> tuple[OutsideStep, ...]:
        """The one that holds then, and those after it."""
        return self.steps[max(0, bisect_right(self.steps, at, key=lambda one: one.start) - 1) :]


@dataclass(frozen=True, slots=True)
class LimitSetAside:
    """What that source had told of that socket until `at` counts no more, though its charger has not lifted it. by: the account that
    says so; empty = the charger's own word excludes it. because: why."""

    evse_number: int
    source: str
    at: datetime
    by: str = ""
    because: str = ""

    def covers(self, limit: OutsideLimit) -> bool:
        """Told anew, it counts again."""
        return (self.source, self.evse_number) == (limit.source, limit.evse_number) and limit.told_at <= self.at


def with_outside(known: Iterable[OutsideLimit], told: OutsideLimit, aside: Iterable[LimitSetAside] = ()) -> tuple[OutsideLimit, ...]:
    """A source's last word of a socket, or of the whole charger, counts. What is over, or set aside until then, is kept no longer."""
    until_then = [one for one in aside if one.at <= told.told_at]
    kept = [one for one in known if not one.over(told.told_at) and (one.source, one.evse_number) != (told.source, told.evse_number)]
    return (*(one for one in kept if not any(by.covers(one) for by in until_then)), told)


def without_outside(known: Iterable[OutsideLimit], source: str, evse_number: int) -> tuple[OutsideLimit, ...]:
    """evse_number 0: none of that source holds any more, neither of the charger nor of a socket."""
    return tuple(one for one in known if one.source != source or (evse_number and one.evse_number != evse_number))


def with_aside(known: Iterable[LimitSetAside], more: Iterable[LimitSetAside]) -> tuple[LimitSetAside, ...]:
    """The last word of each source and socket, by time; of very many, the newest."""
    newest = {(one.source, one.evse_number): one for one in (*known, *more)}
    return tuple(sorted(newest.values(), key=lambda one: one.at)[-2 * MOST_OUTSIDE_LIMITS :])
