"""Helpers: one payload through a dialect."""

import json
from datetime import UTC, datetime

from msgspec import Raw

from forecourt.gateway.dialects import V16, V201, Heard, Inbound
from forecourt.gateway.dialects.hearing import Report

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def hear16(action: str, payload: object, call_id: str = "m1") -> Inbound:
    return V16.hear(action, _raw(payload), Heard(NOW, call_id))


def hear201(action: str, payload: object, call_id: str = "m1") -> Inbound:
    return V201.hear(action, _raw(payload), Heard(NOW, call_id))


def report16(action: str, payload: object, call_id: str = "m1") -> Report:
    inbound = hear16(action, payload, call_id)
    assert isinstance(inbound, Report), inbound
    return inbound


def report201(action: str, payload: object, call_id: str = "m1") -> Report:
    inbound = hear201(action, payload, call_id)
    assert isinstance(inbound, Report), inbound
    return inbound


def _raw(payload: object) -> Raw:
    return Raw(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
