"""What time brings: readings lie in one table a month, which is there before its first reading; and what is over is forgotten."""

import asyncio

import structlog

from forecourt.jobs import Beat
from forecourt.kernel import Clock
from forecourt.store import ensure_partitions, forget_spent

_LOOK_S = 6 * 3600.0
_log = structlog.get_logger("forecourt.jobs")


def months_ahead(url: str, clock: Clock) -> Beat:
    """Looks at once, then every six hours; goes on at once where much is to be forgotten. Any number of processes may: the database lets
    one at it."""

    async def look() -> bool:
        now = clock.now()
        await asyncio.to_thread(ensure_partitions, url, now.date())
        gone = await asyncio.to_thread(forget_spent, url, now)
        if gone:
            _log.info("forgotten", **gone)
        return bool(gone)

    return Beat("months", look, _LOOK_S)
