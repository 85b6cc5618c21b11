"""The four roles, each a coroutine that runs until it is cancelled; one process may hold any of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from forecourt.assembly.clock import SystemClock
from forecourt.assembly.gateway_ports import run_gateway
from forecourt.assembly.heaps import limit_heaps
from forecourt.assembly.housekeeping import log_seals, months_ahead
from forecourt.assembly.listening import listen
from forecourt.assembly.logs import set_up_logs
from forecourt.assembly.metrics import CountedRequests, CountedTransactions
from forecourt.assembly.partners import partner_door, partner_line, with_ocpi
from forecourt.assembly.parts import Parts, open_parts
from forecourt.assembly.probe import TimeProbe
from forecourt.assembly.settings import Address, Settings
from forecourt.assembly.shutdown import Shutdown, end
from forecourt.assembly.tls import authorities_of, door_ends
from forecourt.assembly.webhooks import ProviderEvents
from forecourt.jobs import Planner, Prices, Worker
from forecourt.web import Argon2Passwords, MapTiles, WebPorts, create_app, create_health

ROLES = ("gateway", "web", "worker", "planner")


async def run_roles(settings: Settings, roles: frozenset[str], shutdown: Shutdown, ready: Callable[[], None] | None = None) -> None:
    """Run until it is time to part; then end cleanly."""
    set_up_logs()
    if "worker" in roles:
        limit_heaps()
    async with open_parts(settings) as parts:
        clock = parts.clock if isinstance(parts.clock, SystemClock) else None
        probe = TimeProbe(parts.metrics.loop_late_s, parts.metrics.clock_jumps, clock)
        running = [asyncio.create_task(start(parts), name=name) for name, start in _STARTS.items() if name in roles]
        running.append(asyncio.create_task(probe.run(), name="probe"))
        if settings.health is not None:
            running.append(asyncio.create_task(_run_health(parts, settings.health), name="health"))
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
    """One role alone, with servers that are there."""
    with Shutdown() as shutdown:
        shutdown.run(lambda: run_roles(settings, frozenset({role}), shutdown))


async def _run_worker(parts: Parts) -> None:
    assert parts.settings.database_url is not None  # noqa: S101 - parts are not opened without
    worker, months, seals = (
        Worker(replace(parts.worker_ports(), partner_line=partner_line(parts), authority=authorities_of(parts.settings.ocpp_tls))),
        months_ahead(parts.settings.database_url, parts.clock),
        log_seals(parts.transactions, parts.clock),
    )
    parts.metrics.of_beats((*worker.beats, months, seals))
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(), name="work")
        group.create_task(months.run(), name="months")
        group.create_task(seals.run(), name="seals")


async def _run_planner(parts: Parts) -> None:
    planner = Planner(parts.worker_ports())
    parts.metrics.of_beats((planner.beat,))
    async with asyncio.TaskGroup() as group:
        group.create_task(planner.run(), name="plans")
        group.create_task(Prices(parts.worker_ports()).run(), name="prices")


async def _run_web(parts: Parts) -> None:
    settings = parts.settings
    app = create_app(
        WebPorts(
            transactions=CountedTransactions(parts.transactions, parts.metrics.units),
            clock=parts.clock,
            ids=parts.ids,
            passwords=Argon2Passwords(),
            secret_key=parts.secret,
            hints=parts.hints.news,
            tell=parts.hints.tell,
            ready=_ready(parts),
            metrics=parts.metrics.exposition,
            payment_events=ProviderEvents(parts.processor),
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            card_key=settings.card_key,
            card_desk=parts.card_desk,
            push_key=parts.pusher.public_key,
            mails=bool(settings.smtp_url),
            ocpp_url=settings.ocpp_url,
            ocpp_tls=settings.ocpp_tls is not None,
            ocpp_port=settings.ocpp.port,
            ask_charger=parts.courier().ask,
            partner_door=partner_door(parts),
            authority=authorities_of(settings.ocpp_tls),
            door_ends=lambda: door_ends(settings.ocpp_tls),
            map_tiles=MapTiles(settings.map_tiles, settings.map_attribution) if settings.map_tiles else None,
        )
    )
    await listen(CountedRequests(with_ocpi(app, parts), parts.metrics), settings.http, "FORECOURT_HTTP")


async def _run_health(parts: Parts, address: Address) -> None:
    await listen(create_health(_ready(parts), parts.metrics.exposition), address, "FORECOURT_HEALTH")


def _ready(parts: Parts) -> Callable[[], Mapping[str, bool]]:
    return lambda: {"database": _database_answers(parts), "bus": parts.bus.is_connected}


def _database_answers(parts: Parts) -> bool:
    try:
        with parts.transactions.begin() as store:
            store.stations.sites()
    except Exception:  # noqa: BLE001 - readiness is a question with two answers
        return False
    return True


_STARTS = {"gateway": run_gateway, "web": _run_web, "worker": _run_worker, "planner": _run_planner}
