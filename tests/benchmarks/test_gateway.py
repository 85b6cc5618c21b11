"""The gateway's benchmark works, and what it proves holds on a small scale too."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "gateway.py"


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_kept_twice_when_the_gateway_is_killed_under_load(tmp_path: Path) -> None:
    figures_file = tmp_path / "figures.json"
    command = [sys.executable, str(BENCHMARK), "--quick", "--only", "kill", "--json", str(figures_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(figures_file.read_text())
    assert figures["kill"]["acknowledged"] > 100
    assert figures["kill"]["reconnects"] > 0
    assert (figures["kill"]["lost"], figures["kill"]["kept_twice"]) == (0, 0)
