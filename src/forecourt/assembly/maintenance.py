"""Checks, backups and restores."""

import asyncio
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from forecourt.assembly.clock import clock_from_environment
from forecourt.assembly.database import open_database
from forecourt.assembly.settings import Address, Settings
from forecourt.assembly.state import secret_file
from forecourt.bus import Bus, BusDown
from forecourt.embedded import ServerFailed, find_nats, find_postgres
from forecourt.kernel import Conflict
from forecourt.stations import Charger
from forecourt.store import PostgresTransactions, await_schema, backup, delete_expired, migrate, restore

MIN_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    good: bool
    text: str


def run_checks(settings: Settings) -> list[Check]:
    """What this machine and installation need, one line each; also while a forecourt is running."""
    serves = _serves(settings.http)
    return [
        Check("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        _found("postgresql", settings.database_url, find_postgres),
        _bus_answers(settings.nats_url) if settings.nats_url else _found("nats", None, find_nats),
        _space(settings.state),
        _port("http", settings.http, serves),
        _port("ocpp", settings.ocpp, serves),
        *_stored_data(settings),
    ]


def create_backup(settings: Settings, file: Path) -> str:
    """Back up everything, as of one instant, to one file."""
    with open_database(settings) as database:
        manifest = backup(database.url, file)
    text = f"{file}: {sum(manifest.rows.values())} rows, {file.stat().st_size} bytes."
    secret = secret_file(settings.state)
    return f"{text}\nAlso back up {secret}, in a different place: second factors, sealed links and notified devices depend on it."


def restore_backup(settings: Settings, file: Path) -> str:
    """Restore a backup to an empty database. Raises Conflict if it holds anything, or a forecourt runs on it."""
    with open_database(settings) as database:
        if database.in_use:
            raise Conflict(
                "in_service", f"Forecourt is running on {settings.state}.", "Stop it first, or set FORECOURT_STATE to another folder."
            )
        manifest = restore(database.url, file)
    return f"{sum(manifest.rows.values())} rows restored."


def delete_expired_data(settings: Settings) -> Iterator[tuple[str, int]]:
    """Delete all expired data, as workers do over time: yields tables and numbers of rows as they go."""
    at = clock_from_environment().now()
    with open_database(settings) as database:
        (await_schema if database.in_use else migrate)(database.url)
        while deleted := delete_expired(database.url, at):
            yield from deleted.items()


def _found(name: str, url: str | None, find: object) -> Check:
    if url:
        return Check(name, True, f"existing server at {url.rsplit('@', 1)[-1]}")
    try:
        return Check(name, True, str(find()))  # type: ignore[operator]
    except ServerFailed as error:
        return Check(name, False, str(error))


def _bus_answers(url: str) -> Check:
    """A database is checked for its content; a bus only has to be there."""

    async def visit() -> None:
        await (await Bus.connect(url, patience_s=3.0)).close()

    try:
        asyncio.run(visit())
    except BusDown as error:
        return Check("nats", False, str(error))
    return Check("nats", True, f"existing server at {url.rsplit('@', 1)[-1]}")


def _space(state: Path) -> Check:
    folder = next(parent for parent in (state, *state.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    return Check("disk", free >= MIN_FREE_BYTES, f"{free // 1024**2} MiB free in {folder}")


def _serves(address: Address) -> bool:
    """Whether a forecourt answers at the address."""
    try:
        answer = httpx.get(f"http://{address}/health/live", timeout=5)
        return bool(answer.json() == {"status": "alive"})
    except (httpx.HTTPError, ValueError):
        return False


def _port(name: str, address: Address, serves: bool) -> Check:
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
        except OSError as error:
            if serves:
                return Check(name, True, f"{address} is in use by a running Forecourt")
            return Check(name, False, f"{address} cannot be used ({error.strerror}), and no Forecourt answers")
    return Check(name, True, f"{address} is free")


def _stored_data(settings: Settings) -> list[Check]:
    try:
        with open_database(settings) as database, PostgresTransactions(database.url) as transactions, transactions.begin() as store:
            sums = {operator.currency: store.ledger.sum_minor(operator.currency) for operator in store.stations.operators()}
            limited = [_limited(one, clock_from_environment().now()) for one in store.stations.chargers()]
    except Exception as error:  # noqa: BLE001 - a check has two outcomes, and says why
        return [Check("data", False, f"{type(error).__name__}: {error}")]
    text = "; ".join(filter(None, limited)) or "others limit no charger"
    return [Check("data", not any(sums.values()), f"ledger sums: {sums or 'empty'}"), Check("limits", True, text)]


def _limited(charger: Charger, at: datetime) -> str:
    """Not a fault of the installation, so never a failed check; but it explains why a charger gives less than it could."""
    limits = charger.limits_at(at)
    sources = ", ".join(f"{one.source_name} since {one.reported_at:%Y-%m-%d %H:%M} UTC" for one in limits)
    return f"{charger.id} by {sources}" if limits else ""
