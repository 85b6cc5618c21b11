"""Child processes that never outlive their parent, are reaped, and are restarted when they die unexpectedly."""

import ctypes
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from forecourt.embedded.accounts import Account
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.home import Home

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
HARDER_SECONDS: Final = 2.0
# A child that lives this long counts as started; for one that dies sooner, the wait before the next try grows.
SETTLED_SECONDS: Final = 10.0
MAX_PAUSE_SECONDS: Final = 5.0
MAX_LOG_BYTES: Final = 10_000_000
PR_SET_PDEATHSIG: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one server. `prepare` clears what an earlier run left; `stop_signal` is the signal for a clean, fast end, `at_once` for

    one that leaves the rest to the next start.
    """

    server: str
    command: Sequence[str]
    home: Home
    stop_signal: signal.Signals
    prepare: Callable[[], None]
    at_once: signal.Signals = signal.SIGKILL


class Supervisor:
    """Runs one server in one thread: starts it, reaps it, restarts it when it dies unexpectedly, ends it.

    The thread lives as long as the server: the kernel sends the parting signal when the *thread* that started a child ends,
    so a server started from a short-lived thread would end with that thread.
    """

    def __init__(self, launch: Callable[[], Launch]) -> None:
        self._launch = launch
        self._leave = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None
        self._ready = False

    @property
    def pid(self) -> int | None:
        """The process id of the running server, None while there is none."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self, probe: Callable[[], bool]) -> None:
        """Return once `probe` says that the server answers. ServerFailed if it ends first or takes more than 120 s."""
        self._leave.clear()
        self._failure, self._ready = None, False
        self._thread = threading.Thread(target=self._run, name="server-keeper", daemon=True)
        self._thread.start()
        try:
            self._await(probe)
        except BaseException:
            self.stop()
            raise
        self._ready = True

    def stop(self, patience_s: float = STOP_SECONDS) -> None:
        """End the server cleanly and wait for it; stronger signals follow only if it does not end."""
        self._leave.set()
        if self._thread is None:
            return
        launch = self._launch()
        for number, patience in ((launch.stop_signal, patience_s), (launch.at_once, HARDER_SECONDS), (signal.SIGKILL, HARDER_SECONDS)):
            self._signal(number)
            self._thread.join(patience)
            if not self._thread.is_alive():
                break
            _log.warning("%s has not ended %g s after signal %d", launch.server, patience, number)
        self._thread = None

    def stop_now(self) -> None:
        """End the server without waiting, from any thread: no orderly shutdown, and no restart."""
        self._leave.set()
        if self._thread is not None:
            self._signal(self._launch().at_once)

    def _await(self, probe: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        pause = 0.01
        while not probe():
            if self._failure is not None:
                raise self._failure
            if time.monotonic() > deadline:
                launch = self._launch()
                log = launch.home.log(launch.server)
                raise ServerFailed(f"{launch.server} did not answer within {START_SECONDS:.0f} s. Log: {log}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def _signal(self, number: signal.Signals) -> None:
        child = self._child
        if child is not None and child.returncode is None:
            child.send_signal(number)

    def _run(self) -> None:
        pause = 0.1
        while not self._leave.is_set():
            begun = time.monotonic()
            try:
                self._run_once()
            except (OSError, subprocess.SubprocessError, ServerFailed) as error:
                self._failure = error
            if not self._ready or self._leave.is_set():
                return
            pause = 0.1 if time.monotonic() - begun > SETTLED_SECONDS else min(pause * 2, MAX_PAUSE_SECONDS)
            _log.warning("%s", self._failure)
            self._leave.wait(pause)

    def _run_once(self) -> None:
        launch = self._launch()
        launch.prepare()
        shorten_log(launch.home.log(launch.server))
        with launch.home.open_log(launch.server) as log:
            read_from = log.seek(0, os.SEEK_END)
            self._child = spawn(launch.command, launch.home.account, launch.stop_signal, log.fileno())
            if self._leave.is_set():
                self._signal(launch.stop_signal)
            code = self._child.wait()
            if not self._leave.is_set():
                reason = f"signal {-code}." if code < 0 else failure_line(log, read_from)
                self._failure = ServerFailed(f"{launch.server} ended: {reason} Log: {launch.home.log(launch.server)}")


def spawn(command: Sequence[str], account: Account, stop_signal: signal.Signals, output: int) -> subprocess.Popen[bytes]:
    """Start a child as the account, detached from the terminal's Ctrl-C, that gets `stop_signal` when its parent dies."""
    parent = os.getpid()

    def follow_parent() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=follow_parent,  # noqa: PLW1509  runs between fork and exec, and makes nothing but two system calls
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        cwd="/",
        user=None if account.is_own else account.uid,
        group=None if account.is_own else account.gid,
        extra_groups=None if account.is_own else [],
    )


def kill_strays(marks: Callable[[str], bool], stop_signal: signal.Signals) -> None:
    """End processes that an earlier, killed forecourt left behind: those whose command line contains the mark. Waits until they are
    gone."""
    for number, patience in ((stop_signal, STOP_SECONDS), (signal.SIGKILL, 10.0)):
        deadline = time.monotonic() + patience
        strays = _marked(marks)
        for pid in strays:
            _send(pid, number)
        while _marked(marks):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return
    raise ServerFailed(f"An earlier server of this state folder does not end: processes {_marked(marks)}. Stop them.")


def _marked(marks: Callable[[str], bool]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if line and marks(line.decode("utf-8", "replace").replace("\0", "\n")):
            found.append(int(entry.name))
    return found


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise ServerFailed(f"Process {pid}, left by an earlier run as another user, still serves this state folder. Stop it.") from error


def shorten_log(log: Path) -> None:
    """Keep one older log next to the current one."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def failure_line(log: BinaryIO, read_from: int) -> str:
    """The line of the log that explains the failure: the last fatal one, else the last."""
    log.seek(read_from)
    lines = log.read().decode("utf-8", "replace").splitlines()
    fatal = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "[FTL]", "rror"))]
    return (fatal or lines or ["it said nothing."])[-1].strip()
