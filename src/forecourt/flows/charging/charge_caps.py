"""Tell chargers that can stop a charge themselves how far it may go: as far as there is money, or as its driver wants.

This backs up our own stop, which comes first: it also works while the charger is offline, or if a stop is not obeyed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import PayBy, looks_like_guest
from forecourt.flows.chargers.price_sheets import sent_sheet_of
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.hold_guard import held_for, stop_for_money
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money, SiteId
from forecourt.payments import WALLET, Held
from forecourt.sessions import Session
from forecourt.stations import Approval, CapCharge, ChargeCap, Charger, SentCap, StopCharge

COST, ENERGY, LEVEL = "maxCost", "maxEnergy", "maxSoC"
# A cap that the charger has not confirmed is sent again after this time.
AGAIN = timedelta(minutes=5)


def send_caps(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Send caps that are new or have changed. Returns how many were sent."""
    able = [one for one in store.stations.chargers(site_id, Approval.APPROVED) if one.settings.caps and one.connected]
    running = store.sessions.open_at(site_id) if able else ()
    sent = 0
    for charger in able:
        own_sessions = [one for one in running if one.charger_id == charger.id and one.driver_id is not None]
        caps = tuple(one for one in charger.caps if one.transaction in {session.transaction for session in own_sessions})
        if caps != charger.caps:
            store.stations.put_charger(replace(charger, caps=caps))
        sent += sum(cap_charge(store, session, max(at, session.last_at), ids) for session in own_sessions)
    return sent


def cap_charge(store: Store, session: Session, at: datetime, ids: Ids) -> bool:
    """Whether anything was sent to its charger."""
    charger = store.stations.charger(session.charger_id)
    if charger is None or not charger.settings.caps or session.driver_id is None:
        return False
    known = charger.cap_of(session.transaction) or SentCap(session.transaction, at)
    wanted = cap_wanted(store, session, charger)
    if known.cap == ChargeCap() and known.confirmed is not None:
        wanted = wanted.below(known.confirmed)
    wanted = wanted.instead_of(known.cap)
    if wanted == known.cap and (wanted == ChargeCap() or known.confirmed is not None or at - known.at < AGAIN):
        return False
    store.stations.put_charger(charger.with_cap(SentCap(session.transaction, at, wanted)))
    order = CapCharge(store.stations.evse(session.evse_id).number, session.transaction, wanted)
    enqueue_order(store, charger.id, order, at, ids, f"cap/{session.id}/{ids.new(at)}")
    return True


def record_reported_cap(store: Store, session: Session, cap: ChargeCap, at: datetime) -> None:
    """The charger reports how far the charge may go: by our cap, or as its driver asked at its display."""
    charger = store.stations.charger(session.charger_id)
    if charger is not None and charger.settings.caps:
        known = charger.cap_of(session.transaction) or SentCap(session.transaction, at)
        store.stations.put_charger(charger.with_cap(replace(known, confirmed=cap)))


def cap_reached(store: Store, session: Session, at: datetime, ids: Ids) -> None:
    """The charger has stopped at our cap: end the charge. A limit that its driver set at the display can be changed there, so then the
    charge goes on."""
    charger = store.stations.charger(session.charger_id)
    order = charger.cap_of(session.transaction) if charger else None
    if order is None or order.cap == ChargeCap():
        return
    by_money = order.cap == ChargeCap(cost=order.cap.cost)  # otherwise it is unknown which of them was reached
    if by_money and (money := _money_behind(store, session)) is not None:
        stop_for_money(store, session, money, at, ids)
    else:
        enqueue_order(store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/cap")


def cap_wanted(store: Store, session: Session, charger: Charger) -> ChargeCap:
    """The cap by money is only used if the charger's cost is what the bill will say: otherwise it would stop too soon."""
    able = charger.settings.caps
    energy_wh, level = _wanted_by_driver(store, session)
    money = _money_behind(store, session) if COST in able and _counts_as_billed(store, session, charger) else None
    return ChargeCap(money.amount if money else None, energy_wh if ENERGY in able else None, level if LEVEL in able else None)


def _counts_as_billed(store: Store, session: Session, charger: Charger) -> bool:
    """Whether it uses the costs we send each minute; or computes them by this charge's price, without discounts."""
    by_itself, is_right = sent_sheet_of(store, session, charger)
    return charger.settings.shows_cost and (not by_itself or (is_right and looks_like_guest(session.token)))


def _money_behind(store: Store, session: Session) -> Money | None:
    """The money for a charge if nothing else would pay: a guest's holds, or a balance without a card as fallback."""
    if looks_like_guest(session.token):
        return held_for(store, session)
    assert session.driver_id is not None  # noqa: S101 - narrows the type; the caller has asked
    driver = store.drivers.driver(session.driver_id)
    holds = [one for one in store.payments.of_session(session.id) if one.method == WALLET and isinstance(one.state, Held)]
    if driver.pay_by is not PayBy.WALLET or driver.payment_method or not holds:
        return None
    held_amount = sum((one.state.amount for one in holds if isinstance(one.state, Held)), Money.zero(holds[0].currency))
    return held_amount + prepaid(store, driver.operator_id, driver.id, held_amount.currency).available


def _wanted_by_driver(store: Store, session: Session) -> tuple[int | None, int | None]:
    """Watt hours, or percent of the battery, at which the driver wants the charge to stop."""
    need = store.drivers.need(session.driver_id, session.site_id) if session.driver_id else None
    if need is None or not need.stop_there or not need.is_about(session.started_at):
        return None, None
    if need.battery is not None and session.soc_percent is not None:  # the equivalent in watt hours changes with every reading
        return None, need.battery.target_percent
    return need.energy_wh, None
