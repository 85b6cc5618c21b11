"""SecurityEventNotification, the same in every version."""

from typing import Protocol

from msgspec import Struct

from forecourt.gateway.dialects.dedupe_keys import arrival_key, digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.stations import Acknowledgement, SecurityNoted


class _Noted(Protocol):
    type: str
    timestamp: str
    tech_info: str | None


def security_event_handler(kind: type[Struct]) -> CallHandler:
    """kind: the version's SecurityEventNotificationRequest."""
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> Report:
        read, flags = reader.read(payload, context.message)
        message: _Noted = read  # type: ignore[assignment]  # generated, alike in all versions
        fact = SecurityNoted(read_instant(message.timestamp, context, flags), message.type, message.tech_info or "")
        key = arrival_key("security", context) if "clock" in flags else f"security/{digest(payload)}"
        return Report(fact, key, tuple(flags), _answer, transactional=False)

    return handle


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
