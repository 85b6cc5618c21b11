"""Logging neither blocks nor fails, whatever the state of standard error."""

import os
import subprocess
import sys
from pathlib import Path

# One process brings in what logs need, which is half of the product; each of its children logs to a file that it is told.
SPEAKS = """
import logging, os, sys, structlog
from forecourt.assembly.logs import set_up_logs

for descriptor, lines in (map(int, one.split(":")) for one in sys.argv[1:]):
    child = os.fork()
    if not child:
        os.dup2(descriptor, 2)
        set_up_logs()
        log = structlog.get_logger("forecourt")
        for number in range(lines):
            log.warning("said", number=number, text="\\x1b[31mred\\r\\nnext")
        logging.getLogger("forecourt.gateway").error("also %s", "said")
        print("done", flush=True)
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def speaking(*listeners: tuple[int, int]) -> list[str]:
    """What each says that writes so many lines to a descriptor, and then its exit code."""
    command = [sys.executable, "-c", SPEAKS, *(f"{descriptor}:{lines}" for descriptor, lines in listeners)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120, pass_fds=[one for one, _ in listeners])
    return told.stdout.splitlines()


def test_logging_never_blocks_or_fails_and_an_event_is_one_line_without_control_characters() -> None:
    """Standard error is a full disk, a closed pipe, a pipe that is not read and overflows, and one that is read."""
    (gone, to_gone), (idle, to_idle), (reader, to_reader) = os.pipe(), os.pipe(), os.pipe()
    os.close(gone)
    with Path("/dev/full").open("wb") as full:
        assert speaking((full.fileno(), 10), (to_gone, 10), (to_idle, 50_000), (to_reader, 2)) == ["done", "0"] * 4
    for one in (to_gone, to_idle, to_reader, idle):
        os.close(one)
    with os.fdopen(reader) as told:
        said = told.read().splitlines()
    assert [line.count('"event"') for line in said] == [1, 1, 1], "also of other loggers"
    assert "\x1b" not in "".join(said)
