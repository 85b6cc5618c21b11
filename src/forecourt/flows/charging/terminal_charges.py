"""Charges paid for at the charger's own terminal: at which socket they begin, and how far the hold reaches."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.paying.pay import look_up
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import guest_price_reason, price_at
from forecourt.kernel import DriverId, Ids
from forecourt.payments import Held
from forecourt.sessions import Session
from forecourt.stations import ChargeCap, Evse


def move_visit_to_socket(store: Store, session: Session, evse: Evse, driver_id: DriverId) -> None:
    """A terminal serves all sockets of its charger: move the visit to where the charge begins, at the price that was shown there."""
    visit = store.guests.of_driver(driver_id)
    if visit is None or visit.terminal != session.charger_id or visit.evse_id == evse.id:
        return
    site = store.stations.site(evse.site_id)
    chosen = price_at(store, site, evse.kind, buyer_of(store, None, visit.made_at), visit.made_at)
    waiting = store.payments.hold_on(driver_id, visit.evse_id)
    payment = store.payments.lock(waiting.id) if waiting else None
    if chosen is None or payment is None or payment.session_id is not None:
        return
    store.guests.put_visit(replace(visit, evse_id=evse.id, tariff_version_id=chosen.version.id, price_because=guest_price_reason(chosen)))
    store.payments.put(replace(payment, evse_id=evse.id))


def check_hold_increase(store: Store, session: Session, cap: ChargeCap, at: datetime, ids: Ids) -> None:
    """The charger reports a higher cap: the hold was increased at its terminal (C23). It counts once the processor confirms it."""
    visit = store.guests.of_driver(session.driver_id) if session.driver_id and cap.cost is not None else None
    if visit is None or visit.terminal is None:
        return
    for payment in store.payments.of_session(session.id):
        if isinstance(payment.state, Held) and cap.cost is not None and cap.cost > payment.state.amount.amount:
            look_up(store, payment, f"{payment.id}/more/{cap.cost}/{at.timestamp()}", at, ids)
