"""Runs the embedded servers in a process of its own, for tests that kill it: `driver.py STATE ROOT|USER`.

Prints one line of JSON once both answer, then waits for the end of its input. With USER, root first becomes nobody.
"""

import json
import os
import pwd
import sys
from encodings import ascii as _ascii  # noqa: F401  loaded late otherwise, when nobody may no longer read the interpreter's folder
from encodings import idna as _idna  # noqa: F401  the same
from pathlib import Path

from forecourt.embedded import Embedded


def become_nobody() -> None:
    entry = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def main() -> None:
    state = Path(sys.argv[1])
    if sys.argv[2] == "USER" and os.geteuid() == 0:
        become_nobody()
    with Embedded(state) as servers:
        assert servers.postgres is not None
        assert servers.nats is not None
        pids = {"postgres": servers.postgres.pid, "nats": servers.nats.pid}
        print(json.dumps({"database_url": servers.database_url, "nats_url": servers.nats_url, **pids}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
