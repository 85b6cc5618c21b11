"""The clocks: the machine's own, and one that runs faster, shared by every process of a replay."""

import asyncio
import os
from datetime import UTC, datetime

from forecourt.kernel import BadInput, Clock
from forecourt.simulation import Clock as VirtualClock

ENVIRONMENT = "FORECOURT_CLOCK"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def clock_from_environment() -> Clock:
    """FORECOURT_CLOCK="<origin RFC 3339>,<speed>,<real origin, Unix seconds>[,<file of its pace>]", or the machine's clock without it."""
    text = os.environ.get(ENVIRONMENT)
    if not text:
        return SystemClock()
    try:
        return VirtualClock.from_environment(os.environ)
    except ValueError as error:
        raise BadInput("clock", f"{ENVIRONMENT}={text!r} is not a clock.", "Write ORIGIN,SPEED,UNIX_SECONDS.") from error
