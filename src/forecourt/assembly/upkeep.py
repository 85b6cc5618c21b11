"""Checks, safe copies and their return."""

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forecourt.assembly.settings import Address, Settings
from forecourt.embedded import ServerFailed, choose_servers, find_nats, find_postgres
from forecourt.store import PostgresTransactions, backup, migrate, restore

ENOUGH_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    good: bool
    text: str


def examine(settings: Settings) -> list[Check]:
    """What this machine and installation need, one line each."""
    return [
        Check("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        _found("postgresql", settings.database_url, find_postgres),
        _found("nats", settings.nats_url, find_nats),
        _space(settings.state),
        _port("http", settings.http),
        _port("ocpp", settings.ocpp),
        _data(settings),
    ]


def back_up(settings: Settings, file: Path) -> str:
    """Write everything, as of one instant, into one file."""
    with _database(settings) as url:
        manifest = backup(url, file)
    return f"{file}: {sum(manifest.rows.values())} rows, {file.stat().st_size} bytes."


def put_back(settings: Settings, file: Path) -> str:
    """Read a safe copy into an empty database. Refuses one that holds anything."""
    with _database(settings) as url:
        migrate(url)
        manifest = restore(url, file)
    return f"{sum(manifest.rows.values())} rows restored."


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The running installation's database, or the state folder's, started for the moment."""
    if settings.database_url:
        yield settings.database_url
        return
    with choose_servers(settings.state, None, "unused") as servers:
        yield servers.database_url


def _found(name: str, url: str | None, find: object) -> Check:
    if url:
        return Check(name, True, f"existing server at {url.rsplit('@', 1)[-1]}")
    try:
        return Check(name, True, str(find()))  # type: ignore[operator]
    except ServerFailed as error:
        return Check(name, False, str(error))


def _space(state: Path) -> Check:
    folder = next(parent for parent in (state, *state.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    return Check("disk", free >= ENOUGH_BYTES, f"{free // 1024**2} MiB free in {folder}")


def _port(name: str, address: Address) -> Check:
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
        except OSError as error:
            return Check(name, False, f"{address} cannot be had ({error.strerror}); is Forecourt running?")
    return Check(name, True, f"{address} is free")


def _data(settings: Settings) -> Check:
    try:
        with _database(settings) as url, PostgresTransactions(url) as transactions, transactions.begin() as store:
            sums = {operator.currency: store.ledger.sum_minor(operator.currency) for operator in store.stations.operators()}
    except Exception as error:  # noqa: BLE001 - a check has two outcomes, and says why
        return Check("data", False, f"{type(error).__name__}: {error}")
    return Check("data", not any(sums.values()), f"ledger sums: {sums or 'empty'}")
