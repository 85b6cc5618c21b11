"""Virtual time: one line ties it to the wall clock, so that several processes share it without talking.

virtual now = origin + (wall clock - real origin) x speed. The environment variable FORECOURT_CLOCK carries the three
numbers as "<origin RFC 3339>,<speed>,<real origin in unix seconds>"; without it, time is the system's own.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

VARIABLE = "FORECOURT_CLOCK"


@dataclass(frozen=True, slots=True)
class Clock:
    """origin and real_origin in unix seconds; speed in virtual seconds per real second (> 0)."""

    origin: float = 0.0
    speed: float = 1.0
    real_origin: float = 0.0

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError(f"clock speed {self.speed} is not above 0")

    @classmethod
    def starting(cls, origin: datetime, speed: float) -> "Clock":
        """A clock that shows `origin` now and runs at `speed` from here on."""
        return cls(origin.timestamp(), speed, time.time())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Clock":
        """The shared clock of FORECOURT_CLOCK, else the system's. Raises ValueError for a malformed value."""
        text = environment.get(VARIABLE, "")
        if not text:
            return cls()
        parts = text.split(",")
        if len(parts) != 3:
            raise ValueError(f"{VARIABLE} is not '<origin>,<speed>,<real origin>': {text!r}")
        origin = datetime.fromisoformat(parts[0])
        if origin.tzinfo is None:
            raise ValueError(f"{VARIABLE} has an origin without a time zone: {text!r}")
        return cls(origin.timestamp(), float(parts[1]), float(parts[2]))

    def to_environment(self) -> str:
        """The value of FORECOURT_CLOCK that makes another process see the same time."""
        return f"{datetime.fromtimestamp(self.origin, UTC).isoformat()},{self.speed!r},{self.real_origin!r}"

    def seconds(self) -> float:
        """Now, in unix seconds."""
        return self.origin + (time.time() - self.real_origin) * self.speed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def real(self, seconds: float) -> float:
        """How many real seconds a virtual span takes; never negative."""
        return max(0.0, seconds / self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.real(seconds))

    async def sleep_until(self, instant: float) -> None:
        """Until the virtual instant (unix seconds) has come; timers may fire a little early, so it looks again."""
        while (left := instant - self.seconds()) > 0:
            await asyncio.sleep(max(self.real(left), 0.0005))

    def call_at(self, instant: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self.real(instant - self.seconds()), callback)


SYSTEM_CLOCK = Clock()


def stamp(instant: float) -> str:
    """Unix seconds as OCPP writes them: RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_of(text: str) -> float:
    """The unix seconds of an RFC 3339 instant; without a zone it is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
