"""CPU per charger message without sockets or a database: frame in, fact, answer out.

Compared with the minimum: the same JSON decoded into plain Python objects and encoded again by the standard library.
Run: python benchmarks/gateway_frames.py [--json FILE]
"""

import argparse
import json
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from forecourt.gateway.dialects import V16, V201, CallContext, Dialect, Report
from forecourt.gateway.wire import Call, read_frame, write_result
from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Acknowledgement, Message, Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ID = "8a3b9f3e-1d1f-4d2e-9f52-0b7c5a8d9e10"
SAMPLED_16 = [
    {"value": "12345", "context": "Sample.Periodic", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
    {"value": "16.0", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
    {"value": "7400", "measurand": "Power.Active.Import", "unit": "W"},
]
SAMPLED_201 = [
    {"value": 12345, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}},
    {"value": 16.0, "measurand": "Current.Import", "phase": "L1"},
    {"value": 7400, "measurand": "Power.Active.Import"},
]
CHARGER, OPERATOR, SITE = ChargerId("CP1"), OperatorId(UUID(int=1)), SiteId(UUID(int=2))
AT = "2026-11-23T12:00:00Z"
FRAMES: dict[str, tuple[Dialect, str, dict[str, object]]] = {
    "1.6 MeterValues": (
        V16,
        "MeterValues",
        {"connectorId": 1, "transactionId": 7, "meterValue": [{"timestamp": AT, "sampledValue": SAMPLED_16}]},
    ),
    "1.6 StartTransaction": (V16, "StartTransaction", {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": AT}),
    "2.0.1 TransactionEvent": (
        V201,
        "TransactionEvent",
        {
            "eventType": "Updated",
            "timestamp": AT,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": 5,
            "transactionInfo": {"transactionId": ID, "chargingState": "Charging"},
            "evse": {"id": 1},
            "meterValue": [{"timestamp": AT, "sampledValue": SAMPLED_201}],
        },
    ),
}


def whole_way(dialect: Dialect, frame: bytes) -> bytes:
    call = read_frame(frame)
    assert isinstance(call, Call)
    report = dialect.parse_call(call.action, call.payload, CallContext(NOW, call.id))
    assert isinstance(report, Report)
    message = Message(CHARGER, OPERATOR, SITE, NOW, call.action, report.fact, report.dedupe_key, call.payload, report.flags)
    assert message.fact is report.fact
    return write_result(call.id, report.answer(Acknowledgement("7", Verdict.ACCEPTED)))


def round_trip(frame: bytes) -> str:
    return json.dumps(json.loads(frame))


def microseconds(work: Callable[[], object], number: int = 10_000) -> float:
    """The best of seven rounds: the machine may be busy with something else."""
    return min(timeit.repeat(work, number=number, repeat=7)) / number * 1e6


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    target = parser().parse_args().json
    rows = {}
    for name, (dialect, action, payload) in FRAMES.items():
        frame = json.dumps([2, ID, action, payload], separators=(",", ":")).encode()
        ours, floor = microseconds(partial(whole_way, dialect, frame)), microseconds(partial(round_trip, frame))
        rows[name] = {"ours_us": round(ours, 1), "json_round_trip_us": round(floor, 1), "bytes": len(frame)}
        print(f"{name:24} {ours:6.1f} µs   (json.loads + json.dumps: {floor:5.1f} µs, {len(frame)} bytes)")
    if target:
        target.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
