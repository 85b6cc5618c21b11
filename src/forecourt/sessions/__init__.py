"""The life of one charge; yields a ChargeRecord."""

from forecourt.sessions.late_ending import END_NOT_REPORTED, ended_so, late_doubt, tells_otherwise
from forecourt.sessions.lateness import TOLERANCE, begun, heard
from forecourt.sessions.life import apply, assign, close, kept_signed, open_session
from forecourt.sessions.metering import read
from forecourt.sessions.model import ChargeRecord, EndedCharge, FixedPrice, Meter, MeterPoint, Session, Step
from forecourt.sessions.trace import phases_of

__all__ = [
    "END_NOT_REPORTED",
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
    "ended_so",
    "heard",
    "kept_signed",
    "late_doubt",
    "open_session",
    "phases_of",
    "read",
    "tells_otherwise",
]
