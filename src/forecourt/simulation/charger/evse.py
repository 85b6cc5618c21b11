"""The electrical side of one socket: the pilot it offers, the current that flows, the meter that counts."""

from collections.abc import Callable

from forecourt.simulation.car import SECONDS_PER_HOUR, Car
from forecourt.simulation.charger.settings import EvseSpec

UNLIMITED_A = float("inf")


class Evse:
    """A contactor, a pilot and a meter. Time only runs forward; looking at it late changes nothing it has counted."""

    def __init__(self, spec: EvseSpec, on_current: Callable[[float, float], None]) -> None:
        self.spec = spec
        self.car: Car | None = None
        self.offered_a = 0.0
        self.current_a = 0.0
        self.at = 0.0
        self.opens_at = UNLIMITED_A
        self.unused_wh = 0.0  # offered, but not taken, since the car came
        self._register_wh = float(spec.register_wh)
        self._on_current = on_current

    @property
    def register_wh(self) -> int:
        """The meter's display: whole Wh, never decreasing."""
        return int(self._register_wh + 1e-6)

    @property
    def counted_wh(self) -> float:
        """What its meter has counted, more precise than its display."""
        return self._register_wh

    @property
    def power_w(self) -> float:
        return self.current_a * self.spec.power_per_amp_w

    def pilot_for(self, limit_a: float) -> float:
        """The largest pilot it can signal within a limit; 0 below its minimum."""
        within = min(limit_a, float(self.spec.max_a))
        if within < self.spec.min_a:
            return 0.0
        if self.spec.allowed_a:
            return float(max((a for a in self.spec.allowed_a if a <= within), default=0))
        return within

    def advance(self, to: float) -> None:
        """Count what flowed until `to`; the contactor opens on its own at `opens_at`, however late this is called."""
        if self.at <= self.opens_at < to:
            self._flow(self.opens_at)
            self.offered_a, self.opens_at = 0.0, UNLIMITED_A
            self._show(0.0)
        self._flow(to)

    def _flow(self, to: float) -> None:
        """In steps of the car's taper."""
        left = to - self.at
        while left > 0 and self.car is not None:
            before_wh = self.car.taken_wh
            used = self.car.charge(self.spec.power_per_amp_w, self.offered_a, left)
            taken_wh = self.car.taken_wh - before_wh
            self._register_wh += taken_wh
            self.unused_wh += self.offered_a * self.spec.power_per_amp_w * used / SECONDS_PER_HOUR - taken_wh
            self.at += used
            left -= used
            self._show(self.car.draw_a(self.offered_a))
        self.at = max(self.at, to)

    def plug(self, car: Car, at: float) -> None:
        self.advance(at)
        self.car = car
        self.unused_wh = 0.0
        self._show(car.draw_a(self.offered_a))

    def unplug(self, at: float) -> None:
        self.advance(at)
        self.offered_a = 0.0
        self.car = None
        self._show(0.0)

    def offer(self, pilot_a: float, at: float) -> None:
        self.advance(at)
        self.offered_a = pilot_a
        self._show(self.car.draw_a(pilot_a) if self.car else 0.0)

    def next_step_at(self) -> float | None:
        """When the car's current next changes on its own at this offer; None if it will not."""
        if self.car is None or self.current_a <= 0:
            return None
        return self.at + self.car.wh_to_next_step() / self.power_w * SECONDS_PER_HOUR

    def _show(self, current_a: float) -> None:
        if current_a != self.current_a:
            self.current_a = current_a
            self._on_current(current_a, self.at)
