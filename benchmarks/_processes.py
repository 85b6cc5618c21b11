"""Starts and ends processes under measurement, and reads their CPU time and memory."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from forecourt.assembly.child_processes import free_port as free_port

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 60.0


class Process:
    """A server with a log file, in a process group of its own. Ends with the block it is opened in."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self._command, self._log, self._port = command, log, port
        self._environment = {**os.environ, **(environment or {}), "FORECOURT_PARENT": str(os.getpid())}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True)
        if self._port is not None:
            self._await_port(self._port)

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def _await_port(self, port: int) -> None:
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{' '.join(self._command)} did not start:\n{self._log.read_text(errors='replace')[-2000:]}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants, ended ones included."""
    times, children = _table()
    total, line = 0, [pid]
    while line:
        one = line.pop()
        total += times.get(one, 0)
        line += children.get(one, [])
    return total / TICKS


def resident_kb(pid: int) -> int:
    for row in Path(f"/proc/{pid}/status").read_text().splitlines():
        if row.startswith("VmRSS:"):
            return int(row.split()[1])
    return 0


def _table() -> tuple[dict[int, int], dict[int, list[int]]]:
    times: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(folder.name)
        children.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(int(one) for one in fields[11:15])
    return times, children
