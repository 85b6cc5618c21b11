"""Whoever logs neither waits nor fails, whatever has become of standard error."""

import os
import subprocess
import sys
from pathlib import Path

SPEAKS = """
import logging, structlog
from forecourt.assembly.logs import set_up_logs
set_up_logs()
log = structlog.get_logger("forecourt")
for number in range({lines}):
    log.warning("said", number=number, text="\\x1b[31mred\\r\\nnext")
logging.getLogger("forecourt.gateway").error("also %s", "said")
print("done", flush=True)
"""


def speaking(lines: int, **where: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SPEAKS.format(lines=lines)], stdout=subprocess.PIPE, **where)


def test_a_reader_that_does_not_read_holds_nothing_up() -> None:
    process = speaking(50_000, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"done\n"  # more than any pipe holds
    assert process.wait(60) == 0
    process.stderr.close()


def test_neither_a_full_disk_nor_a_reader_that_has_gone_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert speaking(10, stderr=full).wait(60) == 0
    reads, writes = os.pipe()
    os.close(reads)
    assert speaking(10, stderr=writes).wait(60) == 0
    os.close(writes)


def test_each_event_is_one_line_also_of_other_loggers_and_none_steers_a_terminal() -> None:
    process = speaking(2, stderr=subprocess.PIPE)
    said = process.communicate(timeout=60)[1].decode().splitlines()
    assert [line.count('"event"') for line in said] == [1, 1, 1]
    assert "\x1b" not in "".join(said)
