"""Readings lie in one table a month: the tables of this month and the next two are there before their first reading."""

import asyncio

from forecourt.jobs import Beat
from forecourt.kernel import Clock
from forecourt.store import ensure_partitions

_LOOK_S = 6 * 3600.0


def months_ahead(url: str, clock: Clock) -> Beat:
    """Looks at once, then every six hours. Any number of processes may: the database lets one at it."""

    async def look() -> bool:
        await asyncio.to_thread(ensure_partitions, url, clock.now().date())
        return False

    return Beat("months", look, _LOOK_S)
