"""Limits that end: a socket without contact falls back to what its charger keeps by itself, and is counted at that.

Sent again before it ends, a limit costs at most two messages an hour. Where the link is lost, it ends within the hour; so a cut of the
site's limit takes hold everywhere by then. Only chargers whose clock is right and that keep a fallback are told an end: without a fallback
nothing would hold after it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.flows.power.proof import unsure
from forecourt.stations import Charger, QuirkKind

HOLDS_FOR = timedelta(hours=1)
RENEWED_BEFORE = timedelta(minutes=30)
# A charger's clock counts as right within this much.
CLOCK = timedelta(minutes=5)


def end_of(grant: Grant, charger: Charger | None, at: datetime) -> datetime | None:
    """When a limit that is told now ends by itself."""
    if charger is None or not charger.clock_right or grant.fallback_a is None or charger.has(QuirkKind.NO_END):
        return None
    return at + HOLDS_FOR


def told_until(grant: Grant, until: datetime | None) -> datetime | None:
    """When the last of all orders it may be keeping to ends, if it is told one more.

    One without an end may hold until another is accepted.
    """
    endless = grant.sent_at is not None and grant.ends_at is None
    return None if endless else until


def to_renew(grant: Grant, until: datetime | None, at: datetime) -> bool:
    """It ends soon; or it has no end, and could have had one for a while now. until: the end it would be told."""
    if grant.ends_at is not None:
        return grant.ends_at - at <= RENEWED_BEFORE
    return until is not None and grant.sent_at is not None and at - grant.sent_at >= RENEWED_BEFORE


def out_of_reach(grant: Grant, begins_a: int) -> Grant:
    """Without contact a limit below what a charge may draw that was told nothing may end, or be lost with a restart, before anybody
    knows: that much counts, and it is told anew when the contact is back."""
    if grant.fallback_a is None or grant.told_a >= begins_a:
        return grant
    return unsure(grant, begins_a)


def ended(grant: Grant, begins_a: int, at: datetime) -> Grant:
    """After its end nothing of what it was told holds; it draws what a charge may that was told nothing."""
    if grant.ends_at is None or at < grant.ends_at + CLOCK:
        return grant
    over = replace(grant, sent_a=None, sent_at=None, confirmed_a=None, confirmed_at=None, verified=False)
    return replace(over, ends_at=None, counted_a=begins_a)
