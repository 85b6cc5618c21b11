"""The gateway under load, on one PostgreSQL (fsync on), in the same run as the servers it is compared with.

A closed loop of chargers (OCPP 1.6J): boot, status, authorise, start, 10 meter values, stop; each message is answered only
when it is durable. Compared with (a) the same WebSocket library that only echoes, and (b) a minimal handler with the package
`ocpp`, `websockets` and one committed INSERT per message. Then 2,000 chargers that start at once on default settings, and
kill -9 of the gateway under load: nothing acknowledged may be lost, nothing kept twice. `--only ladder` shows what each step
from the echo to the gateway costs.

    python benchmarks/gateway.py [--quick] [--json FILE]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from _gateway_load import STEPS, Plan
from _gateway_network import PASSWORD, build, names
from _processes import Process, cpu_seconds, free_port, resident_kb

from forecourt.embedded import Embedded

HERE = Path(__file__).parent
AIM_MINIMAL, AIM_ECHO, AIM_STORM_MS = 10.0, 2.5, 1000.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    chargers: int = 500
    seconds: float = 15.0
    storm: int = 2000
    kill: int = 200


QUICK = Size(chargers=100, seconds=2.0, storm=150, kill=50)


@dataclass(slots=True)
class Load:
    """What one run of the load saw, and what each watched process spent in the measured time."""

    score: dict[str, Any]
    seconds: float
    cpu_s: dict[str, float]
    rss_kb: dict[str, int] = field(default_factory=dict)

    @property
    def latencies_ms(self) -> list[float]:
        return sorted(ms for one in self.score["latencies_ms"] for ms in one)

    def row(self, served_by: tuple[str, ...]) -> dict[str, float]:
        """Per second and per CPU-second of the processes that serve the chargers."""
        messages, cpu = self.score["messages"], sum(self.cpu_s[name] for name in served_by)
        return {
            "transactions_per_s": round(self.score["transactions"] / self.seconds, 1),
            "messages_per_s": round(messages / self.seconds),
            "messages_per_cpu_s": round(messages / cpu),
            "transactions_per_cpu_s": round(messages / len(STEPS) / cpu, 1),
            **{f"{name}_us": round(cpu_s / messages * 1e6, 1) for name, cpu_s in self.cpu_s.items()},
            "p50_ms": round(percentile(self.latencies_ms, 50), 1),
            "p99_ms": round(percentile(self.latencies_ms, 99), 1),
            "errors": len(self.score["errors"]),
        }


def percentile(values: list[float], percent: float) -> float:
    return values[min(len(values) - 1, int(len(values) * percent / 100))] if values else 0.0


class Bench:
    """One run: servers, network, and the loads one after the other."""

    def __init__(self, size: Size, folder: Path, servers: Embedded) -> None:
        self.size, self.folder, self.servers = size, folder, servers
        assert servers.postgres is not None
        self.postgres = servers.postgres
        self.port = free_port()
        self.environment = {
            "DATABASE_URL": servers.database_url,
            "NATS_URL": servers.nats_url,
            "FORECOURT_STATE": str(folder / "state"),
            "FORECOURT_OCPP": f"127.0.0.1:{self.port}",
            "FORECOURT_HTTP": f"127.0.0.1:{free_port()}",
        }

    def gateway(self) -> Process:
        return self._forecourt("gateway", "gateway", port=self.port)

    def backend(self) -> Process:
        return self._forecourt("backend", "run", "--roles", "worker,planner")

    def peer(self, *arguments: str) -> Process:
        command = [sys.executable, str(HERE / "_gateway_peers.py"), arguments[0], str(self.port), *arguments[1:]]
        return Process(command, self.folder / "peer.log", port=self.port)

    def rung(self, kind: str) -> Process:
        command = [sys.executable, str(HERE / "_gateway_rungs.py"), kind, str(self.port), self.servers.database_url]
        return Process(command, self.folder / "rung.log", port=self.port)

    def load(self, plan: Plan, watched: Mapping[str, Process], path: str = "/ocpp", during: Callable[[], None] | None = None) -> Load:
        """Run the load; read every clock when it says that the measured time begins and ends. during: what to do in it."""
        plan_file, result_file = self.folder / "plan.json", self.folder / "result.json"
        plan_file.write_text(json.dumps(asdict(plan)))
        url = f"ws://127.0.0.1:{self.port}{path}"
        command = [sys.executable, str(HERE / "_gateway_load.py"), url, str(plan_file), str(result_file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            if process.stdout.readline() == "begin\n":
                before, begun = self._clocks(watched), time.monotonic()
                if during is not None:
                    during()
                process.stdout.readline()
                after, seconds = self._clocks(watched), time.monotonic() - begun
                memory = {name: resident_kb(one.pid) for name, one in watched.items()}
        if process.returncode:
            raise RuntimeError(f"the load ended with code {process.returncode}")
        spent, score = {name: after[name] - before[name] for name in before}, json.loads(result_file.read_text())
        for words, times in Counter(score["errors"]).most_common(5):
            print(f"{times} times: {words}", file=sys.stderr)
        return Load(score, seconds, spent, memory)

    def _clocks(self, watched: Mapping[str, Process]) -> dict[str, float]:
        pids = {name: one.pid for name, one in watched.items()} | {"postgres": self.postgres.pid or 0}
        return {name: cpu_seconds(pid) for name, pid in pids.items()}

    def _forecourt(self, name: str, *arguments: str, port: int | None = None) -> Process:
        return Process([sys.executable, "-m", "forecourt", *arguments], self.folder / f"{name}.log", self.environment, port)


def loops(bench: Bench) -> dict[str, dict[str, float]]:
    """The closed loop on everything that is compared."""
    size, found = bench.size, {}
    plan = Plan(names(size.chargers), PASSWORD, size.seconds)
    with bench.peer("echo") as server:
        found["echo"] = bench.load(plan, {"server": server}, "").row(("server",))
        tell("echo", found["echo"])
    with bench.peer("minimal", bench.servers.database_url) as server:
        found["minimal"] = bench.load(plan, {"server": server}, "").row(("server", "postgres"))
        tell("ocpp + INSERT", found["minimal"])
    with bench.gateway() as server:
        found["gateway"] = bench.load(plan, {"server": server}).row(("server", "postgres"))
        tell("forecourt gateway", found["gateway"])
        with bench.backend() as backend:
            found["whole"] = bench.load(plan, {"server": server, "worker": backend}).row(("server", "postgres"))
            found["whole"]["unapplied"] = bench_unapplied(bench)
            tell("… and its worker", found["whole"])
    return found


def ladder(bench: Bench) -> dict[str, dict[str, float]]:
    """CPU of the server a message, step by step, and as a multiple of the echo."""
    plan, found = Plan(names(bench.size.chargers), PASSWORD, bench.size.seconds / 2), {}
    steps: dict[str, Callable[[], Process]] = {"echo": partial(bench.peer, "echo")}
    steps |= {kind: partial(bench.rung, kind) for kind in ("later", "read", "fact", "kept")}
    for name, start in {**steps, "gateway": bench.gateway}.items():
        with start() as server:
            row = bench.load(plan, {"server": server}, "/ocpp" if name == "gateway" else "").row(("server",))
        found[name] = {key: row[key] for key in ("server_us", "postgres_us", "messages_per_s", "p99_ms", "errors")}
        found[name]["times_echo"] = round(row["server_us"] / found["echo"]["server_us"], 2)
        tell(name, found[name])
    return found


def bench_unapplied(bench: Bench) -> int:
    with psycopg.connect(bench.servers.database_url) as connection:
        row = connection.execute("SELECT coalesce(sum(cardinality(ids)), 0) FROM facts_waiting").fetchone()
    return int(row[0]) if row else 0


def storm(bench: Bench) -> dict[str, float]:
    """All chargers of the network connect at once to a gateway that has just started."""
    with bench.backend(), bench.gateway() as server:
        time.sleep(2)  # let both come to rest
        empty_kb = resident_kb(server.pid)
        load = bench.load(Plan(names(bench.size.storm), PASSWORD, 60.0, storm=True), {"server": server})
    first = sorted(load.score["latencies_ms"][0] + load.score["latencies_ms"][1])
    ready = sorted(load.score["ready_ms"])
    return {
        "chargers": bench.size.storm,
        "errors": len(load.score["errors"]),
        "answer_p50_ms": round(percentile(first, 50), 1),
        "answer_p99_ms": round(percentile(first, 99), 1),
        "answer_max_ms": round(percentile(first, 100), 1),
        "from_connect_p50_ms": round(percentile(ready, 50), 1),
        "from_connect_p99_ms": round(percentile(ready, 99), 1),
        "all_ready_s": round(load.seconds, 2),
        "gateway_cpu_s": round(load.cpu_s["server"], 2),
        "postgres_cpu_s": round(load.cpu_s["postgres"], 2),
        "rss_kb_per_charger": round((load.rss_kb["server"] - empty_kb) / bench.size.storm, 1),
    }


def kill(bench: Bench) -> dict[str, float]:
    """kill -9 of the gateway under load; chargers come back and send again what nobody answered."""
    with bench.backend(), bench.gateway() as server:

        def strike() -> None:
            time.sleep(bench.size.seconds / 3)
            server.kill()
            server.start()

        plan = Plan(names(bench.size.kill), PASSWORD, bench.size.seconds, warm_s=0.5, keep=True)
        load = bench.load(plan, {"server": server}, during=strike)
    acknowledged = Counter((name, action, payload) for name, action, payload in load.score["acknowledged"] if action != "Authorize")
    with psycopg.connect(bench.servers.database_url) as connection:
        kept = Counter(
            {
                tuple(key): count
                for *key, count in connection.execute("SELECT charger_id, action, raw, count(*) FROM facts GROUP BY 1, 2, 3")
            }
        )
    # A boot has no time of its own: one that is sent again is a second boot.
    twice = sum(kept[key] > count for key, count in acknowledged.items() if key[1] != "BootNotification")
    return {
        "acknowledged": sum(acknowledged.values()),
        "reconnects": load.score["reconnects"],
        "lost": sum(kept[key] < count for key, count in acknowledged.items()),
        "kept_twice": twice,
        "errors": len(load.score["errors"]),
    }


def tell(name: str, row: Mapping[str, float]) -> None:
    print(f"{name:<20}" + "  ".join(f"{key} {value:,}" for key, value in row.items()), flush=True)


def ratios(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    ours, echo, minimal = found["gateway"], found["echo"], found["minimal"]
    return {
        "minimal_cpu_over_ours": round(ours["messages_per_cpu_s"] / minimal["messages_per_cpu_s"], 1),
        "minimal_cpu_over_ours_servers_alone": round(minimal["server_us"] / ours["server_us"], 1),
        "ours_cpu_over_echo": round(ours["server_us"] / echo["server_us"], 2),
        "ours_cpu_over_echo_with_postgres": round((ours["server_us"] + ours["postgres_us"]) / echo["server_us"], 2),
    }


def show_loops(figures: Mapping[str, Any]) -> None:
    columns = ("transactions_per_s", "messages_per_s", "messages_per_cpu_s", "server_us", "postgres_us", "p50_ms", "p99_ms", "errors")
    print(f"\n{'':<34}" + "".join(f"{name:>20}" for name in columns))
    words = {
        "echo": "(a) picows + uvloop, echo",
        "minimal": "(b) ocpp + websockets + INSERT",
        "gateway": "forecourt gateway",
        "whole": "forecourt gateway, worker beside it",
    }
    for name, text in words.items():
        row = figures["loop"][name]
        print(f"{text:<36}" + "".join(f"{row[column]:>20,}" for column in columns)[2:])
    made, aimed = figures["ratios"], {"minimal_cpu_over_ours": f"aim >= {AIM_MINIMAL:g}", "ours_cpu_over_echo": f"aim <= {AIM_ECHO:g}"}
    print("\nCPU (server_us, postgres_us: microseconds a message)")
    for name, value in made.items():
        print(f"  {name.replace('_', ' '):<40}{value:>8}   {aimed.get(name, '')}")


def show(figures: Mapping[str, Any]) -> None:
    """The table."""
    print(f"\n{figures['machine']}")
    if "loop" in figures:
        show_loops(figures)
    for title in [one for one in ("storm", "kill") if one in figures]:
        print(f"\n{title}")
        for name, value in figures[title].items():
            print(f"  {name.replace('_', ' '):<40}{value:>10,}")


def measure(size: Size, parts: Collection[str]) -> dict[str, Any]:
    """The storm comes first: the database holds nothing yet that could slow it, and no worker has a backlog."""
    figures: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        servers = stack.enter_context(Embedded(folder / "state"))
        build(servers.database_url, max(size.storm, size.chargers))
        bench = Bench(size, folder, servers)
        for part in [one for one in PARTS if one in parts]:
            figures[part] = PARTS[part](bench)
    if "loop" in figures:
        figures["ratios"] = ratios(figures["loop"])
    return figures


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {"storm": storm, "loop": loops, "ladder": ladder, "kill": kill}


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, load before the start {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {platform.machine()}"
    )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path)
    made.add_argument("--quick", action="store_true", help="few chargers and seconds: does it work at all?")
    made.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="leave the other parts out")
    return made


def main() -> None:
    given = parser().parse_args()
    figures = measure(QUICK if given.quick else Size(), given.only)
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")
    broken = [figures.get("storm", {}).get("errors"), *(figures.get("kill", {}).get(name) for name in ("lost", "kept_twice", "errors"))]
    sys.exit(1 if any(broken) else 0)


if __name__ == "__main__":
    main()
