"""Limits that end: an offline socket returns to its charger's fallback, and is counted at that.

Renewing a limit before its end costs at most two messages an hour. If the connection is lost, it ends within the hour, and so a lowered
limit of the site takes effect everywhere by then. Only chargers whose clock is right and that have a fallback are sent an end: without a
fallback nothing would apply after it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.proof import in_force, with_answer, with_lost_order
from forecourt.stations import OBEYS_IN, Charger, Message, QuirkKind

LIMIT_DURATION = timedelta(hours=1)
RENEW_BEFORE = timedelta(minutes=30)
# A charger's clock counts as right within this tolerance.
CLOCK_TOLERANCE = timedelta(minutes=5)
# After this long online without a break, no messages stored while offline are still coming.
NO_BACKLOG_AFTER = timedelta(hours=1)
# A clock that has not proved right within this time is not expected to.
CLOCK_SEEN_WITHIN = timedelta(days=1)
_NO_NEWS = timedelta(seconds=5)  # ends computed by planners with different clocks may differ by so much


def limit_end(grant: Grant, charger: Charger | None, amps: int, at: datetime, next_decrease_at: datetime | None = None) -> datetime | None:
    """When a limit sent now ends by itself: before the site is allowed less (next_decrease_at), whatever the clocks. None: never.

    One that is no higher than the fallback lasts its usual time: its end would let the socket draw more, not less.
    """
    if charger is None or not _tells_time(charger) or grant.fallback_a is None or charger.has(QuirkKind.NO_END):
        return None
    if next_decrease_at is None or amps <= grant.fallback_a:
        return at + LIMIT_DURATION
    return min(at + LIMIT_DURATION, next_decrease_at - CLOCK_TOLERANCE)


def _tells_time(charger: Charger) -> bool:
    return charger.clock_right or charger.on_time


def keeps_limits_for_ever(charger: Charger, at: datetime) -> bool:
    """Whether it may keep a limit for as long as a charge lasts, so that the others' fallback is what that leaves: it does not support
    times, or its clock has not proved right for a day. (Most do within minutes, so others' fallbacks do not change at each boot.)"""
    is_long_up = charger.booted_at is not None and at - charger.booted_at >= CLOCK_SEEN_WITHIN
    return charger.has(QuirkKind.NO_END) or (is_long_up and not _tells_time(charger))


def note_on_time_reading(store: Store, grant: Grant, message: Message, at: datetime) -> None:
    """Handle a reading of a charge whose limit has no end. Many chargers report states without a time, so their clocks are unknown:
    readings that arrive on time prove a clock as well, once no stored messages are coming any more. at: the reading's own time."""
    if grant.sent_at is None or grant.ends_at is not None:
        return
    charger = store.stations.charger(message.charger_id)
    if (
        charger is None
        or _tells_time(charger)
        or charger.contact.since is None
        or message.received_at - charger.contact.since < NO_BACKLOG_AFTER
    ):
        return
    has_own_time = at != message.received_at and not {"clock", "clock_ahead", "zone"} & set(message.flags)
    if has_own_time and charger.connected and message.received_at - at <= CLOCK_TOLERANCE:
        store.stations.put_charger(replace(charger, on_time=True))


def with_end(order: Grant, before: Grant, until: datetime | None, at: datetime) -> Grant:
    """The grant with an order under way that ends by itself at `until` (None: never). before: the grant without that order.

    Orders sent before may be in force until this one is: until it is accepted, the latest end counts for what the socket may draw, and the
    earliest for what a reading proves.
    """
    if before.sent_at is None:
        return replace(order, ends_at=until, sent_until=until, lapses_from=_lapse(until))
    is_sole = before.confirmed_at is not None and before.sent_at <= before.confirmed_at and in_force(before, at)
    lapses = [one for one in (_lapse(before.ends_at) if is_sole else before.lapses_from, _lapse(until)) if one is not None]
    ends_at = None if until is None or before.ends_at is None else max(until, before.ends_at)
    return replace(order, ends_at=ends_at, sent_until=until, lapses_from=min(lapses, default=None))


def with_acceptance(grant: Grant, amps: int, until: datetime | None, at: datetime) -> Grant:
    """The grant after its charger has accepted an order that ends at `until`. If it is the last one, none before it can outlast it.

    A renewal in time (`is_seamless`) has nothing new but its end; any other order is yet to be proved.
    """
    is_renewal = is_seamless(grant, amps, at)
    accepted = grant if is_renewal else with_answer(grant, amps, at)
    if until != grant.sent_until:
        return accepted
    return replace(accepted, ends_at=until, lapses_from=_lapse(until) if is_renewal else accepted.lapses_from)


def is_seamless(grant: Grant, amps: int, at: datetime) -> bool:
    """Whether an order accepted now only prolongs the limit in force: it is proved, and cannot end before this order takes effect."""
    return grant.verified and grant.confirmed_a == amps and (grant.lapses_from is None or at + OBEYS_IN <= grant.lapses_from)


def _lapse(until: datetime | None) -> datetime | None:
    """The first instant at which an order may end by itself, by whatever clock."""
    return None if until is None else until - CLOCK_TOLERANCE


def is_renewal_due(grant: Grant, until: datetime | None, at: datetime) -> bool:
    """Whether to send it again: it ends soon; or it has no end, and could have had one for a while. until: the end it would get."""
    if grant.ends_at is not None and until is not None:
        if until - (grant.sent_until or grant.ends_at) < -_NO_NEWS:  # less is allowed before it ends
            return True
        return grant.ends_at - at <= RENEW_BEFORE and until - grant.ends_at > _NO_NEWS
    if grant.ends_at is not None:
        return grant.ends_at - at <= RENEW_BEFORE
    return until is not None and grant.sent_at is not None and at - grant.sent_at >= RENEW_BEFORE


def count_as_offline(grant: Grant, begins_a: int) -> Grant:
    """The grant of an offline socket: a limit below what a charge may draw without orders may end, or be lost in a restart, unnoticed:
    so that much counts, and the limit is sent anew once the charger is back."""
    if grant.fallback_a is None or grant.applied_a >= begins_a:
        return grant
    return with_lost_order(grant, begins_a)


def without_ended_limit(grant: Grant, begins_a: int, at: datetime) -> Grant:
    """The grant after its order has ended: nothing of it applies; it draws what a charge may draw without orders."""
    if grant.ends_at is None or at < grant.ends_at + CLOCK_TOLERANCE:
        return grant
    reset = replace(grant, sent_a=None, sent_at=None, confirmed_a=None, confirmed_at=None, verified=False)
    return replace(reset, ends_at=None, sent_until=None, lapses_from=None, counted_a=begins_a)
