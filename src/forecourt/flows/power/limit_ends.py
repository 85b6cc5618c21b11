"""Limits that end: a socket without contact falls back to what its charger keeps by itself, and is counted at that.

Sent again before it ends, a limit costs at most two messages an hour. Where the link is lost, it ends within the hour; so a cut of the
site's limit takes hold everywhere by then. Only chargers whose clock is right and that keep a fallback are told an end: without a fallback
nothing would hold after it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.proof import unsure
from forecourt.stations import Charger, Message, QuirkKind

HOLDS_FOR = timedelta(hours=1)
RENEWED_BEFORE = timedelta(minutes=30)
# A charger's clock counts as right within this much.
CLOCK = timedelta(minutes=5)
# After so long without a break nothing comes any more that was kept while contact was lost.
LIVE_AFTER = timedelta(hours=1)
# A clock that was not seen to be right for so long will not be soon.
SEEN_WITHIN = timedelta(days=1)
_NO_NEWS = timedelta(seconds=5)  # by so much ends told by planners of different clocks may differ


def end_of(grant: Grant, charger: Charger | None, at: datetime, falls_at: datetime | None = None) -> datetime | None:
    """When a limit that is told now ends by itself: before the site is allowed less (falls_at), by whatever clock."""
    if charger is None or not _tells_time(charger) or grant.fallback_a is None or charger.has(QuirkKind.NO_END):
        return None
    return at + HOLDS_FOR if falls_at is None else min(at + HOLDS_FOR, falls_at - CLOCK)


def _tells_time(charger: Charger) -> bool:
    return charger.clock_right or charger.on_time


def endless(charger: Charger, at: datetime) -> bool:
    """It may keep what it was told for as long as a charge lasts, and the others' fallback is what that leaves: it keeps no times, or its
    clock was not seen to be right for a day. (Most are right within minutes; others' fallbacks do not follow each boot.)"""
    late = charger.booted_at is not None and at - charger.booted_at >= SEEN_WITHIN
    return charger.has(QuirkKind.NO_END) or (late and not _tells_time(charger))


def read_on_time(store: Store, grant: Grant, message: Message, at: datetime) -> None:
    """A reading of a charge whose limit has no end. Many tell the state of a socket without a time, so that nobody knows of their clocks:
    one whose readings come in their own time shows it as well, once nothing comes any more that was kept. at: the reading's own time."""
    if grant.sent_at is None or grant.ends_at is not None:
        return
    charger = store.stations.charger(message.charger_id)
    if charger is None or _tells_time(charger) or charger.contact.since is None or message.received_at - charger.contact.since < LIVE_AFTER:
        return
    told = at != message.received_at and not {"clock", "clock_ahead", "zone"} & set(message.flags)
    if told and charger.connected and message.received_at - at <= CLOCK:
        store.stations.put_charger(replace(charger, on_time=True))


def told_until(grant: Grant, until: datetime | None) -> datetime | None:
    """When the last of all orders it may be keeping to ends, if it is told one more.

    One without an end may hold until another is accepted.
    """
    endless = grant.sent_at is not None and grant.ends_at is None
    return None if endless else until


def to_renew(grant: Grant, until: datetime | None, at: datetime) -> bool:
    """It ends soon; or it has no end, and could have had one for a while now. until: the end it would be told."""
    if grant.ends_at is not None and until is not None:
        if until - grant.ends_at < -_NO_NEWS:  # less is allowed before it ends
            return True
        return grant.ends_at - at <= RENEWED_BEFORE and until - grant.ends_at > _NO_NEWS
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
