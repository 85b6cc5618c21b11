"""All processes that this one has started, including children's children: listed, and killed if they do not end."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def descendant_processes() -> dict[int, str]:
    """The descendants of this process: process ids and names."""
    parents, names = dict[int, int](), dict[int, str]()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            name, _, rest = (entry / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if state not in "ZX":
                parents[int(entry.name)], names[int(entry.name)] = int(parent), name
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: names[pid] for pid in sorted(below & names.keys() - {os.getpid()})}


def kill_descendants(patience_s: float) -> Mapping[int, str]:
    """Kill all descendants, even stopped ones, and the process groups of a server's own children, since PostgreSQL gives each of them one.

    Returns when they are gone or the patience is over; says who was there.
    """
    found = dict[int, str]()
    deadline = time.monotonic() + patience_s
    while True:
        found |= descendant_processes()  # before the first one dies: its children are then orphaned
        alive = [pid for pid in found if _lives(pid)]
        if not alive or time.monotonic() > deadline:
            return found
        for pid in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
