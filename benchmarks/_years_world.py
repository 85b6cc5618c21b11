"""A network several months old, built through the product's own flows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from _bill_world import DRIVERS, place
from documents import OPERATOR as OPERATOR
from documents import SITE as SITE
from documents import record

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.billing import rate_and_invoice
from forecourt.kernel import DriverId, SessionId
from forecourt.sessions import ChargeRecord
from forecourt.store import PostgresTransactions, migrate
from forecourt.tariffs import Phase, PhaseState

END = datetime(2026, 6, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
STEPS = 96  # phases of a charge that was turned down and up all day
BATCH = 200


def charges(days: int, a_day: int) -> Iterator[ChargeRecord]:
    """Evenly over the days before the end, the earliest first."""
    for number in range(days * a_day):
        at = END - timedelta(days=days) + timedelta(days=1) * number / a_day
        step, start = timedelta(minutes=5), at - timedelta(minutes=5 * STEPS)
        states = [PhaseState.CHARGING if turn % 2 else PhaseState.WITHHELD for turn in range(STEPS)]
        phases = tuple(Phase(state, start + turn * step, start + (turn + 1) * step, 200 * (turn % 2)) for turn, state in enumerate(states))
        yield replace(
            record(number),
            session_id=SessionId(UUID(int=10_000 + number)),
            driver_id=DriverId(UUID(int=1000 + number % DRIVERS)),
            started_at=start,
            ended_at=at,
            phases=phases,
            energy_wh=sum(phase.energy_wh for phase in phases),
        )


def built(server_url: str, name: str, days: int, a_day: int) -> str:
    """The address of a new database with them."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = server_url.replace("@/forecourt?", f"@/{name}?")
    migrate(url)
    with PostgresTransactions(url) as transactions:
        _build(transactions, days, a_day)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url


def _build(transactions: PostgresTransactions, days: int, a_day: int) -> None:
    ids, waiting = RandomIds(), list(charges(days, a_day))
    with transactions.begin() as store:
        place(store)
    while waiting:
        some, waiting = waiting[:BATCH], waiting[BATCH:]
        with transactions.begin() as store:
            for one in some:
                store.sessions.end(one)
                rate_and_invoice(store, one.session_id, one.ended_at, ids)
