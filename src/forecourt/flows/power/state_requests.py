"""Questions to chargers that come back after a long silence: whether a car is charging that nobody has heard of."""

from datetime import datetime, timedelta

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.power.charge_start import OFFLINE_FOR, STATE_REPORTED_WITHIN, has_reported
from forecourt.flows.power.site_power import SiteState
from forecourt.kernel import Ids
from forecourt.stations import ReportMeter

# Most report by themselves.
REQUEST_AFTER = timedelta(minutes=1)


def request_states(store: Store, view: SiteState, at: datetime, ids: Ids) -> None:
    """Once per return: request the state of sockets without a charge that the charger has not reported since."""
    found = {one.id: one.contact.back_from(one.connected, OFFLINE_FOR) for one in view.chargers.values()}
    returned = {
        charger_id: since
        for charger_id, since in found.items()
        if since is not None and REQUEST_AFTER <= at - since < STATE_REPORTED_WITHIN
    }
    if not returned:
        return
    sockets = {socket.evse_id: socket for socket in store.stations.sockets(view.site.id)}
    for evse in view.evses:
        since = returned.get(evse.charger_id)
        if since is None or evse.retired_at is not None or evse.id in view.sessions or has_reported(sockets.get(evse.id), since):
            continue
        enqueue_order(store, evse.charger_id, ReportMeter(evse.number, "STATUS"), at, ids, f"status/{evse.id}/{since:%Y-%m-%dT%H:%M:%S}")
