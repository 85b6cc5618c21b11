"""`forecourt run`: everything in one process, with or without the demo."""

import asyncio
import itertools
import os
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from forecourt.assembly.clock import SystemClock
from forecourt.assembly.demo_network import (
    DRIVER_EMAIL,
    DRIVER_PASSWORD,
    OPERATOR_EMAIL,
    OPERATOR_PASSWORD,
    Credentials,
    add_drivers,
    add_simulated_phone,
    all_have_fallback,
    build_network,
    reset_chargers,
    site_id,
    uses_app,
)
from forecourt.assembly.demo_offers import add_offers
from forecourt.assembly.roles import ROLES, run_roles
from forecourt.assembly.settings import Settings
from forecourt.assembly.shutdown import Shutdown, end
from forecourt.assembly.state import network_secret
from forecourt.embedded import choose_servers
from forecourt.simulation import (
    Clock,
    DriverCredential,
    ProviderSettings,
    RecordedSession,
    SiteSpec,
    WorldSettings,
    compressed,
    load_site,
    play_endlessly,
    running_provider,
    sessions_on,
)
from forecourt.store import PostgresTransactions, migrate

Say = Callable[[str], None]

DEMO_SITE = "caltech"
DEMO_LIMIT_KW = 60.0
DEMO_SQUEEZE = 8.0
FALLBACK_TIMEOUT_S = 60.0


def run_all(settings: Settings, roles: frozenset[str], say: Say) -> None:
    """Start every server without a URL, run the roles, and stop everything on Ctrl-C."""
    with Shutdown() as shutdown, shutdown.stop_with(choose_servers(settings.state, settings.database_url, settings.nats_url)) as servers:
        settings = replace(settings, database_url=servers.database_url, nats_url=servers.nats_url)
        shutdown.run(lambda: run_roles(settings, roles, shutdown, lambda: _announce(settings, roles, say)))


def run_demo(settings: Settings, say: Say) -> None:
    """A real garage with its recorded drivers, with little power so that something always happens."""
    say("Starting PostgreSQL and NATS ...")
    with Shutdown() as shutdown, shutdown.stop_with(choose_servers(settings.state, settings.database_url, settings.nats_url)) as servers:
        settings = replace(settings, database_url=servers.database_url, nats_url=servers.nats_url)
        credentials = Credentials(network_secret(settings.state))
        spec, sessions = _demo_day()
        _prepare(settings, spec, sessions, credentials)
        shutdown.run(lambda: _demo(settings, (spec, sessions), credentials, say, shutdown))


async def _demo(
    settings: Settings, day: tuple[SiteSpec, tuple[RecordedSession, ...]], credentials: Credentials, echo: Say, shutdown: Shutdown
) -> None:
    async with AsyncExitStack() as stack:
        hook = f"http://127.0.0.1:{settings.http.port}/webhooks/payments"
        journal = settings.state / "provider.journal"
        provider = await stack.enter_async_context(
            running_provider(ProviderSettings(credentials.secret.hex(), hook, journal=journal), Clock.from_environment(os.environ))
        )
        settings = replace(settings, provider_url=provider.url)
        world = asyncio.create_task(_play(settings, *day, credentials))
        stack.push_async_callback(end, (world,))
        await run_roles(settings, frozenset(ROLES), shutdown, lambda: _announce(settings, frozenset(ROLES), echo, demo=True))


async def _play(settings: Settings, spec: SiteSpec, sessions: tuple[RecordedSession, ...], credentials: Credentials) -> None:
    drivers = {
        session.ref: DriverCredential(
            card=None if uses_app(index) else credentials.card(session.ref), api_token=credentials.api_key(session.ref)
        )
        for index, session in enumerate(sessions)
    }
    drivers[_first_app_stay(sessions).ref] = DriverCredential(card=None, api_token=credentials.api_key(DRIVER_EMAIL))
    await play_endlessly(
        WorldSettings(
            ocpp_url=f"ws://127.0.0.1:{settings.ocpp.port}/ocpp",
            site=spec,
            sessions=sessions,
            clock=Clock.from_environment(os.environ),
            passwords={station.id: credentials.charger_password(station.id) for station in spec.stations},
            drivers=drivers,
            http_url=f"http://127.0.0.1:{settings.http.port}",
            limit_kw=DEMO_LIMIT_KW,
            meter_interval_s=15,
            seed=secrets.randbits(32),  # the stored data knows the transactions of earlier starts, so none may be reused
        ),
        DEMO_SQUEEZE,
        partial(_opened, settings.database_url or "", spec),
    )


async def _opened(database_url: str, spec: SiteSpec) -> None:
    """Cars arrive once every charger has its fallback, or after a minute; before that, they would have to wait for power."""
    with PostgresTransactions(database_url) as transactions, suppress(TimeoutError):
        async with asyncio.timeout(FALLBACK_TIMEOUT_S):
            while not await asyncio.to_thread(all_have_fallback, transactions, site_id(spec.slug)):
                await asyncio.sleep(0.5)


def _first_app_stay(sessions: tuple[RecordedSession, ...]) -> RecordedSession:
    """Among those that start by the app, the stay that ends first in the endless day: the demo's driver takes its place."""
    start = datetime.fromtimestamp(0, UTC)
    app = {session.ref for index, session in enumerate(sessions) if uses_app(index)}
    begun = itertools.takewhile(lambda session: session.arrival == start, compressed(sessions, start, DEMO_SQUEEZE))
    return min((session for session in begun if session.ref in app), key=lambda session: session.departure)


def _demo_day() -> tuple[SiteSpec, tuple[RecordedSession, ...]]:
    return load_site(DEMO_SITE), sessions_on(DEMO_SITE, date(2019, 9, 5))


def _prepare(settings: Settings, spec: SiteSpec, sessions: tuple[RecordedSession, ...], credentials: Credentials) -> None:
    """Create the demo network on the first start; later starts continue with the stored data."""
    url = settings.database_url or ""
    migrate(url)
    at = SystemClock().now()
    with PostgresTransactions(url) as transactions, transactions.begin() as store:
        if store.stations.site_by_slug(spec.slug) is None:
            site = build_network(store, spec, DEMO_LIMIT_KW, credentials, at - timedelta(minutes=1))
            add_offers(store, site, at - timedelta(minutes=1))
            add_drivers(store, [session.ref for session in sessions], credentials, at)
        reset_chargers(store, spec, credentials)
        add_simulated_phone(store, credentials, at)


def _announce(settings: Settings, roles: frozenset[str], echo: Say, demo: bool = False) -> None:
    if "web" in roles:
        echo(f"Driver app        http://{settings.http}/")
        echo(f"Operator console  http://{settings.http}/console")
    if "gateway" in roles:
        echo(f"Chargers          {'wss' if settings.ocpp_tls else 'ws'}://{settings.ocpp}/ocpp/{{charge point id}}")
    if demo:
        echo(f"Sign in as        {OPERATOR_EMAIL} / {OPERATOR_PASSWORD}  or  {DRIVER_EMAIL} / {DRIVER_PASSWORD}")
    echo("Ctrl-C stops everything.")
