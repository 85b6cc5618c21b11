"""The cost of a charge on its charger's display, if it has one: while it goes on, and at the end."""

from datetime import datetime

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import running_cost
from forecourt.kernel import Ids, Money, SiteId
from forecourt.sessions import ChargeRecord, Session
from forecourt.stations import Approval, ShowCost
from forecourt.tariffs import PhaseState


def show_costs(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Update every running charge once a minute; the same cost as on the driver's page and the bill. Returns how many."""
    showing = {one.id for one in store.stations.chargers(site_id, Approval.APPROVED) if one.settings.shows_cost and one.connected}
    shown = 0
    for session in store.sessions.open_at(site_id) if showing else ():
        if session.charger_id in showing and session.driver_id is not None:
            shown += _show(store, session, max(at, session.last_at), ids)
    return shown


def show_final(store: Store, session: Session, record: ChargeRecord, ids: Ids) -> None:
    """Call before the session is sealed: its cost is computed from it. A held record has no cost yet."""
    charger = store.stations.charger(session.charger_id)
    if charger is not None and charger.settings.shows_cost and record.driver_id is not None and not record.held:
        _show(store, session, record.ended_at, ids, final=True)


def _show(store: Store, session: Session, at: datetime, ids: Ids, final: bool = False) -> bool:
    price = running_cost(store, session, at)
    if price is None:
        return False
    cost = price.due
    shown = ShowCost(
        session.transaction,
        str(cost.amount),
        at,
        register_wh=session.meter.register_wh or 0,
        charging=session.state is PhaseState.CHARGING,
        final=final,
        text=_words(cost, session.meter.energy_wh) if final else "",
    )
    key = "end" if final else str(int(at.timestamp()) // 60)
    enqueue_order(store, session.charger_id, shown, at, ids, f"cost/{session.id}/{key}")
    return True


def _words(cost: Money, energy_wh: int) -> str:
    return f"{energy_wh / 1000:.2f} kWh, {cost}"
