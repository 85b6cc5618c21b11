"""What `make run` starts: a site that charges from the first minute, comes back after a kill, and leaves nothing running at Ctrl-C."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forecourt.assembly.demo_network import site_id
from forecourt.assembly.running import DEMO_SITE
from forecourt.kernel import SessionId
from forecourt.store import PostgresTransactions
from journey.network import free_port

READY = "Ctrl-C stops everything."


class Demo:
    """One start of the demo after another, on a state folder of its own."""

    def __init__(self, state: Path) -> None:
        self._state, self._log, self._starts = state, state / "demo.log", 0
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NATS_URL")},
            "FORECOURT_STATE": str(state),
            "FORECOURT_HTTP": f"127.0.0.1:{free_port()}",
            "FORECOURT_OCPP": f"127.0.0.1:{free_port()}",
        }

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        self._starts += 1
        with self._log.open("ab") as out:
            command = [sys.executable, "-m", "forecourt", "run", "--demo"]
            running = subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            self.until(lambda: self._log.read_text().count(READY) == self._starts)
            yield running
        finally:
            running.kill()
            running.wait()

    def charging(self) -> set[SessionId]:
        """The open charges by which energy has flowed."""
        url = f"postgresql://forecourt@/forecourt?host={self._state}/postgres/socket"
        with PostgresTransactions(url) as transactions, transactions.begin() as store:
            return {one.id for one in store.sessions.open_at(site_id(DEMO_SITE)) if one.meter.energy_wh}

    def until(self, holds: Callable[[], bool], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.5)

    def programs(self) -> list[str]:
        """Command lines of what still runs on its folder."""
        lines = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                lines.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has ended meanwhile
                continue
        return [line for line in lines if str(self._state) in line]


@pytest.fixture
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="forecourt-demo-") as folder:
        yield Demo(Path(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left running in /proc")
def test_the_demo_charges_from_the_first_minute_comes_back_after_a_kill_and_leaves_nothing_running(demo: Demo) -> None:
    with demo.started() as running:
        demo.until(lambda: len(demo.charging()) >= 5, seconds=60)
        before = demo.charging()
        running.kill()
    with demo.started() as running:
        # Chargers that came up without those charges have forgotten them: they block nobody.
        demo.until(lambda: len(now := demo.charging()) >= 5 and not now & before, seconds=60)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
    assert demo.programs() == []
