"""A copy of the ledger in an accounting system: read on from the last entry one has, each checked to follow the one before.

    FORECOURT_TOKEN=… python examples/mirror_ledger.py ledger.jsonl

May be run as often as one likes, and stopped at any time. The token is from a staff member's own account page. Needs httpx.
"""

import json
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx


def mirror(api: httpx.Client, copy: Path) -> int:
    """Adds what is new, a line of JSON each. -> How many entries were new. ValueError: the copy or the book has a gap."""
    last = _last_position(copy)
    new = 0
    with copy.open("a", encoding="utf-8") as lines:
        for entry in _entries_after(api, last):
            new += 1
            if entry["position"] != last + new:
                raise ValueError(f"Entry {last + new} is missing: {entry['position']} came.")
            lines.write(json.dumps(entry) + "\n")
    return new


def balances(copy: Path) -> dict[tuple[str, str], Decimal]:
    """Debits less credits of each account, by account and currency. They sum to zero in each currency, for money only moves."""
    held: dict[tuple[str, str], Decimal] = {}
    for entry in _kept(copy):
        for posting in entry["postings"]:
            amount, currency = Decimal(posting["amount"]["amount"]), posting["amount"]["currency"]
            for account, change in ((posting["credit"], -amount), (posting["debit"], amount)):
                held[account, currency] = held.get((account, currency), Decimal(0)) + change
    return held


def _entries_after(api: httpx.Client, position: int) -> Iterator[dict[str, Any]]:
    while True:
        part = api.get("/api/v1/ledger", params={"after": position, "limit": 1000}).raise_for_status().json()
        if not part:
            return
        yield from part
        position = part[-1]["position"]


def _last_position(copy: Path) -> int:
    position = 0
    for position, entry in enumerate(_kept(copy), start=1):
        if entry["position"] != position:
            raise ValueError(f"{copy} has a gap: line {position} is entry {entry['position']}.")
    return position


def _kept(copy: Path) -> Iterator[dict[str, Any]]:
    """A last line that was cut off when the program was stopped is taken away, and read again."""
    if not copy.exists():
        return
    text = copy.read_text(encoding="utf-8")
    whole, newline, rest = text.rpartition("\n")
    if rest:
        copy.write_text(whole + newline, encoding="utf-8")
    yield from map(json.loads, whole.splitlines())


def main() -> None:
    copy = Path(sys.argv[1])
    address = os.environ.get("FORECOURT_URL", "http://127.0.0.1:8080")
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {os.environ['FORECOURT_TOKEN']}"}) as api:
        print(f"{mirror(api, copy)} new entries")
    for (account, currency), amount in sorted(balances(copy).items()):
        print(f"{account:<40} {amount:>14} {currency}")


if __name__ == "__main__":
    main()
