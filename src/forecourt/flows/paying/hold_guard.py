"""A charge must not cost more than it can be paid from: a guest's is stopped before its holds are used up, and so is one from a balance."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.billing import owed_usage
from forecourt.drivers import looks_like_guest
from forecourt.flows.desk.orders import order
from forecourt.flows.desk.telling import News, tell
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money
from forecourt.notices import NoticeKind, Says
from forecourt.payments import PRESENT, Held
from forecourt.sessions import Session, phases_of
from forecourt.stations import StopCharge
from forecourt.tariffs import Phase, PhaseState, rate

# How long a charge may go on: a minute until the next look, and two until a stop has had its effect.
STOPS_WITHIN = timedelta(minutes=3)
# A stop that had no effect is ordered again after this long.
_AGAIN_S = 300
_TOLD_FOR = timedelta(hours=12)


def guard_hold(store: Store, session: Session, at: datetime, ids: Ids) -> bool:
    """Order the stop of a guest's charge that could cost more than its holds before a stop takes effect. True if ordered."""
    if not looks_like_guest(session.token) or session.tariff_version_id is None:
        return False
    held = held_for(store, session)
    if held is None or cost_ahead(store, session, max(at, session.last_at)) < held:
        return False
    stop_for_money(store, session, held, at, ids)
    return True


def stop_for_money(store: Store, session: Session, held: Money, at: datetime, ids: Ids) -> None:
    """Ordered again where it has had no effect; its driver is told once: the car has less than they count on."""
    if session.driver_id is not None:
        site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
        says = Says(site.name, site.address, site.zone, evse.label, amount=held, energy_wh=session.meter.energy_wh)
        news = News(f"stopped-money/{session.id}", session.operator_id, session.driver_id, NoticeKind.STOPPED_MONEY, says)
        tell(store, replace(news, path=f"/charges/{session.id}", good_until=at + _TOLD_FOR), at)
    order(store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/hold/{int(at.timestamp()) // _AGAIN_S}")


def held_for(store: Store, session: Session) -> Money | None:
    """What stands on cards for a charge; None where its payer was not asked for holds."""
    payments = [one for one in store.payments.of_session(session.id) if one.method == PRESENT]
    if not payments:
        return None
    amounts = (one.state.amount for one in payments if isinstance(one.state, Held))
    return sum(amounts, Money.zero(payments[0].currency))


def cost_ahead(store: Store, session: Session, at: datetime) -> Money:
    """What the charge may have cost when a stop ordered now takes effect: at full power from the last reading of a car that
    was charging, else from now on."""
    assert session.tariff_version_id is not None  # noqa: S101 - narrows the type; the caller has asked
    site, evse, points = store.stations.site(session.site_id), store.stations.evse(session.evse_id), store.sessions.points(session.id)
    since = points[-1].at if points and session.state is PhaseState.CHARGING else at
    until = at + STOPS_WITHIN
    energy_wh = evse.max_power_w * int((until - since).total_seconds()) // 3600
    usage = owed_usage((*phases_of(points, since), Phase(PhaseState.CHARGING, since, until, energy_wh)), site.zone)
    return rate(store.prices.version(session.tariff_version_id).tariff, usage).gross
