"""Where a run keeps its files: in memory where there is room, as a fresh database takes half a second on a disk and 20 ms there."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30


def in_memory() -> Path | None:
    """A new temporary folder, for this process and those it starts; None on a machine that is short of memory, or told another."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    folder = Path(tempfile.mkdtemp(prefix="forecourt-", dir=MEMORY))
    folder.chmod(0o711)  # servers run under another account than root
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder
