"""The provider's persistent state: a file of lines, each the newest state of one payment or clearing row."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forecourt.simulation.provider.model import Claim, ClearingRow, Intent, Refund


class Journal:
    """path None: nothing is stored."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")] if path and path.exists() else []

    def intents(self) -> Iterator[Intent]:
        newest = {line["id"]: line for line in self._lines if line["type"] == "Intent"}
        for line in newest.values():
            known = _fields(line)
            claim, refunded = known.pop("claim", None), known.pop("refunded", 0)  # older journals have one sum of all refunds
            refunds = [Refund(**one) for one in known.pop("refunds", [{"amount": refunded}] if refunded else [])]
            yield Intent(**known, claim=Claim(**claim) if claim else None, refunds=refunds)

    def rows(self) -> Iterator[ClearingRow]:
        newest = {line["id"]: line for line in self._lines if line["type"] == "ClearingRow"}
        for line in newest.values():
            yield ClearingRow(**_fields(line))

    def answers(self) -> Iterator[tuple[str, str, int, bytes]]:
        """Idempotency keys with the fingerprint of their request, and the stored answer."""
        for line in self._lines:
            if line["type"] == "Answer":
                yield line["key"], line["fingerprint"], line["status"], line["body"].encode()

    def keep(self, record: Intent | ClearingRow) -> None:
        self._write({"type": type(record).__name__, **asdict(record)})

    def keep_answer(self, key: str, fingerprint: str, status: int, body: bytes) -> None:
        self._write({"type": "Answer", "key": key, "fingerprint": fingerprint, "status": status, "body": body.decode()})

    def _write(self, line: dict[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(line, separators=(",", ":")) + "\n")


def _fields(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "type"}
