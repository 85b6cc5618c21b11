"""Kill (-9) the planner process that has a site, let something happen there, and time the site's next plan.

    python benchmarks/takeover.py [--kills 20] [--json FILE]

Real processes: PostgreSQL, NATS, a worker and two planners, all on their own clocks. Before each kill the two share the sites again. Then,
in turn, the site's limit is cut or raised by hand, and a charge begins or ends: the charger's message is stored, the worker applies it.
The kill comes at a random moment; what happens at the site, 50 ms later. Timed from the kill to the commit of the new plan.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from _processes import Process
from _takeover_site import CARD, SITE, build, message, site

from forecourt.bus import Bus
from forecourt.embedded import Embedded
from forecourt.flows.charging import accept
from forecourt.jobs.site_pool import weight
from forecourt.stations import Fact, MeterSample, TransactionEnded, TransactionStarted
from forecourt.store import PostgresTransactions, migrate

EVENT_AFTER_S = 0.05
PATIENCE_S = 60.0
PLANNED = "SELECT count(*) FROM plans WHERE site_id = %s AND made_at >= %s"


class Trial:
    """One network, its two planners, and which process is which planner."""

    def __init__(self, folder: Path, servers: Embedded, bus: Bus, transactions: PostgresTransactions) -> None:
        self._folder, self._bus, self._transactions = folder, bus, transactions
        self._environment = {"DATABASE_URL": servers.database_url, "NATS_URL": servers.nats_url, "FORECOURT_STATE": str(folder)}
        self._url = servers.database_url
        self._heard: dict[str, float] = {}
        self._planners: dict[str, Process] = {}
        self._messages = 0
        self._charging = False

    async def open(self, stack: ExitStack) -> None:
        await self._bus.on_named_hint("planner", lambda name: self._heard.update({name: time.monotonic()}))
        stack.enter_context(self._process("worker"))
        stack.callback(self._stop_planners)
        await self._says("CP1", TransactionStarted(now(), 1, "first", CARD, samples=(MeterSample(now(), 1000),)))
        for _ in range(2):
            await self._start_planner()

    def _process(self, role: str) -> Process:
        return Process([sys.executable, "-m", "forecourt", role], self._folder / f"{role}.log", self._environment)

    def _stop_planners(self) -> None:
        for one in self._planners.values():
            one.stop()

    async def _start_planner(self) -> None:
        """Start one, and learn its name: the only one that has not been heard of."""
        before, process = set(self._heard), self._process("planner")
        process.start()
        deadline = time.monotonic() + PATIENCE_S
        while not (fresh := set(self._heard) - before):
            assert time.monotonic() < deadline, (self._folder / "planner.log").read_text()[-2000:]
            await asyncio.sleep(0.05)
        self._planners[fresh.pop()] = process

    async def kill_once(self, kind: str, moment_s: float) -> float:
        """Seconds from the kill to the new plan."""
        await asyncio.sleep(moment_s)
        owner = max(self._planners, key=lambda name: weight(name, SITE))
        self._planners.pop(owner).kill()
        killed = time.monotonic()
        await asyncio.sleep(EVENT_AFTER_S)
        event_at = now()
        await (self._change_limit() if kind == "limit" else self._begin_or_end())
        while not self._is_planned(event_at):
            assert time.monotonic() - killed < PATIENCE_S, (self._folder / "planner.log").read_text()[-2000:]
            await asyncio.sleep(0.005)
        took_s = time.monotonic() - killed
        await self._start_planner()
        return took_s

    def _is_planned(self, since: datetime) -> bool:
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(PLANNED, (SITE, since)).fetchone()
        return bool(row and row[0])

    async def _change_limit(self) -> None:
        with self._transactions.begin() as store:
            (row,) = store.stations.site(SITE).limits
            store.stations.put_site(site(20 if row.limit_a == 40 else 40))
        await self._bus.hint(f"plan.{SITE}")

    async def _begin_or_end(self) -> None:
        at, name = now(), f"bench-{(self._messages + 1) // 2}"
        sample = (MeterSample(at, 1000 + 10 * self._messages),)
        fact: Fact = (
            TransactionEnded(at, name, 1, samples=sample) if self._charging else TransactionStarted(at, 1, name, CARD, samples=sample)
        )
        self._charging = not self._charging
        await self._says("CP2", fact)

    async def _says(self, charger: str, fact: Fact) -> None:
        key, self._messages = f"{charger}/{self._messages}", self._messages + 1
        with self._transactions.begin() as store:
            accept(store, [message(charger, fact, key)])
        await self._bus.hint("facts")


def now() -> datetime:
    return datetime.now(UTC)


async def measure(kills: int, seed: int) -> dict[str, list[float]]:
    chance = random.Random(seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fc-")))
        folder.chmod(0o755)
        servers = stack.enter_context(Embedded(folder / "state"))
        migrate(servers.database_url)
        transactions = stack.enter_context(PostgresTransactions(servers.database_url))
        with transactions.begin() as store:
            build(store, now())
        bus = await Bus.connect(servers.nats_url)
        trial = Trial(folder, servers, bus, transactions)
        await trial.open(stack)
        took: dict[str, list[float]] = {"limit": [], "charge": []}
        for number in range(kills):
            kind = ("limit", "charge")[number % 2]
            took[kind].append(await trial.kill_once(kind, chance.uniform(6, 11)))
            print(f"{number + 1:3} {kind:7} {took[kind][-1]:7.2f} s", flush=True)
        await bus.close()
    return took


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--kills", type=int, default=20)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    took = asyncio.run(measure(args.kills, args.seed))
    every = [one for kind in took.values() for one in kind]
    figures = {"kills": len(every), "median_s": round(statistics.median(every), 2), "worst_s": round(max(every), 2)}
    print(f"{figures['kills']} kills: median {figures['median_s']} s, worst {figures['worst_s']} s")
    if args.json:
        args.json.write_text(json.dumps(figures | {"seconds": took}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
