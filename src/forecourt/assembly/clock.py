"""The clocks: the machine's own, and a faster one shared by every process of a replay."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Protocol

from forecourt.kernel import BadInput, Clock

ENVIRONMENT = "FORECOURT_CLOCK"


class PacedClock(Clock, Protocol):
    """speed: how many of its seconds pass in one of the machine's."""

    @property
    def speed(self) -> float: ...


class SystemClock:
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def clock_from_environment() -> PacedClock:
    """FORECOURT_CLOCK="<origin RFC 3339>,<speed>,<real origin, Unix seconds>[,<file of its pace>]", or the machine's clock without it."""
    text = os.environ.get(ENVIRONMENT)
    if not text:
        return SystemClock()
    from forecourt.simulation import Clock as VirtualClock  # describes a simulated world: only a replay sets it

    try:
        return VirtualClock.from_environment(os.environ)
    except ValueError as error:
        raise BadInput("clock", f"{ENVIRONMENT}={text!r} is not a clock.", "Write ORIGIN,SPEED,UNIX_SECONDS.") from error
