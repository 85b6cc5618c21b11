"""Kill (-9) the worker process that is sending an order, and time when another has stored the charger's answer.

    python benchmarks/lost_worker.py [--kills 10] [--json FILE]

Real processes: PostgreSQL, NATS, a gateway and two workers, and a charger at its socket that takes `--answer-s` to answer. The kill
comes while the order is at the charger. The reference is what such an order would wait for otherwise: the lease of 90 seconds. Counted as
well: how often the order reached the charger (once is right).
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime
from pathlib import Path

import psycopg
from _lost_worker_network import Charger, order_unlock, plug_in, set_up
from _processes import Process, free_port

from forecourt.assembly.worker_roles import LEASE_S
from forecourt.embedded import Embedded
from forecourt.store import PostgresTransactions

ORDER = "SELECT claimed_by, done_at FROM outbox WHERE idempotency_key = %s"
PATIENCE_S = 120.0


class Trial:
    def __init__(self, folder: Path, environment: dict[str, str], transactions: PostgresTransactions) -> None:
        self._folder, self._environment, self._transactions = folder, environment, transactions
        self._workers: dict[str, Process] = {}
        self._newest: Process | None = None
        self._orders = 0

    def start_worker(self) -> None:
        self._newest = Process([sys.executable, "-m", "forecourt", "worker"], self._folder / "worker.log", self._environment)
        self._newest.start()

    def stop(self) -> None:
        for one in (*self._workers.values(), self._newest):
            if one is not None:
                one.stop()

    def order(self) -> str:
        """Have the charger unlock; returns the order's key."""
        self._orders += 1
        key = f"bench/{self._orders}"
        with self._transactions.begin() as store:
            order_unlock(store, key)
        return key

    def _row(self, key: str) -> tuple[str, datetime | None]:
        with psycopg.connect(self._environment["DATABASE_URL"], autocommit=True) as connection:
            row = connection.execute(ORDER, [key]).fetchone()
        assert row is not None
        return row[0], row[1]

    async def until_done(self, key: str) -> None:
        await until(lambda: self._row(key)[1] is not None)

    def kill_sender(self, key: str) -> None:
        """Whoever has claimed the order; a name that is not known yet is that of the newest worker."""
        name, _ = self._row(key)
        sender = self._workers.pop(name, None) or self._newest
        assert sender is not None
        if sender is self._newest:
            self._newest = None
        sender.kill()

    async def learn_name(self) -> None:
        """Of the newest worker, if it is the one that is left."""
        if self._newest is None:
            return
        key = self.order()
        await self.until_done(key)
        self._workers[self._row(key)[0]], self._newest = self._newest, None


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.02)


async def kill_once(trial: Trial, charger: Charger) -> tuple[float, int]:
    """Seconds from the kill to the stored answer, and how often the order reached the charger."""
    before, key = charger.unlocks, trial.order()
    await until(lambda: charger.unlocks > before)
    trial.kill_sender(key)
    killed = time.monotonic()
    await trial.until_done(key)
    return time.monotonic() - killed, charger.unlocks - before


async def measure(kills: int, answer_s: float) -> list[tuple[float, int]]:
    async with AsyncExitStack() as last:
        stack = last.enter_context(ExitStack())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fc-")))
        folder.chmod(0o755)
        servers = stack.enter_context(Embedded(folder / "state"))
        port = free_port()
        environment = {"DATABASE_URL": servers.database_url, "NATS_URL": servers.nats_url, "FORECOURT_STATE": str(folder)}
        set_up({**os.environ, **environment})
        transactions = stack.enter_context(PostgresTransactions(servers.database_url))
        gateway = [sys.executable, "-m", "forecourt", "gateway"]
        stack.enter_context(Process(gateway, folder / "gateway.log", {**environment, "FORECOURT_OCPP": f"127.0.0.1:{port}"}, port))
        trial = Trial(folder, environment, transactions)
        stack.callback(trial.stop)
        socket = await last.enter_async_context(plug_in(port))
        charger = Charger(socket, answer_s)
        serving = asyncio.create_task(charger.serve())
        found = []
        trial.start_worker()
        await trial.learn_name()
        for number in range(kills):
            trial.start_worker()
            await asyncio.sleep(4)  # it works as well by then
            found.append(await kill_once(trial, charger))
            print(f"{number + 1:3} {found[-1][0]:7.2f} s, reached the charger {found[-1][1]} times", flush=True)
            await trial.learn_name()
        serving.cancel()
    return found


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--kills", type=int, default=10)
    made.add_argument("--answer-s", type=float, default=2.0)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    found = asyncio.run(measure(args.kills, args.answer_s))
    took = [seconds for seconds, _ in found]
    figures = {
        "kills": len(found),
        "median_s": round(statistics.median(took), 2),
        "worst_s": round(max(took), 2),
        "of_the_lease": round(max(took) / LEASE_S, 3),
        "reached_twice": sum(times > 1 for _, times in found),
    }
    print(f"{figures['kills']} kills: median {figures['median_s']} s, worst {figures['worst_s']} s")
    print(f"orders that reached the charger twice: {figures['reached_twice']}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
