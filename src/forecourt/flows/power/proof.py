"""What is proved of an order: what a socket was told, what its charger accepted, and what its meter has shown since.

Chargers obey their orders one after another, each within half a minute where they were seen to obey at once, else within three. So an
order to draw more, given right before one to draw less, may come true after it was seen that the socket draws little. Cars sleep and
wake up; one that charges takes no more by itself than it did.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.flows.power.proving import follows, untested
from forecourt.stations import OBEYS_IN, SETTLES_IN, TOLERANCE_MA, MeterSample, Obedience

# A socket that nobody knows and that stays above its limit is seen to do so again only after a while.
DEFIES_AGAIN = timedelta(minutes=1)
# No car that charges takes much less than the lowest pilot.
CHARGES_MA = 5000


def with_order(grant: Grant, amps: int, at: datetime) -> Grant:
    """With one more order under way. The same again, before it ends, takes nothing back of what is proved."""
    if amps == grant.sent_a == grant.confirmed_a:
        return replace(grant, sent_at=at)
    over_a = None if _in_force(grant, at) else grant.raised_over_a
    if amps > grant.told_a:
        over_a = max(over_a or 0, grant.counted_a)
    since = grant.sent_plan if amps == grant.sent_a else grant.plan
    order = replace(grant, sent_a=amps, sent_at=at, sent_plan=since, counted_a=max(grant.counted_a, amps), raised_over_a=over_a)
    return replace(order, verified=False, confirmed_at=None, defied_at=None)


def is_of_last(grant: Grant, amps: int, plan: int) -> bool:
    """Whether the answer to an order of this plan tells of the last one. One before it may have been for as many amps, with another in
    between that is still to come true."""
    return amps == grant.sent_a and plan >= grant.sent_plan


def with_answer(grant: Grant, amps: int, at: datetime) -> Grant:
    """Its charger has accepted the order."""
    return replace(grant, confirmed_a=amps, confirmed_at=at, verified=False)


def without_answer(grant: Grant, amps: int, plan: int, max_a: int, refused: bool) -> Grant:
    """Its charger has refused the order, or nobody knows whether it arrived: the worst of both limits counts until a later order is
    borne out. Of an order after it this tells nothing: that one is still under way."""
    sent_a = None if is_of_last(grant, amps, plan) else grant.sent_a
    if refused:
        return replace(grant, sent_a=sent_a, counted_a=max_a, verified=False)
    least_a = min(grant.told_a, amps)
    return replace(grant, sent_a=sent_a, confirmed_a=least_a, counted_a=max(grant.counted_a, amps), verified=False)


def unsure(grant: Grant, begins_a: int) -> Grant:
    """Nobody knows whether it still keeps to what it was told, or draws what a charge may that was told nothing: it is told anew."""
    return replace(grant, sent_a=None, confirmed_at=None, verified=False, counted_a=max(grant.counted_a, begins_a))


def _in_force(grant: Grant, at: datetime) -> bool:
    """The last order has had its time: it holds by now, and none before it can come true any more."""
    if grant.sent_at is None:
        return True
    return grant.confirmed_at is not None and grant.confirmed_a == grant.sent_a and at - grant.confirmed_at >= _obeys_in(grant)


def _obeys_in(grant: Grant) -> timedelta:
    return SETTLES_IN if grant.prompt else OBEYS_IN


def judged(grant: Grant, sample: MeterSample, before_ma: int | None, max_a: int) -> Grant:
    """The grant after a reading: verified when within the accepted limit, counted at its maximum when above it.

    Readings from before the order prove nothing; from before its acceptance only that the car has gone down with it; too soon after
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
    """More than it may have drawn before its raise shows that the raise holds: nothing of it is still to come."""
    after = sample.current_ma is not None and (grant.sent_at is None or sample.at >= grant.sent_at)
    if not after or grant.raised_over_a is None or (sample.current_ma or 0) <= grant.raised_over_a * 1000 + TOLERANCE_MA:
        return grant
    return replace(grant, raised_over_a=None)


def _defies_again(grant: Grant, at: datetime) -> bool:
    """At its maximum anyhow, what is new is only that it did so, or still does."""
    return grant.defied_at is None or at - grant.defied_at >= DEFIES_AGAIN


def _borne_out(grant: Grant, before_ma: int | None, sample: MeterSample, limit_a: int) -> Grant:
    """The grant after a reading within the accepted limit: verified where that can be the charger's doing."""
    waited = sample.at - (grant.confirmed_at or sample.at)
    fell = before_ma is not None and before_ma > limit_a * 1000 + TOLERANCE_MA
    # Where a raise may still come true, it may have gone down with an order before that, and will go up again.
    by_this = fell and grant.raised_over_a is None
    early = waited < timedelta() and not by_this
    if early or (limit_a < grant.counted_a and not (by_this or waited >= _waits(grant, before_ma, sample.current_ma))):
        return grant
    relied_on = grant.sent_a == limit_a and not grant.quarantined  # what disobeyed too often is never counted at less for a reading
    counted_a = limit_a if relied_on else grant.counted_a
    prompt = grant.obeys is not Obedience.LATE and (grant.prompt or (by_this and waited <= SETTLES_IN))
    proved = replace(grant, verified=True, prompt=prompt, counted_a=counted_a)
    if untested(grant) and fell and follows(sample.current_ma or 0, limit_a):
        return replace(proved, obeys=Obedience.LATE if grant.defied_at else Obedience.OBEYS)
    return proved


def _waits(grant: Grant, before_ma: int | None, now_ma: int | None) -> timedelta:
    """How long after an order a reading counts of a car that was below its new limit already: it tells nothing of its charger by staying
    there, may wake up, and take more before the charger obeys, this order or a raise right before it.

    Not quite as long where the charger was seen to obey at once; not at all where, besides, no raise can still come true and the car
    charges steadily within the limit itself, not only within what a meter may be wrong by: so much it takes by itself.
    """
    within = (now_ma or 0) <= (grant.confirmed_a or 0) * 1000
    sure = grant.prompt and grant.raised_over_a is None and within and _steady(before_ma, now_ma)
    return timedelta() if sure else _obeys_in(grant)


def _steady(before_ma: int | None, now_ma: int | None) -> bool:
    """It charged before and does now, and takes no more: neither asleep nor just about to begin."""
    return min(before_ma or 0, now_ma or 0) >= CHARGES_MA and (now_ma or 0) <= (before_ma or 0) + TOLERANCE_MA
