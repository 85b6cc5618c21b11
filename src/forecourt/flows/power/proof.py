"""What is proved about an order: what a socket was sent, what its charger accepted, and what its meter has shown since.

Chargers execute orders one after another, each within half a minute if they have been seen to obey promptly, otherwise within three
minutes. So a raise sent right before a lower limit may still take effect after the socket was seen to draw little. Cars sleep and
wake up; but a car that is charging does not start to take more of its own accord.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.power.untested_sockets import follows, untested
from forecourt.stations import OBEYS_IN, SETTLES_IN, TOLERANCE_MA, MeterSample, Obedience

# An untested socket that stays above its limit counts as doing so again only after this time.
DISOBEYS_AGAIN_AFTER = timedelta(minutes=1)
# No charging car takes much less than the lowest pilot.
CHARGING_MA = 5000


def with_order(grant: Grant, amps: int, at: datetime) -> Grant:
    """The grant with one more order under way. Repeating the same order before it ends does not undo what is proved."""
    if amps == grant.sent_a == grant.confirmed_a:
        return replace(grant, sent_at=at)
    over_a = None if in_force(grant, at) else grant.raised_over_a
    if amps > grant.applied_a:
        over_a = max(over_a or 0, grant.counted_a)
    since = grant.sent_plan if amps == grant.sent_a else grant.plan
    order = replace(grant, sent_a=amps, sent_at=at, sent_plan=since, counted_a=max(grant.counted_a, amps), raised_over_a=over_a)
    return replace(order, verified=False, confirmed_at=None, defied_at=None)


def is_answer_to_last(grant: Grant, amps: int, plan: int) -> bool:
    """Whether the answer to an order of this plan is about the last order. An earlier one may have been for the same amps, with another in
    between that has yet to take effect."""
    return amps == grant.sent_a and plan >= grant.sent_plan


def with_answer(grant: Grant, amps: int, at: datetime) -> Grant:
    """The grant after its charger has accepted the order."""
    return replace(grant, confirmed_a=amps, confirmed_at=at, verified=False)


def with_refusal_or_silence(grant: Grant, amps: int, plan: int, max_a: int, refused: bool) -> Grant:
    """The grant after its charger has refused the order, or nobody knows whether it arrived: the worse of both limits counts until a later
    order is confirmed by a reading. It says nothing about an order sent after it, which is still under way."""
    sent_a = None if is_answer_to_last(grant, amps, plan) else grant.sent_a
    if refused:
        return replace(grant, sent_a=sent_a, counted_a=max_a, verified=False)
    least_a = min(grant.applied_a, amps)
    return replace(grant, sent_a=sent_a, confirmed_a=least_a, counted_a=max(grant.counted_a, amps), verified=False)


def with_lost_order(grant: Grant, begins_a: int) -> Grant:
    """The grant if it may have lost its order and draw what a charge may draw without one: the order is sent anew."""
    return replace(grant, sent_a=None, confirmed_at=None, verified=False, counted_a=max(grant.counted_a, begins_a))


def in_force(grant: Grant, at: datetime) -> bool:
    """Whether the last order is in force by now, and no earlier one can still take effect."""
    if grant.sent_at is None:
        return True
    return grant.confirmed_at is not None and grant.confirmed_a == grant.sent_a and at - grant.confirmed_at >= _obeys_in(grant)


def _obeys_in(grant: Grant) -> timedelta:
    return SETTLES_IN if grant.prompt else OBEYS_IN


def judge_reading(grant: Grant, sample: MeterSample, before_ma: int | None, max_a: int) -> Grant:
    """The grant after a reading: verified if within the accepted limit, counted at its maximum if above it.

    Readings from before the order prove nothing; from before its acceptance, only that the car has gone down with it; too soon after
    it, no disobedience.
    """
    grant = _holding(grant, sample)
    if grant.confirmed_a is None or grant.confirmed_at is None or sample.current_ma is None:
        return grant
    if sample.at < min(grant.confirmed_at, grant.sent_at or grant.confirmed_at):
        return grant
    if sample.current_ma <= grant.confirmed_a * 1000 + TOLERANCE_MA:
        return _borne_out(grant, before_ma, sample, grant.confirmed_a)
    known = grant.counted_a == max_a and not (untested(grant) and _defies_again(grant, sample.at))
    if sample.at < grant.confirmed_at + SETTLES_IN or known:
        return grant
    return replace(grant, verified=False, counted_a=max_a, disobeyed=grant.disobeyed + 1, defied_at=sample.at, prompt=False)


def _holding(grant: Grant, sample: MeterSample) -> Grant:
    """Drawing more than was possible before a raise proves that the raise is in force: nothing of it is still to come."""
    after = sample.current_ma is not None and (grant.sent_at is None or sample.at >= grant.sent_at)
    if not after or grant.raised_over_a is None or (sample.current_ma or 0) <= grant.raised_over_a * 1000 + TOLERANCE_MA:
        return grant
    return replace(grant, raised_over_a=None)


def _defies_again(grant: Grant, at: datetime) -> bool:
    """Already counted at its maximum, it only matters that it disobeyed again, or still does."""
    return grant.defied_at is None or at - grant.defied_at >= DISOBEYS_AGAIN_AFTER


def _borne_out(grant: Grant, before_ma: int | None, sample: MeterSample, limit_a: int) -> Grant:
    """The grant after a reading within the accepted limit: verified if the charger can have caused it."""
    waited = sample.at - (grant.confirmed_at or sample.at)
    has_fallen = before_ma is not None and before_ma > limit_a * 1000 + TOLERANCE_MA and not _may_have_lapsed(grant, sample.at)
    # If a raise may still take effect, or an order may have ended, the drop may not come from this one, and be followed by a rise.
    by_this = has_fallen and grant.raised_over_a is None
    early = waited < timedelta() and not by_this
    if early or (limit_a < grant.counted_a and not (by_this or waited >= _waits(grant, before_ma, sample))):
        return grant
    relied_on = grant.sent_a == limit_a and not grant.quarantined  # one that disobeyed too often never counts lower after a reading
    counted_a = limit_a if relied_on else grant.counted_a
    prompt = grant.obeys is not Obedience.LATE and (grant.prompt or (by_this and waited <= SETTLES_IN))
    proved = replace(grant, verified=True, prompt=prompt, counted_a=counted_a)
    if untested(grant) and has_fallen and follows(sample.current_ma or 0, limit_a):
        return replace(proved, obeys=Obedience.LATE if grant.defied_at else Obedience.OBEYS)
    return proved


def _waits(grant: Grant, before_ma: int | None, sample: MeterSample) -> timedelta:
    """How long after an order a reading starts to count if the car was already below the new limit: by staying there it proves nothing
    about its charger; it may wake up and take more before the charger executes this order, or a raise right before it.

    A shorter time if the charger has been seen to obey promptly; no time at all if, besides, no raise can still take effect, no earlier
    order may have ended by itself, and the car charges steadily within the limit itself, not only within the meter's tolerance: that is
    what it takes by itself.
    """
    now_ma = sample.current_ma or 0
    is_within = now_ma <= (grant.confirmed_a or 0) * 1000
    is_undisturbed = grant.raised_over_a is None and not _may_have_lapsed(grant, sample.at)
    is_sure = grant.prompt and is_undisturbed and is_within and _steady(before_ma, now_ma)
    return timedelta() if is_sure else _obeys_in(grant)


def _may_have_lapsed(grant: Grant, at: datetime) -> bool:
    """Whether one of its orders may have ended by itself: then it draws its fallback until a later one takes effect."""
    return grant.lapses_from is not None and at >= grant.lapses_from


def _steady(before_ma: int | None, now_ma: int | None) -> bool:
    """Whether it charged before and does now without taking more: neither asleep nor just about to begin."""
    return min(before_ma or 0, now_ma or 0) >= CHARGING_MA and (now_ma or 0) <= (before_ma or 0) + TOLERANCE_MA
