"""Sockets under maintenance are set out of use at the charger too: no card starts there, and its display says so."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.history import put_socket
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Ids, SiteId
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Outcome, ReportMeter, SetAvailability, is_maintained


def send_availability(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Tell every online charger which of its sockets maintenance takes out of use, and which are back. Returns how many were told.

    As the standard has it, a running charge is finished first. A charger that does not answer is told again at the next call.
    """
    site, chargers = store.stations.site(site_id), store.stations.chargers(site_id, Approval.APPROVED)
    if not site.maintenance and not any(one.out_of_use for one in chargers):
        return 0
    by_id, sent = {one.id: one for one in chargers if one.connected}, 0
    for evse in store.stations.evses(site_id):
        charger = by_id.get(evse.charger_id)
        if charger is None or evse.retired_at is not None:
            continue
        in_use = not is_maintained(site, evse.label, at)
        if in_use == (evse.number in charger.out_of_use):
            by_id[charger.id] = _tell(store, charger, evse, in_use, at, ids)
            sent += 1
    return sent


def use_after_boot(store: Store, charger: Charger, at: datetime, ids: Ids) -> None:
    """A charger that booted may have forgotten it."""
    for number in charger.out_of_use:
        enqueue_order(store, charger.id, SetAvailability(number, False), at, ids, f"use/{charger.id}/{number}/{ids.new(at)}")


def use_answered(store: Store, charger_id: ChargerId, order: SetAvailability, outcome: Outcome) -> None:
    """If the order may not have arrived, it counts as never sent."""
    charger = store.stations.charger(charger_id)
    if charger is not None and outcome in (Outcome.UNREACHABLE, Outcome.UNANSWERED):
        store.stations.put_charger(charger.with_availability(order.evse_number, not order.operative))


def _tell(store: Store, charger: Charger, evse: Evse, in_use: bool, at: datetime, ids: Ids) -> Charger:
    after = charger.with_availability(evse.number, in_use)
    store.stations.put_charger(after)
    cause = f"use/{evse.id}/{ids.new(at)}"
    enqueue_order(store, charger.id, SetAvailability(evse.number, in_use), at, ids, cause)
    if in_use:
        # It was out of use because of our order. Whether it also is for a reason of its own, only the charger can say.
        socket = store.stations.socket(evse.id)
        if socket.state is ConnectorState.UNAVAILABLE:
            put_socket(store, evse, replace(socket, state=ConnectorState.UNKNOWN), at)
        enqueue_order(store, charger.id, ReportMeter(evse.number, "STATUS"), at, ids, f"{cause}/look")
    return after
