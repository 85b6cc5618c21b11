"""States in short, temporary folders, and driver processes that tests kill."""

import json
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.looking import DRIVER, IS_ROOT, Driven, eventually, living


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fc-"))
    folder.chmod(0o711)
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture(params=["ROOT", "USER"] if IS_ROOT else ["USER"])
def drive(request: pytest.FixtureRequest, state: Path) -> Iterator[Callable[[], Driven]]:
    """Starts a driver on the state folder: as root and as an ordinary user where the tests run as root."""
    started: list[subprocess.Popen[str]] = []
    if request.param == "USER" and IS_ROOT:
        state.mkdir()
        shutil.chown(state, pwd.getpwnam("nobody").pw_uid)

    def start() -> Driven:
        command = [sys.executable, str(DRIVER), str(state), request.param]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return Driven(process, **json.loads(process.stdout.readline()))

    yield start
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert eventually(lambda: not living(state))
