"""States in short, temporary folders, and driver processes that tests kill."""

import json
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from embedded.observing import DRIVER, IS_ROOT, Driven, eventually, living


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fc-"))
    folder.chmod(0o711)
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
def drive_as(state: Path) -> Iterator[Callable[[str], Driven]]:
    """Starts a driver on the state folder, as ROOT or as an ordinary USER."""
    started: list[subprocess.Popen[str]] = []

    def start(who: str) -> Driven:
        if who == "USER" and IS_ROOT and not state.exists():
            state.mkdir()
            shutil.chown(state, pwd.getpwnam("nobody").pw_uid)
        command = [sys.executable, str(DRIVER), str(state), who]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return Driven(process, **json.loads(process.stdout.readline()))

    yield start
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert eventually(lambda: not living(state))


@pytest.fixture(params=["ROOT", "USER"] if IS_ROOT else ["USER"])
def drive(request: pytest.FixtureRequest, drive_as: Callable[[str], Driven]) -> Callable[[], Driven]:
    """The same, once as each account there is."""
    return partial(drive_as, request.param)
