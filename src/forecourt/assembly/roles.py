"""The four roles, each a coroutine that runs until cancelled; a process may run any of them, and imports only what they need."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from forecourt.assembly.clock import SystemClock
from forecourt.assembly.logs import set_up_logs
from forecourt.assembly.memory_tuning import frozen_imports, limit_heaps
from forecourt.assembly.parts import Parts, open_parts
from forecourt.assembly.settings import Settings
from forecourt.assembly.shutdown import Shutdown, end
from forecourt.assembly.time_probe import TimeProbe

_Start = Callable[[Parts], Coroutine[Any, Any, None]]


def _gateway() -> _Start:
    from forecourt.assembly.gateway_role import run_gateway

    return run_gateway


def _web() -> _Start:
    from forecourt.assembly.web_role import run_web

    return run_web


def _worker() -> _Start:
    from forecourt.assembly.worker_roles import run_worker

    return run_worker


def _planner() -> _Start:
    from forecourt.assembly.worker_roles import run_planner

    return run_planner


def _health() -> _Start:
    from forecourt.assembly.web_role import run_health

    return run_health


_ROLES = {"gateway": _gateway, "web": _web, "worker": _worker, "planner": _planner}
ROLES = tuple(_ROLES)


async def run_roles(settings: Settings, roles: frozenset[str], shutdown: Shutdown, ready: Callable[[], None] | None = None) -> None:
    """Run until shutdown is requested; then end cleanly."""
    set_up_logs()
    if "worker" in roles:
        limit_heaps()
    with frozen_imports():
        starts = {name: find() for name, find in _ROLES.items() if name in roles}
        if settings.health is not None:
            starts["health"] = _health()
    async with open_parts(settings) as parts:
        clock = parts.clock if isinstance(parts.clock, SystemClock) else None
        probe = TimeProbe(parts.metrics.loop_late_s, parts.metrics.clock_jumps, clock)
        running = [asyncio.create_task(start(parts), name=name) for name, start in starts.items()]
        running.append(asyncio.create_task(probe.run(), name="probe"))
        leave = asyncio.create_task(shutdown.wait())
        if ready is not None:
            ready()
        await asyncio.wait([leave, *running], return_when=asyncio.FIRST_COMPLETED)
        await end((leave, *running))
        ends = await asyncio.gather(leave, *running, return_exceptions=True)
    for one in ends:
        if isinstance(one, Exception):
            raise one


def run_role(settings: Settings, role: str) -> None:
    """One role alone, using servers that are already running."""
    with Shutdown() as shutdown:
        shutdown.run(lambda: run_roles(settings, frozenset({role}), shutdown))
