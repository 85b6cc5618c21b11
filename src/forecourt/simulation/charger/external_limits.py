"""External limits on a simulated charger (by a grid operator, or a building's energy management), and its composite schedule of all
limits."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from forecourt.simulation.charger.bay import Bay
from forecourt.simulation.charger.evse import UNLIMITED_A
from forecourt.simulation.charger.profiles import LimitUntil
from forecourt.simulation.clock import Clock, stamp

_MAX_PERIODS = 24


class LimitedCharger(Protocol):
    """What it needs from its charger."""

    clock: Clock

    @property
    def bays(self) -> Mapping[int, Bay]: ...

    def send_limit_set(self, source: str, number: int, schedule: dict[str, Any]) -> None: ...

    def send_limit_cleared(self, source: str, number: int) -> None: ...

    def refresh_all(self, at: float | None = None) -> None: ...

    def limit_at(self, bay: Bay, at: float, started_at: float) -> LimitUntil: ...


class ExternalLimits:
    """By source and socket, 0 = the whole charger: amps per phase, and until when (infinite: until lifted)."""

    def __init__(self, charger: LimitedCharger) -> None:
        self._charger = charger
        self._held: dict[tuple[str, int], tuple[float, float]] = {}

    def set(self, source: str, amps: float, evse: int = 0, seconds: float | None = None) -> None:
        """Apply an external limit. seconds: its duration; None = until it is lifted."""
        at = self._charger.clock.seconds()
        self._held[source, evse] = (amps, UNLIMITED_A if seconds is None else at + seconds)
        self._charger.send_limit_set(source, evse, {"id": 1, **_schedule("A", [(0, amps)], seconds), "startSchedule": stamp(at)})
        self._charger.refresh_all(at)

    def lift(self, source: str, evse: int = 0) -> None:
        """evse 0: all limits of that source."""
        self._held = {key: held for key, held in self._held.items() if key[0] != source or evse not in (0, key[1])}
        self._charger.send_limit_cleared(source, evse)
        self._charger.refresh_all()

    def limit_at(self, evse: int, at: float, sharing: int) -> LimitUntil:
        """sharing: the number of busy sockets that share a limit of the whole charger."""
        held = [(amps if number else amps / sharing, until) for (_, number), (amps, until) in self._held.items() if number in (0, evse)]
        open_yet = [(amps, until) for amps, until in held if at < until]
        return LimitUntil(min((amps for amps, _ in open_yet), default=None), min((until for _, until in open_yet), default=UNLIMITED_A))

    def composite(self, number: int, seconds: int, unit: str) -> dict[str, Any] | None:
        """What it allows a socket from now on, all limits combined; without a charge, what one starting now would get. As all versions
        write it; None: there is no such socket."""
        bay, at = self._charger.bays.get(number), self._charger.clock.seconds()
        if bay is None:
            return None
        spec, began = bay.evse.spec, at if bay.tx is None else bay.tx.started_at
        factor, start, periods = 1.0 if unit == "A" else spec.power_per_amp_w, at, list[tuple[float, float]]()
        while start < at + seconds and len(periods) < _MAX_PERIODS:
            limit = self._charger.limit_at(bay, start, began)
            periods.append((start - at, factor * (spec.max_a if limit.limit_a is None else min(spec.max_a, limit.limit_a))))
            start = limit.until
        return _schedule(unit, periods, seconds)


def lower(one: LimitUntil, other: LimitUntil) -> LimitUntil:
    """The limit when both apply."""
    limits_a = [limit.limit_a for limit in (one, other) if limit.limit_a is not None]
    return LimitUntil(min(limits_a, default=None), min(one.until, other.until))


def _schedule(unit: str, periods: list[tuple[float, float]], seconds: float | None) -> dict[str, Any]:
    written = [{"startPeriod": round(start), "limit": math.floor(limit * 10) / 10} for start, limit in periods]
    return {"chargingRateUnit": unit, "chargingSchedulePeriod": written, **({} if seconds is None else {"duration": round(seconds)})}
