"""Why drivers wait: minutes by the reason that each of them has to wait, from one instant to the next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

REASONS = ("for_a_due_booking", "for_a_booking_soon", "for_promises", "out_of_order", "all_in_use")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Idle:
    """How many wait, and sockets nobody uses: kept for a booking that is due, kept for one that begins in minutes, free but not
    given because of later promises, out of order."""

    wait: int
    due: int
    soon: int
    free: int
    down: int


@dataclass
class Reasons:
    """Each idle socket explains one who waits; who is left over waits because all are in use."""

    minutes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(REASONS, 0.0))
    _last: tuple[datetime, Idle] | None = None

    def note(self, at: datetime, idle: Idle) -> None:
        if self._last is not None:
            since, before = self._last
            left = before.wait
            for reason, sockets in zip(REASONS, (before.due, before.soon, before.free, before.down, left), strict=True):
                explained = min(left, sockets)
                self.minutes[reason] += explained * ((at - since) / _MINUTE)
                left -= explained
        self._last = at, idle
