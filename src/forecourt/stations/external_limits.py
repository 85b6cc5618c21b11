"""Limits set at a charger by others: a grid operator, or a building's energy management. The charger obeys them by itself."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

# A charger that reports more at once has lost track of them.
MAX_EXTERNAL_LIMITS = 16
_SOURCES = MappingProxyType({"EMS": "the site's energy management", "SO": "the grid operator", "Other": "someone else"})


@dataclass(frozen=True, slots=True)
class ExternalLimitStep:
    """From `start` on, no more than this; None = no limit on that quantity. current_ma: of each phase; power_w: of all together."""

    start: datetime
    current_ma: int | None = None
    power_w: int | None = None


@dataclass(frozen=True, slots=True)
class ExternalLimit:
    """evse_number 0: the whole charger. source: in OCPP's words. steps: by start, the last applies until it is lifted; () = the amount
    was not reported. critical: the grid depends on it."""

    evse_number: int
    source: str
    reported_at: datetime
    steps: tuple[ExternalLimitStep, ...] = ()
    critical: bool = False

    @property
    def source_name(self) -> str:
        return _SOURCES.get(self.source, self.source)

    def over(self, at: datetime) -> bool:
        """Whether it has ended by itself."""
        return bool(self.steps) and all(one.current_ma is None and one.power_w is None for one in self.steps_from(at))

    def steps_from(self, at: datetime) -> tuple[ExternalLimitStep, ...]:
        """The step that applies at that instant, and those after it."""
        return self.steps[max(0, bisect_right(self.steps, at, key=lambda one: one.start) - 1) :]


@dataclass(frozen=True, slots=True)
class DisregardedLimit:
    """Whatever that source set at that socket before `at` no longer counts, though the charger has not lifted it. by: the account that
    decided so; empty = the charger's own report rules it out. because: why."""

    evse_number: int
    source: str
    at: datetime
    by: str = ""
    because: str = ""

    def covers(self, limit: ExternalLimit) -> bool:
        """Whether it sets this limit aside. A limit that is reported again later counts again."""
        return (self.source, self.evse_number) == (limit.source, limit.evse_number) and limit.reported_at <= self.at


def with_outside(known: Iterable[ExternalLimit], limit: ExternalLimit, aside: Iterable[DisregardedLimit] = ()) -> tuple[ExternalLimit, ...]:
    """Replace what the source set for this socket (or the whole charger), and drop limits that are over or set aside by then."""
    until_then = [one for one in aside if one.at <= limit.reported_at]
    still_valid = [
        one for one in known if not one.over(limit.reported_at) and (one.source, one.evse_number) != (limit.source, limit.evse_number)
    ]
    return (*(one for one in still_valid if not any(by.covers(one) for by in until_then)), limit)


def without_outside(known: Iterable[ExternalLimit], source: str, evse_number: int) -> tuple[ExternalLimit, ...]:
    """evse_number 0: drop every limit of that source, for the charger and its sockets."""
    return tuple(one for one in known if one.source != source or (evse_number and one.evse_number != evse_number))


def with_aside(known: Iterable[DisregardedLimit], more: Iterable[DisregardedLimit]) -> tuple[DisregardedLimit, ...]:
    """The latest entry per source and socket, by time; if there are very many, the newest."""
    newest = {(one.source, one.evse_number): one for one in (*known, *more)}
    return tuple(sorted(newest.values(), key=lambda one: one.at)[-2 * MAX_EXTERNAL_LIMITS :])
