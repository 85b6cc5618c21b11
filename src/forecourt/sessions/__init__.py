"""The life of one charge; yields a ChargeRecord."""

from forecourt.sessions.late_ending import END_NOT_REPORTED, adds_information, why_implausible, with_late_end
from forecourt.sessions.lateness import TOLERANCE, mark_late_start, update_lateness
from forecourt.sessions.life import apply, assign, close, first_and_latest, open_session
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
    "adds_information",
    "apply",
    "assign",
    "close",
    "first_and_latest",
    "mark_late_start",
    "open_session",
    "phases_of",
    "read",
    "update_lateness",
    "why_implausible",
    "with_late_end",
]
