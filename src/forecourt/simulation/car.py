"""A plugged-in car: a battery that takes the full current, then tapers, and never takes more than offered.

The state of charge is relative to the need: 0 on arrival, 1 when the driver's need is met. Between two steps of the taper the current is
constant, so energy is integrated exactly, whenever it is read.
"""

from dataclasses import dataclass

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Step:
    """Up to `until` of the need, the car takes at most `share` of its maximum current."""

    until: float
    share: float


TAPER = (Step(0.90, 1.0), Step(0.94, 0.75), Step(0.97, 0.5), Step(0.99, 0.3), Step(1.0, 0.2))
NO_TAPER = (Step(1.0, 1.0),)


class Car:
    """A battery behind an onboard charger.

    need_wh: what it takes until full. max_a, min_a: per phase; below min_a it does not charge (IEC 61851: 6 A).
    """

    __slots__ = ("_stage", "_taper", "capacity_wh", "max_a", "min_a", "need_wh", "taken_wh")

    def __init__(self, need_wh: float, max_a: float = 32.0, min_a: float = 6.0, taper: tuple[Step, ...] = TAPER) -> None:
        if need_wh < 0 or not 0 < min_a <= max_a:
            raise ValueError(f"no such car: need {need_wh} Wh, {min_a} to {max_a} A")
        self.need_wh = need_wh
        self.max_a = max_a
        self.min_a = min_a
        self.capacity_wh = max(40_000.0, need_wh / 0.8)
        self.taken_wh = 0.0
        self._taper = taper
        self._stage = 0 if need_wh > 0 else len(taper)

    @property
    def full(self) -> bool:
        return self._stage >= len(self._taper)

    @property
    def soc_percent(self) -> int:
        """The dashboard's display; 100 when the need is met."""
        return int(100 * (1 - (self.need_wh - self.taken_wh) / self.capacity_wh))

    def wh_to_level(self, percent: float) -> float:
        """Energy until the dashboard shows that percentage."""
        return self.need_wh - self.capacity_wh * (1 - percent / 100) - self.taken_wh

    def draw_a(self, offered_a: float) -> float:
        """The current it draws at this pilot."""
        if self.full or offered_a < self.min_a:
            return 0.0
        return min(offered_a, max(self.min_a, self._taper[self._stage].share * self.max_a))

    def wh_to_next_step(self) -> float:
        """Energy until its current may change by itself; 0 when full."""
        return 0.0 if self.full else self._taper[self._stage].until * self.need_wh - self.taken_wh

    def charge(self, power_per_amp_w: float, offered_a: float, seconds: float) -> float:
        """Charge at this offer for at most `seconds`, stopping at the next step; returns the seconds used.

        power_per_amp_w: voltage x phases. Call again with the remaining seconds: the current differs then.
        """
        power_w = self.draw_a(offered_a) * power_per_amp_w
        if power_w <= 0:
            return seconds
        to_step_s = self.wh_to_next_step() / power_w * SECONDS_PER_HOUR
        if seconds < to_step_s:
            self.taken_wh += power_w * seconds / SECONDS_PER_HOUR
            return seconds
        self.taken_wh = self._taper[self._stage].until * self.need_wh
        self._stage += 1
        return to_step_s
