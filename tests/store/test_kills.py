"""PostgreSQL is killed during the work: what was acknowledged is stored afterwards, once."""

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from forecourt.embedded import PostgresServer
from forecourt.flows.ports import StoreUnavailable
from forecourt.stations import Acknowledgement
from forecourt.store import PostgresTransactions, migrate


def _kill_hard(server: PostgresServer) -> None:
    """The postmaster and every backend, at once."""
    parent = server.pid
    assert parent is not None
    family = [parent]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            family.append(int(entry.parent.name))
    for pid in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


class _Writer(threading.Thread):
    """Sends numbered messages, each again until it is acknowledged, as a charger does."""

    def __init__(self, transactions: PostgresTransactions, sample, index: int, stop: threading.Event) -> None:
        super().__init__()
        self.transactions, self.sample, self.index, self.stop = transactions, sample, index, stop
        self.acknowledged: list[str] = []
        self.failures = 0

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            keys = [f"{self.index}/{number}/{n}" for n in range(5)]
            messages = [self.sample.metered(key, self.index) for key in keys]
            try:
                with self.transactions.begin() as store:
                    store.inbox.add(messages, [Acknowledgement()] * 5)
                    store.documents.next_number(self.sample.operator.id, "INV", 2026)
            except StoreUnavailable:
                self.failures += 1
                time.sleep(0.02)
                continue
            self.acknowledged += keys
            number += 1


@pytest.mark.slow
def test_no_acknowledged_message_is_lost_when_postgresql_is_killed(sample) -> None:
    with tempfile.TemporaryDirectory(prefix="forecourt-kills-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "state")
        url = server.start()
        try:
            migrate(url)
            with PostgresTransactions(url, most=4, wait_s=60) as transactions:
                sample.filled(transactions)
                stop = threading.Event()
                writers = [_Writer(transactions, sample, index, stop) for index in range(4)]
                for writer in writers:
                    writer.start()
                for _ in range(3):
                    before = sum(len(one.acknowledged) for one in writers)
                    _wait_for(lambda before=before: sum(len(one.acknowledged) for one in writers) > before + 200)
                    _kill_hard(server)
                    server.restart()
                _wait_for(lambda before=before: sum(len(one.acknowledged) for one in writers) > before + 400)
                stop.set()
                for writer in writers:
                    writer.join()
                acknowledged = [key for writer in writers for key in writer.acknowledged]
                with transactions.begin() as store:
                    kept = [row.message.dedupe_key for row in store.inbox.all_rows(sample.site.id, 0, 1_000_000)]
                    numbered = store.documents.next_number(sample.operator.id, "INV", 2026) - 1
        finally:
            server.stop()
    assert sum(writer.failures for writer in writers) > 0
    assert len(kept) == len(set(kept))
    assert set(acknowledged) <= set(kept)
    # A commit whose answer was lost may have happened: its repeat then adds a number, but never a message.
    assert len(acknowledged) // 5 <= numbered <= len(acknowledged) // 5 + sum(writer.failures for writer in writers)
    print(f"{len(acknowledged)} acknowledged, {len(kept)} kept, 3 kills, {sum(one.failures for one in writers)} refused")


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
