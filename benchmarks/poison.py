"""Every field of every message a charger may send, with harmful values, against a whole running network; then every page.

    python benchmarks/poison.py [--actions StartTransaction TransactionEvent] [--json FILE]

For each action of OCPP 1.6, 2.0.1 and 2.1 a message with every field of its schema is made, and each field in turn is given each of POISON.
Counted as failures: a frame without an answer, a refusal caused by our own error, a message that is never applied, a line in the logs,
a page that fails or executes what it shows, a cell of a CSV file that a spreadsheet would execute. The reference is none of these.
"""

import argparse
import asyncio
import copy
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from websockets.asyncio.client import ClientConnection

from forecourt.kernel import instant_text
from forecourt.stations import Protocol
from journey.chargers import Fleet
from journey.network import Network, now, running_network
from ocpp_schemas import HEARD, schema_of

TEXTS = (
    "<script>alert(1)</script>", "=1+1", "+1", "-1+2", "@SUM(A1)", "'; DROP TABLE facts; --", "\u202egnp.exe", "\x1b[31mred", "a\r\nb",
    "\t", "\\", "\\N", "\x1a", "", " ", "null", "é" * 500, "💥", "x" * 5000, "../../etc/passwd", "{{7*7}}", "%s%n", '"', "\ufffe", "\ufeff",
)  # fmt: skip
NUMBERS = (0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, -(10**30), 1e308, -1e308, 5e-324, 0.1, -0.0)
TIMES = (
    "2024-02-30T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "2024-01-01T00:00:00",
    "2024-12-31T23:59:60Z", "222222017-01-01T00:00:00Z", "2024-01-01T00:00:00+99:00", "0",
)  # fmt: skip
POISON: tuple[Any, ...] = (*TEXTS, *NUMBERS, *TIMES, True, None, [], {}, [[]], {"a": 1}, ["x"])
CHARGERS = {Protocol.OCPP16: ("PO-16", "ocpp1.6"), Protocol.OCPP201: ("PO-201", "ocpp2.0.1"), Protocol.OCPP21: ("PO-21", "ocpp2.1")}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2 = {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"}
IN_FLIGHT = 30
BUSY = '"event": "loop_late"'  # of the machine, not of what was sent


def sample(schema: dict[str, Any], definitions: dict[str, Any], depth: int = 0) -> Any:
    """A document with every field the schema has; below five levels only those that must be."""
    if "$ref" in schema:
        return sample(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, depth)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            parts = {key: part for key, part in schema.get("properties", {}).items() if depth < 5 or key in schema.get("required", ())}
            return {key: sample(part, definitions, depth + 1) for key, part in parts.items() if key not in ("customData", "costDetails")}
        case "array":
            return [sample(schema["items"], definitions, depth)]
        case "string":
            return instant_text(now()) if schema.get("format") == "date-time" else "1"
        case "number":
            return 1.5
        case "boolean":
            return True
        case _:
            return 1


def places(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in parts:
        yield (*before, key)
        yield from places(value, (*before, key))


def poisoned(document: Any, place: tuple[Any, ...], poison: Any) -> Any:
    whole = copy.deepcopy(document)
    inner = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = poison
    return whole


def wholesome(protocol: Protocol, card: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each action with all its fields; events of a transaction of each kind."""
    for action in HEARD[protocol]:
        schema = schema_of(protocol, f"{action}Request")
        message = sample(schema, schema.get("definitions", {}))
        if action == "StartTransaction":
            message |= {"idTag": card}
        if action != "TransactionEvent":
            yield action, message
            continue
        for kind in ("Started", "Updated", "Ended"):
            yield action, message | {"eventType": kind, "idToken": {"idToken": card, "type": "ISO14443"}}


class Sender:
    """Sends frames, at most so many without an answer; declines what it is told itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._open: dict[str, str] = {}
        self.sent = 0
        self.answers: Counter[str] = Counter()
        self.ours: list[str] = []

    async def send(self, action: str, message: Any) -> None:
        self.sent += 1
        self._open[str(self.sent)] = f"{action} {json.dumps(message)[:200]}"
        await self._socket.send(json.dumps([2, str(self.sent), action, message]))
        await self.settle(IN_FLIGHT)

    async def settle(self, at_most: int = 0) -> None:
        while len(self._open) > at_most:
            async with asyncio.timeout(30):
                frame = json.loads(await self._socket.recv())
            if frame[0] == 2:
                await self._socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
                continue
            what = self._open.pop(frame[1])
            self.answers["taken" if frame[0] == 3 else frame[2]] += 1
            if frame[0] == 4 and frame[2] == "InternalError":
                self.ours.append(what)


async def pages(network: Network) -> tuple[int, list[str]]:
    """Every page the console leads to, once for each kind of address; what is wrong with them."""
    wrong, seen, kinds, ahead = list[str](), 0, set[str](), ["/console"]
    async with network.desk() as desk:
        while ahead:
            address = ahead.pop()
            shown = await desk.get(address)
            seen += 1
            kind = shown.headers.get("content-type", "")
            if shown.status_code >= 500 or ("html" in kind and "<script>alert" in shown.text):
                wrong.append(f"{address}: {shown.status_code}")
            if "csv" in kind and re.search(r'(?m)(^|,)"?([=+@]|-[^0-9])', shown.text):
                wrong.append(f"{address}: a cell a spreadsheet would run")
            for link in re.findall(r'href="(/[^"#]*)"', shown.text) if "html" in kind else ():
                alike = re.sub(r"=[^&]*", "=", link)
                if alike not in kinds and not link.startswith("/static") and seen + len(ahead) < 1000:
                    kinds.add(alike)
                    ahead.append(link.replace("&amp;", "&"))
    return seen, wrong


async def run(actions: list[str], folder: Path) -> dict[str, Any]:
    with running_network(folder) as network:
        fleet, begun = Fleet(), time.monotonic()
        place = network.forecourt("poison", {name: spoken.removeprefix("ocpp") for name, spoken in CHARGERS.values()})
        card = place.driver("eve", "ACCOUNT", with_card=True).card
        sent, answers, wrong = 0, Counter[str](), list[str]()
        for protocol, (name, spoken) in CHARGERS.items():
            sender = Sender(await fleet.open(place, name, spoken))
            await sender.send("BootNotification", BOOT if protocol is Protocol.OCPP16 else BOOT_2)
            await sender.settle()
            for action, message in wholesome(protocol, card):
                for spot in places(message) if not actions or action in actions else ():
                    for poison in POISON:
                        await sender.send(action, poisoned(message, spot, poison))
            await sender.settle()
            print(f"{spoken}: {sender.sent} frames answered", flush=True)
            sent, answers, wrong = sent + sender.sent, answers + sender.answers, wrong + sender.ours
        while network.look(lambda store: store.inbox.sites_waiting()):
            if time.monotonic() - begun > 1800:
                wrong.append("some of it is never applied")
                break
            await asyncio.sleep(0.2)
        failed = network.look(lambda store: [one.text for one in store.inbox.quarantined(100_000) if one.code == "failed"])
        seen, bad = await pages(network)
        logged = [
            line
            for log in network.logs
            for line in log.read_text().splitlines()
            if ("rror" in line or "warning" in line) and BUSY not in line
        ]
        await fleet.unplug()
    wrong += [*failed, *bad, *logged]
    return {"frames": sent, "answers": dict(answers), "pages": seen, "wrong": wrong, "seconds": round(time.monotonic() - begun, 1)}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--actions", nargs="*", default=[])
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    asked = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="forecourt-poison-") as folder:
        figures = asyncio.run(run(asked.actions, Path(folder)))
    print(f"{figures['frames']} frames and {figures['pages']} pages in {figures['seconds']} s; answers: {figures['answers']}")
    print("\n".join(figures["wrong"][:50]) or "Nothing was wrong.")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1), "utf-8")
    sys.exit(1 if figures["wrong"] else 0)


if __name__ == "__main__":
    main()
