"""Helpers: one payload through a dialect."""

import json
from datetime import UTC, datetime

from forecourt.gateway.dialects import V16, V21, V201, CallContext, Inbound
from forecourt.gateway.dialects.model import Report

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def decode16(action: str, payload: object, call_id: str = "m1") -> Inbound:
    return V16.parse_call(action, _text(payload), CallContext(NOW, call_id))


def decode201(action: str, payload: object, call_id: str = "m1") -> Inbound:
    return V201.parse_call(action, _text(payload), CallContext(NOW, call_id))


def decode21(action: str, payload: object, call_id: str = "m1") -> Inbound:
    return V21.parse_call(action, _text(payload), CallContext(NOW, call_id))


def report16(action: str, payload: object, call_id: str = "m1") -> Report:
    inbound = decode16(action, payload, call_id)
    assert isinstance(inbound, Report), inbound
    return inbound


def report201(action: str, payload: object, call_id: str = "m1") -> Report:
    inbound = decode201(action, payload, call_id)
    assert isinstance(inbound, Report), inbound
    return inbound


def _text(payload: object) -> str:
    return payload.decode() if isinstance(payload, bytes) else json.dumps(payload)
