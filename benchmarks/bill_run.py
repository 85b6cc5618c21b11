"""A run of many bills by the product's own workers on a real PostgreSQL, both killed (-9) again and again: in the end, every charge has
exactly one document with its files, numbers have no gap, and the ledger is intact. Measures documents per CPU-second of the workers
against bare typst; the same from the first look that found files to the last, which excludes the workers' first starts (restarts
after a kill are included); and the memory of a worker over its life.

python benchmarks/bill_run.py [--count 500] [--workers 2] [--kill-worker-every 100] [--kill-database-every 250] [--seed 1] [--json FILE]

Kills depend on the number of documents made (each after so many, give or take a half), so that a slow machine finishes as well.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

import psycopg
from _bill_world import BATCH, books_are_whole, charges, found, place, work
from _processes import Process, cpu_seconds, resident_kb
from documents import bare_typst, cpu_s, document, views

from forecourt.assembly.memory_tuning import limit_heaps
from forecourt.embedded import PostgresServer
from forecourt.store import PostgresTransactions, migrate

LOOK_S = 1.0
COUNT_S = 4.0
TOLD_S = 60.0


@dataclass
class Crew:
    """The workers, their CPU time and their memory, dead ones included."""

    url: str
    folder: Path
    processes: list[Process] = field(default_factory=list)
    spent_s: float = 0.0
    killed: int = 0
    peak_kb: int = 0
    memory: list[tuple[float, int]] = field(default_factory=list)
    made: list[tuple[int, float]] = field(default_factory=list)

    def hire(self, stack: ExitStack, number: int) -> None:
        command = [sys.executable, __file__, "--work", self.url]
        self.processes.append(stack.enter_context(Process(command, self.folder / f"worker{number}.log")))

    def look(self, since: float) -> None:
        sizes = [resident_kb(one.pid) for one in self.processes]
        self.peak_kb = max(self.peak_kb, *sizes)
        self.memory.append((round(time.monotonic() - since), max(sizes) // 1024))

    def kill_one(self, random: Random) -> None:
        victim = random.choice(self.processes)
        self.spent_s += cpu_seconds(victim.pid)
        victim.kill()
        victim.start()
        self.killed += 1

    def cpu_s(self) -> float:
        return self.spent_s + sum(cpu_seconds(one.pid) for one in self.processes)

    def per_cpu_s_once_started(self) -> float:
        """Documents a CPU-second between the first count that found some and the last; 0 where there was but one."""
        (first, first_s), (last, last_s) = self.made[0], self.made[-1]
        return (last - first) / (last_s - first_s) if last > first else 0.0


@dataclass
class Database:
    server: PostgresServer
    spent_s: float = 0.0
    killed: int = 0

    def kill(self) -> None:
        """The postmaster and every backend at once; then it recovers."""
        self.spent_s += self.cpu_now_s()
        parent = self.server.pid
        assert parent is not None
        for pid in (parent, *_children(parent)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.server.restart()
        self.killed += 1

    def cpu_now_s(self) -> float:
        return cpu_seconds(self.server.pid) if self.server.pid else 0.0


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def fill(url: str, count: int) -> None:
    migrate(url)
    with PostgresTransactions(url) as transactions:
        with transactions.begin() as store:
            place(store)
        for first in range(0, count, BATCH):
            with transactions.begin() as store:
                charges(store, range(first, min(first + BATCH, count)))


def done(url: str) -> int:
    """Documents with their files; -1 while the database is away."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute("SELECT count(*) FROM document_pdfs").fetchone()
    except psycopg.Error:
        return -1
    return int(row[0]) if row else 0


def watch(asked: argparse.Namespace, crew: Crew, database: Database) -> float:
    """Until every document has its files: look, tell, kill. How many seconds it took."""
    random, begun, made = Random(asked.seed), time.monotonic(), 0
    next_count, next_told = begun, begun
    next_worker, next_database = (int(every * random.uniform(0.5, 1.5)) for every in (asked.kill_worker_every, asked.kill_database_every))
    while made < asked.count:
        time.sleep(LOOK_S * random.uniform(0.2, 1.8))
        now = time.monotonic()
        crew.look(begun)
        if now >= next_count:
            made, next_count = max(made, done(crew.url)), now + COUNT_S
            if made:
                crew.made.append((made, crew.cpu_s()))
        if now >= next_told:
            told = f"{now - begun:7.0f} s  {made} made  {crew.cpu_s():.0f} CPU-s  {crew.memory[-1][1]} MiB"
            print(f"{told}  killed {crew.killed} workers, {database.killed} databases", flush=True)
            next_told = now + TOLD_S
        if made >= next_worker:
            crew.kill_one(random)
            next_worker += int(asked.kill_worker_every * random.uniform(0.5, 1.5))
        if made >= next_database:
            database.kill()
            next_database += int(asked.kill_database_every * random.uniform(0.5, 1.5))
    return time.monotonic() - begun


def bare_typst_per_cpu_s(count: int = 150) -> float:
    return 1 / cpu_s(bare_typst(views(map(document, range(count)))), count)


def run(asked: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="forecourt-bills-", dir=asked.folder) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        database = Database(PostgresServer(folder / "state"))
        stack.callback(database.server.stop)
        crew = Crew(database.server.start(), folder)
        fill(crew.url, asked.count)
        print(f"{asked.count} charges wait for their bills", flush=True)
        for number in range(asked.workers):
            crew.hire(stack, number)
        took_s = watch(asked, crew, database)
        spent_s, database_s = crew.cpu_s(), database.spent_s + database.cpu_now_s()
        seen, txns = found(crew.url), books_are_whole(crew.url)
    n = asked.count
    assert (seen.documents, seen.charges_billed, seen.last_number, seen.files) == (n, n, n, n), f"not one document each: {seen}"
    assert (seen.false_hashes, seen.unprinted, seen.without_xml) == (0, 0, 0), f"files are missing or changed: {seen}"
    return asdict(seen) | {
        "ledger_txns": txns,
        "seconds": round(took_s),
        "workers_killed": crew.killed,
        "databases_killed": database.killed,
        "workers_cpu_s": round(spent_s, 1),
        "database_cpu_s": round(database_s, 1),
        "documents_per_worker_cpu_s": round(n / spent_s, 1),
        "documents_per_worker_cpu_s_once_started": round(crew.per_cpu_s_once_started(), 1),
        "bare_typst_per_cpu_s": round(bare_typst_per_cpu_s(), 1),
        "worker_peak_mib": crew.peak_kb // 1024,
        "memory_mib": crew.memory[:: max(1, len(crew.memory) // 40)],
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--count", type=int, default=500)
    made.add_argument("--workers", type=int, default=2)
    made.add_argument("--kill-worker-every", type=int, default=100)
    made.add_argument("--kill-database-every", type=int, default=250)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--folder", type=Path, help="where the database lies while it runs (70 KB a document)")
    made.add_argument("--json", type=Path)
    made.add_argument("--work", metavar="URL", help=argparse.SUPPRESS)
    return made


def main() -> None:
    asked = parser().parse_args()
    if asked.work:
        limit_heaps()  # as a worker of the product
        work(asked.work)
        return
    figures = run(asked)
    for label, value in figures.items():
        print(f"{label:>28}: {value}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
