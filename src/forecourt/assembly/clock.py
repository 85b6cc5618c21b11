"""The clocks: the machine's own, and one that runs faster, shared by every process of a replay."""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forecourt.kernel import BadInput, Clock, instant_text, parse_instant

ENVIRONMENT = "FORECOURT_CLOCK"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """At the real instant real_origin_s (Unix seconds) it is `origin`; from there it runs `speed` times as fast."""

    origin: datetime
    speed: float
    real_origin_s: float

    def now(self) -> datetime:
        return self.origin + timedelta(seconds=(time.time() - self.real_origin_s) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def text(self) -> str:
        """For FORECOURT_CLOCK of another process."""
        return f"{instant_text(self.origin)},{self.speed},{self.real_origin_s}"


def clock_from_environment() -> Clock:
    """FORECOURT_CLOCK="<origin RFC 3339>,<speed>,<real origin, Unix seconds>", or the machine's clock without it."""
    text = os.environ.get(ENVIRONMENT)
    if not text:
        return SystemClock()
    try:
        origin, speed, real_origin_s = text.split(",")
        return VirtualClock(parse_instant(origin), float(speed), float(real_origin_s))
    except ValueError as error:
        raise BadInput("clock", f"{ENVIRONMENT}={text!r} is not a clock.", "Write ORIGIN,SPEED,UNIX_SECONDS.") from error
