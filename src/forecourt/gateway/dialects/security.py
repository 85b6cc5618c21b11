"""SecurityEventNotification, the same in every version."""

from typing import Protocol

from msgspec import Struct

from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Report
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.keys import digest, once
from forecourt.gateway.dialects.reading import Reader
from forecourt.stations import Acknowledgement, SecurityNoted


class _Noted(Protocol):
    type: str
    timestamp: str
    tech_info: str | None


def noting_security(kind: type[Struct]) -> Hear:
    """kind: the version's SecurityEventNotificationRequest."""
    reader = Reader(kind, lenient=True)

    def noted(payload: str, heard: Heard) -> Report:
        read, flags = reader.read(payload, heard.message)
        message: _Noted = read  # type: ignore[assignment]  # generated, alike in all versions
        fact = SecurityNoted(read_instant(message.timestamp, heard, flags), message.type, message.tech_info or "")
        key = once("security", heard) if "clock" in flags else f"security/{digest(payload)}"
        return Report(fact, key, tuple(flags), _answer, transactional=False)

    return noted


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
