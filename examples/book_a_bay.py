"""A driver's app in short: the cheapest place that serves now, what a charge there costs line by line, and a bay booked for it.

    FORECOURT_TOKEN=… python examples/book_a_bay.py 2026-12-01T17:00:00Z 90 12000

Begin, minutes and Wh; the token is from the driver's own account page. Needs httpx.
"""

import os
import sys
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx


def book_cheapest(api: httpx.Client, start: datetime, stay: timedelta, energy_wh: int) -> dict[str, Any]:
    """The booking. RuntimeError: the refusal in the words of the server; nothing is booked then."""
    places = answer(api.get("/api/v1/sites", params={"order": "cheap", "open": "true"}))
    if not places:
        raise RuntimeError("No place serves now.")
    window = {"start": start.isoformat(), "end": (start + stay).isoformat(), "energy_wh": energy_wh}
    wanted = {"site": places[0]["slug"], "kind": places[0]["kinds"][0], **window}
    quote = answer(api.post("/api/v1/quotes", json=wanted))
    for line in quote["lines"]:
        print(f"{line['what']:<30} {line['quantity']:>14} {line['amount']['amount']:>10} {line['amount']['currency']}")
    key = str(uuid4())  # one for what the driver means to do, whatever gets lost on the way
    booked: dict[str, Any] = send_until_answered(api, "/api/v1/bookings", wanted, key)
    return booked


def send_until_answered(api: httpx.Client, path: str, wanted: dict[str, Any], key: str, tries: int = 3) -> Any:
    """With the same key the same thing happens once, so what had no answer is sent again."""
    for left in reversed(range(tries)):
        try:
            return answer(api.post(path, json=wanted, headers={"Idempotency-Key": key}))
        except httpx.TransportError:
            if not left:
                raise
    raise ValueError("tries is 1 or more")


def answer(response: httpx.Response) -> Any:
    """What the server answered. Refusals are problem documents (RFC 9457) with words for people."""
    if response.is_success:
        return response.json()
    problem = response.json()
    raise RuntimeError(f"{problem['detail']} {problem.get('remedy', '')}".strip())


def main() -> None:
    start, minutes, energy_wh = datetime.fromisoformat(sys.argv[1].replace("Z", "+00:00")), int(sys.argv[2]), int(sys.argv[3])
    address = os.environ.get("FORECOURT_URL", "http://127.0.0.1:8080")
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {os.environ['FORECOURT_TOKEN']}"}) as api:
        booked = book_cheapest(api, start, timedelta(minutes=minutes), energy_wh)
    print(f"{booked['kind']} at {booked['site']}, {booked['start']} to {booked['end']}: {booked['state']}")


if __name__ == "__main__":
    main()
