"""A charge must not cost more than it can be paid from: a guest's is stopped before its holds are used up, and so is one from a balance."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import owed_usage
from forecourt.drivers import looks_like_guest
from forecourt.flows.desk.orders import order
from forecourt.flows.desk.telling import News, tell
from forecourt.flows.ports.outbox import ChargerOrder
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money
from forecourt.notices import NoticeKind, Says
from forecourt.payments import PRESENT, Held
from forecourt.sessions import Session, phases_of
from forecourt.stations import Outcome, StopCharge
from forecourt.tariffs import Phase, PhaseState, rate

# How long a charge may go on: a minute until the next look, and two until a stop has had its effect.
STOPS_WITHIN = timedelta(minutes=3)
# More is offered to be held so long before a charge that goes on as now is stopped: time to find one's phone, and one's card.
_OFFERED_BEFORE = timedelta(minutes=10)
# A stop that had no effect is ordered again after this long.
_AGAIN_S = 300
TOLD_FOR = timedelta(hours=12)


def guard_hold(store: Store, session: Session, at: datetime, ids: Ids) -> bool:
    """Order the stop of a guest's charge that could cost more than its holds before a stop takes effect. True if ordered.

    Some minutes before, its guest is told, once for what is held then: there is time to hold more.
    """
    if not looks_like_guest(session.token) or session.tariff_version_id is None:
        return False
    held = held_for(store, session)
    if held is None or not ends_soon(store, session, at):
        return False
    if cost_ahead(store, session, max(at, session.last_at)) < held:
        tell_running(store, session, NoticeKind.HOLD_NEARS, f"hold-nears/{session.id}/{held.minor}", held, at)
        return False
    stop_for_money(store, session, held, at, ids)
    return True


def ends_soon(store: Store, session: Session, at: datetime) -> bool:
    """A guest's charge that goes on as now is stopped within minutes, since what is held for it will be used up."""
    held = held_for(store, session)
    return held is not None and cost_ahead(store, session, max(at, session.last_at), _OFFERED_BEFORE) >= held


def stop_ordered(store: Store, session: Session, at: datetime) -> bool:
    """Its charger was asked to end the charge, and has not said that it will not; if it goes on all the same, for minutes."""
    for delivery in store.outbox.history(session.charger_id, limit=50):
        work, since = delivery.item.work, at - delivery.item.due_at
        if isinstance(work, ChargerOrder) and work.order == StopCharge(session.transaction) and since < STOPS_WITHIN:
            return delivery.done_at is None or delivery.outcome.startswith((Outcome.ACCEPTED, Outcome.UNANSWERED))
    return False


def stop_missed(store: Store, session: Session) -> bool:
    """When its charger was last asked to end the charge, it was out of reach, or would not."""
    for delivery in store.outbox.history(session.charger_id, limit=50):
        work = delivery.item.work
        if isinstance(work, ChargerOrder) and work.order == StopCharge(session.transaction):
            return delivery.done_at is not None and not delivery.outcome.startswith((Outcome.ACCEPTED, Outcome.UNANSWERED))
    return False


def stop_for_money(store: Store, session: Session, held: Money, at: datetime, ids: Ids) -> None:
    """Ordered again where it has had no effect; its driver is told once: the car has less than they count on."""
    tell_running(store, session, NoticeKind.STOPPED_MONEY, f"stopped-money/{session.id}", held, at)
    order_stop(store, session, "hold", at, ids)


def order_stop(store: Store, session: Session, why: str, at: datetime, ids: Ids) -> None:
    """Ordered once in some minutes for the same reason."""
    order(store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/{why}/{int(at.timestamp()) // _AGAIN_S}")


def tell_running(store: Store, session: Session, kind: NoticeKind, key: str, amount: Money, at: datetime) -> None:
    """To the driver of a charge that runs; amount: that its kind is about."""
    if session.driver_id is None:
        return
    site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
    says = Says(site.name, site.address, site.zone, evse.label, amount=amount, energy_wh=session.meter.energy_wh)
    news = News(key, session.operator_id, session.driver_id, kind, says, f"/charges/{session.id}")
    good_for = _OFFERED_BEFORE if kind is NoticeKind.HOLD_NEARS else TOLD_FOR
    tell(store, replace(news, good_until=at + good_for), at)


def held_for(store: Store, session: Session) -> Money | None:
    """What stands on cards for a charge; None where its payer was not asked for holds."""
    payments = [one for one in store.payments.of_session(session.id) if one.method == PRESENT]
    if not payments:
        return None
    amounts = (one.state.amount for one in payments if isinstance(one.state, Held))
    return sum(amounts, Money.zero(payments[0].currency))


def cost_ahead(store: Store, session: Session, at: datetime, as_now: timedelta = timedelta()) -> Money:
    """What the charge may have cost when a stop ordered now takes effect: at full power from the last reading of a car that
    was charging, else from now on. as_now: or ordered so much later, the charge going on until then as it does now."""
    assert session.tariff_version_id is not None  # noqa: S101 - narrows the type; the caller has asked
    site, evse, points = store.stations.site(session.site_id), store.stations.evse(session.evse_id), store.sessions.points(session.id)
    charging = session.state is PhaseState.CHARGING
    since = points[-1].at if points and charging else at
    stopped_at, pace_w = at + as_now + STOPS_WITHIN, (evse.max_power_w if session.power_w is None else session.power_w) * charging
    goes_on = Phase(session.state, since, since + as_now, _energy_wh(pace_w, as_now))
    full = Phase(PhaseState.CHARGING, goes_on.end, stopped_at, _energy_wh(evse.max_power_w, stopped_at - goes_on.end))
    usage = owed_usage((*phases_of(points, since), *([goes_on] if as_now else []), full), site.zone)
    return rate(store.prices.version(session.tariff_version_id).tariff, usage).gross


def _energy_wh(power_w: int, time: timedelta) -> int:
    return power_w * int(time.total_seconds()) // 3600
