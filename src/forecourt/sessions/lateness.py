"""A start that reached us long after its own time: was it queued while the charger was offline, or is its clock behind?

Queued messages arrive all at once, however far apart their times are; those from a clock that is behind arrive at their own
pace, each as late as the one before. If neither shows, nobody can tell how long the charge really took.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.sessions.model import Late, Session

# A shorter delay is taken for a queue: if wrong, it affects a bill by less than half an hour.
SUSPECT = timedelta(minutes=30)
TOLERANCE = timedelta(minutes=5)
_PACE = timedelta(minutes=1)
_STEADY = timedelta(seconds=15)


def mark_late_start(session: Session, received_at: datetime, trusted: bool) -> Session:
    """Mark a late start. trusted: the charger's clock has proved right, or it says itself that it was offline."""
    by = received_at - session.started_at
    return session if trusted or by < SUSPECT else replace(session, late=Late(by, received_at))


def update_lateness(session: Session, at: datetime, received_at: datetime) -> Session:
    """What another message of the charge reveals about its lateness. at: the message's own time."""
    lateness = session.late
    if lateness is None or lateness.behind:
        return replace(session, late=replace(lateness, jumped=True)) if lateness and _is_punctual(at, received_at) else session
    by, waited = received_at - at, received_at - lateness.received_at
    if TOLERANCE < by < lateness.by - TOLERANCE or session.meter.energy_wh * timedelta(hours=1) > session.max_power_w * (
        waited + TOLERANCE
    ):
        return replace(session, late=None)  # it came through a queue; or more energy than could flow since the start reached us
    if by <= TOLERANCE:
        return replace(session, late=replace(lateness, jumped=True))
    if waited >= _PACE and abs(by - lateness.by) <= _STEADY:
        return replace(session, late=replace(lateness, behind=True))
    return session


def _is_punctual(at: datetime, received_at: datetime) -> bool:
    return received_at - at <= TOLERANCE
