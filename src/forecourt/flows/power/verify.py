"""Does a charger do what it was told? Only its meter can say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum

from forecourt.flows.ports.papers import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.proving import can_show, follows, untested
from forecourt.sessions import Session
from forecourt.stations import OBEYS_IN, SETTLES_IN, TOLERANCE_MA, MeterSample, Obedience

# A socket that nobody knows and that stays above its limit is seen to do so again only after a while.
DEFIES_AGAIN = timedelta(minutes=1)
# A reading this long after the last order shows what the car takes by itself.
SETTLED = timedelta(seconds=45)
# A car that takes this much less than before, and than it may, has slowed down by itself: its battery is nearly full.
SLACK_MA = 2000


class Stir(IntEnum):
    """What a message means for the site's power, the most pressing last."""

    NOTHING = 0
    FREED = 1  # amps are proved free: those the plan meant them for may be raised
    CHANGED = 2  # the plan no longer fits: share anew


def seen(store: Store, before: Session, samples: Sequence[MeterSample]) -> Stir:
    """Hold the newest current reading against the grant: whether the amps to count have changed. before: the session without these.

    A reading that newer ones have overtaken tells nothing of now.
    """
    grant = store.plans.grant(before.evse_id)
    sample = max((one for one in samples if one.current_ma is not None), key=lambda one: one.at, default=None)
    if grant is None or grant.testing or sample is None or sample.at < before.last_at:
        return Stir.NOTHING
    evse = store.stations.evse(before.evse_id)
    after = judged(grant, sample, before.current_ma, evse.max_a)
    if after != grant:
        store.plans.put_grant(after)
    if after.obedience is not grant.obedience:
        return Stir.CHANGED  # room was kept for it, or is from now on
    if can_show(after, sample.current_ma, evse) and not can_show(grant, before.current_ma, evse):
        return Stir.CHANGED  # the sooner it is told less, the sooner the room that is kept for it is the others' again
    if after.counted_a == grant.counted_a:
        return Stir.NOTHING
    return Stir.FREED if after.counted_a < grant.counted_a else Stir.CHANGED


def slowed(store: Store, before: Session, after: Session, at: datetime) -> bool:
    """The car takes clearly less than it did and than it may, long after the last order: what it leaves can go to others at once."""
    if before.current_ma is None or after.current_ma is None or after.current_ma > before.current_ma - SLACK_MA:
        return False
    grant = store.plans.grant(after.evse_id)
    if grant is None or grant.confirmed_a is None or grant.confirmed_at is None or not grant.verified:
        return False
    return grant.confirmed_a * 1000 - after.current_ma >= SLACK_MA and at - grant.confirmed_at > SETTLED


def judged(grant: Grant, sample: MeterSample, before_ma: int | None, max_a: int) -> Grant:
    """The grant after a reading: verified when within the accepted limit, counted at its maximum when above it.

    Readings from before the order prove nothing; from before its acceptance only that the car has gone down with it; too soon after
    it, no disobedience.
    """
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


def _defies_again(grant: Grant, at: datetime) -> bool:
    """At its maximum anyhow, what is new is only that it did so, or still does."""
    return grant.defied_at is None or at - grant.defied_at >= DEFIES_AGAIN


def _borne_out(grant: Grant, before_ma: int | None, sample: MeterSample, limit_a: int) -> Grant:
    """The grant after a reading within the accepted limit: verified where that can be the charger's doing."""
    waited = sample.at - (grant.confirmed_at or sample.at)
    fell = before_ma is not None and before_ma > limit_a * 1000 + TOLERANCE_MA
    # A car that was below its new limit already tells nothing of its charger by staying there: it may wake up, or warm up, and take more
    # before the charger obeys, this order or a raise right before it. So its reading counts only so long after the order; not quite as
    # long where the charger was seen to obey at once.
    # A slow charger obeys its orders one after another: it may have gone down with an earlier one, and go up again with the next.
    by_this = fell and grant.alone
    early = waited < timedelta() and not by_this
    if early or (limit_a < grant.counted_a and not (by_this or waited >= (SETTLES_IN if grant.prompt else OBEYS_IN))):
        return grant
    relied_on = grant.sent_a == limit_a and not grant.quarantined  # what disobeyed too often is never counted at less for a reading
    counted_a = limit_a if relied_on else grant.counted_a
    prompt = grant.obeys is not Obedience.LATE and (grant.prompt or (by_this and waited <= SETTLES_IN))
    proved = replace(grant, verified=True, prompt=prompt, counted_a=counted_a)
    if untested(grant) and fell and follows(sample.current_ma or 0, limit_a):
        return replace(proved, obeys=Obedience.LATE if grant.defied_at else Obedience.OBEYS)
    return proved
