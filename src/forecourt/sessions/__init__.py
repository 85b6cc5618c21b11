"""The life of one charge; yields a ChargeRecord."""

from forecourt.sessions.life import apply, assign, close, open_session
from forecourt.sessions.metering import read
from forecourt.sessions.model import ChargeRecord, FixedPrice, Meter, MeterPoint, Session, Step
from forecourt.sessions.trace import phases_of

__all__ = [
    "ChargeRecord",
    "FixedPrice",
    "Meter",
    "MeterPoint",
    "Session",
    "Step",
    "apply",
    "assign",
    "close",
    "open_session",
    "phases_of",
    "read",
]
