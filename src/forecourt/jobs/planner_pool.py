"""Which planner process has which site. They tell each other that they are there; nobody hands anything out, and nothing is kept.

It saves work, no more: that a site has one plan at a time is the doing of its lock. Who hears of nobody has all sites, so where the bus is
down some are looked at twice and none is left out.
"""

import time
from collections.abc import Callable
from hashlib import blake2b
from uuid import uuid4

from forecourt.jobs.ports import Hints
from forecourt.kernel import SiteId

TOPIC = "planner"
TELLS_S = 5.0
# One that has got nowhere for so long is taken to be gone: a look at a site takes ten seconds at most.
GONE_S = 20.0


class PlannerPool:
    """seconds: a clock that is never set."""

    def __init__(self, hints: Hints, seconds: Callable[[], float] = time.monotonic) -> None:
        self.name = uuid4().hex
        self._hints = hints
        self._seconds = seconds
        self._is_known = False
        self._told_s = float("-inf")
        self._heard_s: dict[str, float] = {}

    async def join(self) -> None:
        """Hear of the others. They hear of this one once it has looked at everything: one that ends before takes nothing from anybody."""
        await self._hints.listen_of_one(TOPIC, self._hear_of)

    async def went_round(self) -> None:
        self._is_known = True
        await self.got_on()

    async def got_on(self) -> None:
        """Told to the others every few seconds."""
        if self._is_known and self._seconds() - self._told_s >= TELLS_S:
            self._told_s = self._seconds()
            await self._hints.tell(f"{TOPIC}.{self.name}")

    def has(self) -> Callable[[SiteId], bool]:
        """Whether a site is this process's, as long as nobody comes or goes. Who goes leaves the others what they had."""
        self._heard_s = {name: heard for name, heard in self._heard_s.items() if self._seconds() - heard < GONE_S}
        there = (self.name, *(name for name in self._heard_s if name != self.name))
        return lambda site_id: len(there) == 1 or max(there, key=lambda name: _weight(name, site_id)) == self.name

    def _hear_of(self, name: str) -> None:
        self._heard_s[name] = self._seconds()


def _weight(name: str, site_id: SiteId) -> tuple[bytes, str]:
    return blake2b(f"{name}/{site_id}".encode(), digest_size=8).digest(), name
