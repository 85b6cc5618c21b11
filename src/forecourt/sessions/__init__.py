"""The life of one charge; yields a ChargeRecord."""

from forecourt.sessions.lateness import TOLERANCE, begun, heard
from forecourt.sessions.life import apply, assign, close, open_session
from forecourt.sessions.metering import read
from forecourt.sessions.model import ChargeRecord, EndedCharge, FixedPrice, Meter, MeterPoint, Session, Step
from forecourt.sessions.trace import phases_of

__all__ = [
    "TOLERANCE",
    "ChargeRecord",
    "EndedCharge",
    "FixedPrice",
    "Meter",
    "MeterPoint",
    "Session",
    "Step",
    "apply",
    "assign",
    "begun",
    "close",
    "heard",
    "open_session",
    "phases_of",
    "read",
]
