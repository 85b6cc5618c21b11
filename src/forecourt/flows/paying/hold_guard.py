"""Stop charges before they cost more than can be paid: a guest's before its holds are used up, and one paid from a balance likewise."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import billable_usage
from forecourt.drivers import looks_like_guest
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.outbox import ChargerOrder
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.payments import PAYER_PRESENT, Held
from forecourt.sessions import Session, phases_of
from forecourt.stations import Outcome, StopCharge
from forecourt.tariffs import Phase, PhaseState, rate

# How much longer a charge may run: a minute until the next check, and two until a stop takes effect.
STOPS_WITHIN = timedelta(minutes=3)
# A further hold is offered this long before the charge would be stopped: time to find one's phone and card.
_OFFERED_BEFORE = timedelta(minutes=10)
# A stop without effect is repeated after this long.
_AGAIN_S = 300
NOTICE_VALID_FOR = timedelta(hours=12)


def guard_hold(store: Store, session: Session, at: datetime, ids: Ids) -> bool:
    """Order the stop of a guest's charge that could exceed its holds before a stop takes effect. True if ordered.

    Some minutes earlier the guest is notified, once per amount held, so that there is time to hold more.
    """
    if not looks_like_guest(session.token) or session.tariff_version_id is None:
        return False
    held = held_for(store, session)
    if held is None or not ends_soon(store, session, at):
        return False
    if cost_ahead(store, session, max(at, session.last_at)) < held:
        notify_running(store, session, NoticeKind.HOLD_NEARS, f"hold-nears/{session.id}/{held.minor}", held, at)
        return False
    stop_for_money(store, session, held, at, ids)
    return True


def ends_soon(store: Store, session: Session, at: datetime) -> bool:
    """Whether a guest's charge, continuing as it is, will be stopped within minutes because its holds are used up."""
    held = held_for(store, session)
    return held is not None and cost_ahead(store, session, max(at, session.last_at), _OFFERED_BEFORE) >= held


def is_stop_ordered(store: Store, session: Session, at: datetime) -> bool:
    """Whether the charger was ordered to end the charge and has not refused; after some minutes without effect this no longer counts."""
    for delivery in store.outbox.history(session.charger_id, limit=50):
        work, since = delivery.item.work, at - delivery.item.due_at
        if isinstance(work, ChargerOrder) and work.order == StopCharge(session.transaction) and since < STOPS_WITHIN:
            return delivery.done_at is None or delivery.outcome.startswith((Outcome.ACCEPTED, Outcome.UNANSWERED))
    return False


def is_stop_missed(store: Store, session: Session) -> bool:
    """Whether the charger, when last ordered to end the charge, was out of reach or refused."""
    for delivery in store.outbox.history(session.charger_id, limit=50):
        work = delivery.item.work
        if isinstance(work, ChargerOrder) and work.order == StopCharge(session.transaction):
            return delivery.done_at is not None and not delivery.outcome.startswith((Outcome.ACCEPTED, Outcome.UNANSWERED))
    return False


def stop_for_money(store: Store, session: Session, hold_amount: Money, at: datetime, ids: Ids) -> None:
    """Order a stop, again if one had no effect. The driver is told once, as the car will have less energy than expected."""
    notify_running(store, session, NoticeKind.STOPPED_MONEY, f"stopped-money/{session.id}", hold_amount, at)
    order_stop(store, session, "hold", at, ids)


def order_stop(store: Store, session: Session, cause: str, at: datetime, ids: Ids) -> None:
    """Order a stop, at most once in some minutes for the same reason."""
    enqueue_order(
        store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/{cause}/{int(at.timestamp()) // _AGAIN_S}"
    )


def notify_running(store: Store, session: Session, kind: NoticeKind, key: str, amount: Money, at: datetime) -> None:
    """Notify the driver of a running charge. amount: the one that the kind of notice mentions."""
    if session.driver_id is None:
        return
    site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
    content = NoticeContent(site.name, site.address, site.zone, evse.label, amount=amount, energy_wh=session.meter.energy_wh)
    draft = NoticeDraft(key, session.operator_id, session.driver_id, kind, content, f"/charges/{session.id}", site_id=site.id)
    good_for = _OFFERED_BEFORE if kind is NoticeKind.HOLD_NEARS else NOTICE_VALID_FOR
    notify(store, replace(draft, good_until=at + good_for), at)


def held_for(store: Store, session: Session) -> Money | None:
    """The holds on cards for a charge; None if its payer was not asked for holds."""
    payments = [one for one in store.payments.of_session(session.id) if one.method == PAYER_PRESENT]
    if not payments:
        return None
    amounts = (one.state.amount for one in payments if isinstance(one.state, Held))
    return sum(amounts, Money.zero(payments[0].currency))


def cost_ahead(store: Store, session: Session, at: datetime, as_now: timedelta = timedelta()) -> Money:
    """What the charge may cost by the time a stop ordered now takes effect: at full power since the last reading if the car was charging,
    else from now. as_now: the stop is ordered this much later, and the charge continues until then as it does now."""
    assert session.tariff_version_id is not None  # noqa: S101 - narrows the type; the caller has asked
    site, evse, points = store.stations.site(session.site_id), store.stations.evse(session.evse_id), store.sessions.points(session.id)
    charging = session.state is PhaseState.CHARGING
    since = points[-1].at if points and charging else at
    stopped_at, pace_w = at + as_now + STOPS_WITHIN, (evse.max_power_w if session.power_w is None else session.power_w) * charging
    goes_on = Phase(session.state, since, since + as_now, _energy_wh(pace_w, as_now))
    phase = Phase(PhaseState.CHARGING, goes_on.end, stopped_at, _energy_wh(evse.max_power_w, stopped_at - goes_on.end))
    usage = billable_usage((*phases_of(points, since), *([goes_on] if as_now else []), phase), site.zone)
    return rate(store.prices.version(session.tariff_version_id).tariff, usage).gross


def _energy_wh(power_w: int, time: timedelta) -> int:
    return power_w * int(time.total_seconds()) // 3600
