"""The gateway benchmark runs, and its guarantees hold at small size."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "gateway.py"
LOAD = BENCHMARK.with_name("_gateway_load.py")


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_stored_twice_when_the_gateway_is_killed_under_load(tmp_path: Path) -> None:
    figures_file = tmp_path / "figures.json"
    command = [sys.executable, str(BENCHMARK), "--quick", "--only", "kill", "--json", str(figures_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(figures_file.read_text())
    assert figures["kill"]["acknowledged"] > 100
    assert figures["kill"]["reconnects"] > 0
    assert (figures["kill"]["lost"], figures["kill"]["kept_twice"]) == (0, 0)


async def test_a_handshake_cut_off_by_the_gateway_counts_as_an_error(tmp_path: Path) -> None:
    plan, result = tmp_path / "plan.json", tmp_path / "result.json"
    plan.write_text(json.dumps({"chargers": ["B1", "B2"], "password": "", "seconds": 60.0, "storm": True}))
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    load = await asyncio.create_subprocess_exec(sys.executable, str(LOAD), url, str(plan), str(result), stdout=subprocess.DEVNULL)
    assert await load.wait() == 0
    server.close()
    assert len(json.loads(result.read_text())["errors"]) == 2
