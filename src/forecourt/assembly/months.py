"""What time brings: readings lie in one table a month, which is there before its first reading; and what is spent is forgotten."""

import asyncio

from forecourt.jobs import Beat
from forecourt.kernel import Clock
from forecourt.store import ensure_partitions, forget_spent

_LOOK_S = 6 * 3600.0


def months_ahead(url: str, clock: Clock) -> Beat:
    """Looks at once, then every six hours. Any number of processes may: the database lets one at it."""

    async def look() -> bool:
        now = clock.now()
        await asyncio.to_thread(ensure_partitions, url, now.date())
        await asyncio.to_thread(forget_spent, url, now)
        return False

    return Beat("months", look, _LOOK_S)
