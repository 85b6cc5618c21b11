"""A charger enters service (added, or approved after identifying itself), gets another password, or is retired for good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from forecourt.flows.bookings.service_changes import keep_with_remaining_sockets, unkeepable_bookings
from forecourt.flows.chargers.history import put_socket, restart_history
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import own_site, site_for_update
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.power.fallbacks import update_fallbacks
from forecourt.kernel import BadInput, ChargerId, Conflict, EvseId, NotFound, SiteId
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Protocol, Reconnect, Site, Socket, SocketDetails

MAX_SOCKETS = 16


@dataclass(frozen=True, slots=True)
class ChargerDetails:
    """Where it is and what it has, in order of socket number. protocol: assumed until it reports its own.

    again: allow changing the details of one already in service.
    """

    id: ChargerId
    site_id: SiteId
    sockets: tuple[SocketDetails, ...]
    protocol: Protocol = Protocol.OCPP16
    again: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.sockets) <= MAX_SOCKETS:
            raise BadInput("sockets", f"A charger cannot have {len(self.sockets)} sockets.", f"Enter 1 to {MAX_SOCKETS}.")

    def label(self, number: int) -> str:
        """The socket's name at the site."""
        return self.id if len(self.sockets) == 1 else f"{self.id}-{number}"


def add_charger(store: Store, by: Staff, wanted: ChargerDetails, secret_hash: str = "") -> Charger:
    """In service from its next message. secret_hash: of its password; empty = unchanged. Raises BadInput if the name is taken."""
    site = site_for_update(store, by, wanted.site_id)
    if site.ended(by.at):
        raise BadInput("site", f"{site.name} has closed for good.", "Choose another site.")
    known = store.stations.charger(wanted.id)
    _check_free(known, by, wanted)
    _check_labels(store, site, wanted)
    charger = known or Charger(wanted.id, Approval.PENDING, protocol=wanted.protocol)
    in_service = known is not None and known.approval is Approval.APPROVED
    charger = charger if in_service else restart_history(charger, by.at)
    charger = replace(charger, approval=Approval.APPROVED, operator_id=site.operator_id, site_id=site.id)
    store.stations.put_charger(charger)
    for number, socket in enumerate(wanted.sockets, start=1):
        store.stations.put_evse(_evse(store, by, site, wanted, (number, socket)))
    if secret_hash:
        store.stations.put_secret_hash(charger.id, secret_hash)
    update_fallbacks(store, site.id, by.at, by.ids)
    waited = known is not None and not in_service
    note(store, by, "charger.approve" if waited else "charger.add", charger.id, f"at {site.name}, {_words(wanted.sockets)}")
    return charger


def refuse_charger(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """Refuse service to a waiting charger. It stays listed and can be approved later."""
    known = store.stations.charger(charger_id)
    if known is None or known.operator_id not in (None, by.operator_id):
        raise NotFound("charger", f"No charger named {charger_id!r} has tried to connect.", "Check the name in its settings.")
    if known.site_id is not None:
        raise Conflict("in_service", f"{charger_id} is or was in service.", "Take it out of service instead.")
    charger = replace(known, approval=Approval.REFUSED)
    store.stations.put_charger(charger)
    note(store, by, "charger.refuse", charger.id)
    return charger


def renew_password(store: Store, by: Staff, charger_id: ChargerId, secret_hash: str) -> Charger:
    """From its next connection only this password is valid; the current connection stays. A charger that has used a certificate can then
    use either: a person may go back to a password, a charger may not."""
    charger = serving(store, by, charger_id)
    store.stations.put_charger(replace(charger, last_connection=replace(charger.last_connection, profile=None)))
    store.stations.put_secret_hash(charger.id, secret_hash)
    note(store, by, "charger.password", charger.id)
    return charger


def retire_charger(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """Refuse the charger's connections for good, and end the current one; its sockets are history.

    Bookings are moved to the remaining sockets, or cancelled at once.
    Raises Conflict while a car charges there: that charge would never be billed.
    """
    store.prices.lock(by.operator_id)
    charger = serving(store, by, charger_id)
    sockets = sockets_of_charger(store, charger)
    if any(store.sessions.open_on(evse.id) for evse in sockets):
        raise Conflict("charging", f"A car is charging at {charger.id}.", "Take it out of service when that charge has ended.")
    site, kinds = own_site(store, by, charger.site_id), {evse.kind for evse in sockets}
    lost_anyway = unkeepable_bookings(store, site, kinds, by)
    if charger.connected:
        enqueue_order(store, charger.id, Reconnect(), by.at, by.ids, f"retire/{charger.id}")
    for evse in sockets:
        store.stations.put_evse(replace(evse, retired_at=by.at))
        put_socket(store, evse, Socket(evse.id, ConnectorState.UNAVAILABLE, at=by.at), by.at)
    retired = replace(charger, approval=Approval.RETIRED)
    store.stations.put_charger(retired)
    update_fallbacks(store, site.id, by.at, by.ids)  # what it might have drawn is available to the others
    keep_with_remaining_sockets(store, site, kinds, by, lost_anyway)
    note(store, by, "charger.retire", charger.id)
    return retired


def serving(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """The operator's own charger, which must be in service. Raises otherwise."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.operator_id != by.operator_id or charger.approval is not Approval.APPROVED:
        raise NotFound("charger", "There is no such charger.")
    return charger


def sockets_of_charger(store: Store, charger: Charger) -> list[Evse]:
    evses = store.stations.evses(charger.site_id) if charger.site_id else ()
    return [evse for evse in evses if evse.charger_id == charger.id]


def _check_free(known: Charger | None, by: Staff, wanted: ChargerDetails) -> None:
    """A name belongs to one charger in the whole network, for good."""
    if known is None:
        return
    if known.operator_id not in (None, by.operator_id):
        raise BadInput("id", f"There is already a charger named {known.id}.", "Choose another name.")
    if known.approval is Approval.RETIRED:
        raise BadInput("id", f"{known.id} was taken out of service for good, and its bills keep that name.", "Choose another name.")
    if known.approval is Approval.APPROVED and not wanted.again:
        raise BadInput("id", f"{known.id} is already in service.", "Find it under Chargers.")
    if known.site_id not in (None, wanted.site_id):
        raise BadInput("site", f"{known.id} is at another site.", "Choose another name.")


def _check_labels(store: Store, site: Site, wanted: ChargerDetails) -> None:
    """Socket labels must be unique, as limits and maintenance use them."""
    used_labels = {evse.label for evse in store.stations.evses(site.id) if evse.charger_id != wanted.id}
    for number in range(1, len(wanted.sockets) + 1):
        if wanted.label(number) in used_labels:
            raise BadInput("id", f"{site.name} already has a socket {wanted.label(number)}.", "Choose another name for the charger.")


def _evse(store: Store, by: Staff, site: Site, wanted: ChargerDetails, one: tuple[int, SocketDetails]) -> Evse:
    number, socket = one
    known = store.stations.evse_at(wanted.id, number)
    return Evse(
        id=known.id if known else EvseId(by.ids.new(by.at)),
        operator_id=site.operator_id,
        site_id=site.id,
        charger_id=wanted.id,
        number=number,
        label=wanted.label(number),
        standard=socket.standard,
        kind=socket.name,
        phases=socket.phases,
        voltage_v=socket.voltage_v,
        max_a=socket.max_a,
        meter_key=socket.meter_key,
    )


def _words(sockets: Sequence[SocketDetails]) -> str:
    return ", ".join(f"{sum(other.name == name for other in sockets)} x {name}" for name in sorted({one.name for one in sockets}))
