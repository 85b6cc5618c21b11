"""Does a charger do what it was told? Only its meter can say."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum

from forecourt.flows.ports.store import Store
from forecourt.flows.power.lost_fallbacks import not_believed, shows_no_fallback
from forecourt.flows.power.own_schedules import ask_schedule
from forecourt.flows.power.proof import judged
from forecourt.flows.power.proving import can_show
from forecourt.kernel import Ids
from forecourt.sessions import Session
from forecourt.stations import MeterSample

# A reading this long after the last order shows what the car takes by itself.
SETTLED = timedelta(seconds=45)
# A car that takes this much less than before, and than it may, has slowed down by itself: its battery is nearly full.
SLACK_MA = 2000


class Stir(IntEnum):
    """What a message means for the site's power, the most pressing last."""

    NOTHING = 0
    FREED = 1  # amps are proved free: those the plan meant them for may be raised
    CHANGED = 2  # the plan no longer fits: share anew


def seen(store: Store, before: Session, samples: Sequence[MeterSample], at: datetime, ids: Ids) -> Stir:
    """Hold the newest current reading against the grant: whether the amps to count have changed. before: the session without these.

    A reading that newer ones have overtaken tells nothing of now.
    """
    grant = store.plans.grant(before.evse_id)
    sample = max((one for one in samples if one.current_ma is not None), key=lambda one: one.at, default=None)
    if grant is None or grant.testing or sample is None or sample.at < before.last_at:
        return Stir.NOTHING
    evse = store.stations.evse(before.evse_id)
    if shows_no_fallback(store, grant, evse, before, sample):
        store.plans.put_grant(not_believed(store, grant, before, evse, sample))
        return Stir.CHANGED
    after = judged(grant, sample, before.current_ma, evse.max_a)
    if after != grant:
        store.plans.put_grant(after)
    if after.disobeyed > grant.disobeyed:
        ask_schedule(store, evse, at, ids)  # whether it knows its limit, and does not keep it
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
