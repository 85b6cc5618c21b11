"""Decides which of several processes of one role handles which site. They announce themselves to each other; nothing is assigned or stored.

This only saves work: the locks of a site ensure that what two do there at once is done once. A process that hears no others handles all
sites, so if the bus is down, some sites are looked at twice and none is left out.
"""

import asyncio
import time
from collections.abc import Callable
from hashlib import blake2b
from uuid import UUID, uuid4

from forecourt.jobs.ports import Hints

ANNOUNCE_EVERY_S = 5.0
# One that has made no progress for this long is assumed to be gone: a look at a site takes ten seconds at most.
ASSUME_GONE_AFTER_S = 20.0
# So is one that has not answered for this long. One that has ended is gone at once: the bus knows.
SILENT_AFTER_S = 5.0


class SitePool:
    """role: of the processes that share the sites, as in their hints. seconds: a monotonic clock."""

    def __init__(self, role: str, hints: Hints, seconds: Callable[[], float] = time.monotonic) -> None:
        self.name = uuid4().hex
        self._role = role
        self._hints = hints
        self._seconds = seconds
        self._is_known = False
        self._announced_s = float("-inf")
        self._last_seen_s: dict[str, float] = {}
        self._last_answer_s: dict[str, float] = {}

    async def join(self) -> None:
        """Start listening to the others. They learn of this one once it has looked at everything: if it ends before that, it has taken
        nothing."""
        await self._hints.register(f"{self._role}-{self.name}")
        await self._hints.listen_named(self._role, self._on_announcement)

    async def leave(self) -> None:
        """Hand the sites over: the others find this one gone at their next check."""
        self._is_known = False
        await self._hints.withdraw(f"{self._role}-{self.name}")

    async def finished_round(self) -> None:
        self._is_known = True
        await self.report_progress()

    async def report_progress(self) -> None:
        """Record progress, and announce it to the others every few seconds."""
        if self._is_known and self._seconds() - self._announced_s >= ANNOUNCE_EVERY_S:
            self._announced_s = self._seconds()
            await self._hints.publish(f"{self._role}.{self.name}")

    async def is_running(self, name: str) -> bool | None:
        """Whether a process of this role runs under that name; None: unknown."""
        return await self._hints.is_present(f"{self._role}-{name}")

    async def check_others(self) -> bool:
        """Ask each of the others whether it still runs. True if one is gone: its sites are now shared by those that are left.

        One that has never answered is of a release that does not: only its announcements count.
        """
        others, gone = self._others(), False
        answers = await asyncio.gather(*map(self.is_running, others))
        for name, answer in zip(others, answers, strict=True):
            if answer:
                self._last_answer_s[name] = self._seconds()
            elif name in self._last_answer_s and (answer is False or self._seconds() - self._last_answer_s[name] >= SILENT_AFTER_S):
                del self._last_answer_s[name]
                gone = self._last_seen_s.pop(name, None) is not None or gone
        return gone

    def ownership(self) -> Callable[[UUID], bool]:
        """Whether a site, or whatever else has an id, belongs to this process, as long as none joins or leaves. When one leaves, the
        others keep the sites they had."""
        self._last_seen_s = {name: seen for name, seen in self._last_seen_s.items() if self._seconds() - seen < ASSUME_GONE_AFTER_S}
        members = (self.name, *self._others())
        return lambda shared: len(members) == 1 or max(members, key=lambda name: weight(name, shared)) == self.name

    def _others(self) -> list[str]:
        return [name for name in self._last_seen_s if name != self.name]

    def _on_announcement(self, name: str) -> None:
        self._last_seen_s[name] = self._seconds()


def weight(name: str, shared: UUID) -> tuple[bytes, str]:
    """Of several processes, a site belongs to the one of the highest."""
    return blake2b(f"{name}/{shared}".encode(), digest_size=8).digest(), name
