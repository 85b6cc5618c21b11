"""Verify by the meter whether a charger does what it was sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum

from forecourt.flows.ports.store import Store
from forecourt.flows.power.lost_fallbacks import distrust_fallback, exceeds_fallback
from forecourt.flows.power.proof import judge_reading
from forecourt.flows.power.reported_schedules import request_schedule
from forecourt.flows.power.untested_sockets import can_show
from forecourt.kernel import Ids
from forecourt.sessions import Session
from forecourt.stations import MeterSample

# A reading this long after the last order shows what the car takes of its own accord.
SETTLED = timedelta(seconds=45)
# A car that takes this much less than before, and than it may, has slowed down itself: its battery is nearly full.
SLACK_MA = 2000


class PowerEffect(IntEnum):
    """What a message means for the site's power, in order of urgency."""

    NOTHING = 0
    FREED = 1  # amps proved free: raises that the plan meant to make may be sent
    CHANGED = 2  # the plan no longer fits: share anew


def verify_readings(store: Store, before: Session, samples: Sequence[MeterSample], at: datetime, ids: Ids) -> PowerEffect:
    """Check the newest current reading against the grant: whether the amps to count have changed. before: the session without the samples.

    A reading older than the session's newest one says nothing about the present.
    """
    grant = store.plans.grant(before.evse_id)
    sample = max((one for one in samples if one.current_ma is not None), key=lambda one: one.at, default=None)
    if grant is None or grant.testing or sample is None or sample.at < before.last_at:
        return PowerEffect.NOTHING
    evse = store.stations.evse(before.evse_id)
    if exceeds_fallback(store, grant, evse, before, sample):
        store.plans.put_grant(distrust_fallback(store, grant, before, evse, sample))
        return PowerEffect.CHANGED
    after = judge_reading(grant, sample, before.current_ma, evse.max_a)
    if after != grant:
        store.plans.put_grant(after)
    if after.disobeyed > grant.disobeyed:
        request_schedule(store, evse, at, ids)  # to find out whether it has the limit and ignores it
    if after.obedience is not grant.obedience:
        return PowerEffect.CHANGED  # room was kept for it, or is from now on
    if can_show(after, sample.current_ma, evse) and not can_show(grant, before.current_ma, evse):
        return PowerEffect.CHANGED  # the sooner its limit is lowered, the sooner the room kept for it goes back to the others
    if after.counted_a == grant.counted_a:
        return PowerEffect.NOTHING
    return PowerEffect.FREED if after.counted_a < grant.counted_a else PowerEffect.CHANGED


def has_slowed_down(store: Store, before: Session, after: Session, at: datetime) -> bool:
    """Whether the car takes clearly less than before and than it may, long after the last order: the rest can go to others at once."""
    if before.current_ma is None or after.current_ma is None or after.current_ma > before.current_ma - SLACK_MA:
        return False
    grant = store.plans.grant(after.evse_id)
    if grant is None or grant.confirmed_a is None or grant.confirmed_at is None or not grant.verified:
        return False
    return grant.confirmed_a * 1000 - after.current_ma >= SLACK_MA and at - grant.confirmed_at > SETTLED
