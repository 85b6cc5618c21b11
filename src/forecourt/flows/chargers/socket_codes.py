"""Codes printed at sockets: each leads to its price, and to the payment form."""

from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import NotFound, OperatorId, SiteId
from forecourt.stations import Evse, EvseCode, code_from, read_code


def socket_by_code(store: Store, code: str) -> Evse:
    """The EVSE at which a code is printed."""
    found = store.guests.code(read_code(code))
    evse = store.stations.evse(found.evse_id) if found else None
    if evse is None or evse.retired_at is not None:
        raise NotFound("code", "This code does not belong to a socket, or no longer does.", "Scan the code on the socket again.")
    return evse


def give_codes(store: Store, by: Staff, site_id: SiteId) -> int:
    """Make codes for the site's sockets without one. Returns how many."""
    site = site_for_update(store, by, site_id)
    known = {one.evse_id for one in store.guests.codes(site_id)}
    without_code = [one for one in store.stations.evses(site_id) if one.id not in known and one.retired_at is None]
    for evse in without_code:
        store.guests.put_code(_fresh_code(evse, by))
    if without_code:
        note(store, by, "site.codes", site.slug, f"{len(without_code)} sockets")
    return len(without_code)


def new_code(store: Store, by: Staff, evse_id: UUID) -> EvseCode:
    """Make another code for a socket; the printed one becomes invalid."""
    found = next((one for one in _evses(store, by.operator_id) if one.id == evse_id), None)
    if found is None:
        raise NotFound("socket", "There is no such socket.")
    code = _fresh_code(found, by)
    store.guests.put_code(code)
    note(store, by, "socket.code", found.label, "the old code no longer works")
    return code


def _evses(store: Store, operator_id: OperatorId) -> list[Evse]:
    return [evse for site in store.stations.sites(operator_id) for evse in store.stations.evses(site.id)]


def _fresh_code(evse: Evse, by: Staff) -> EvseCode:
    return EvseCode(code_from(by.ids.new(by.at).int), evse.operator_id, evse.site_id, evse.id, by.at)
