"""A charger nobody knew named itself: an operator lets it in, with its sockets, or not."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.flows.charging.boot import spread_fallback
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.papers import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, ChargerId, Conflict, EvseId, Ids, NotFound, OperatorId, SiteId
from forecourt.stations import Approval, Charger, Evse


@dataclass(frozen=True, slots=True)
class Admission:
    """What stands at the bay: `sockets` alike ones of max_a amps; actor: the account that lets it in."""

    charger_id: ChargerId
    site_id: SiteId
    sockets: int
    standard: str
    kind: str
    phases: tuple[str, ...]
    voltage_v: int
    max_a: int
    actor: str


def admit_charger(store: Store, admission: Admission, at: datetime, ids: Ids) -> Charger:
    """Approve it and make its EVSEs; what it says from now on counts."""
    if not 1 <= admission.sockets <= 16:
        raise BadInput("sockets", f"{admission.sockets} sockets at one charger?", "Give 1 to 16.")
    site = store.stations.site(admission.site_id)
    charger = _known(store, admission.charger_id, site.operator_id)
    if charger.approval is Approval.APPROVED:
        raise Conflict("approved_already", f"{charger.id} is approved already.")
    approved = replace(charger, approval=Approval.APPROVED, operator_id=site.operator_id, site_id=site.id)
    store.stations.put_charger(approved)
    for number in range(1, admission.sockets + 1):
        label = charger.id if admission.sockets == 1 else f"{charger.id}-{number}"
        if store.stations.evse_at(charger.id, number) is None:
            store.stations.put_evse(_evse(admission, site.operator_id, EvseId(ids.new(at)), number, label))
    spread_fallback(store, site.id, at, ids)
    store.audit.add(AuditEntry(ids.new(at), site.operator_id, at, admission.actor, "charger.approve", charger.id, f"at {site.name}"))
    return approved


def refuse_charger(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """It stays listed and gets no service; it can be approved later."""
    charger = replace(_known(store, charger_id, by.operator_id), approval=Approval.REFUSED)
    store.stations.put_charger(charger)
    note(store, by, "charger.refuse", charger.id)
    return charger


def _known(store: Store, charger_id: ChargerId, operator_id: OperatorId) -> Charger:
    """One that nobody has yet, or the operator's own: another's does not exist."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.operator_id not in (None, operator_id):
        raise NotFound("charger", f"No charger named {charger_id!r} has called.", "Check the name in its settings.")
    return charger


def _evse(admission: Admission, operator_id: OperatorId, evse_id: EvseId, number: int, label: str) -> Evse:
    return Evse(
        evse_id,
        operator_id,
        admission.site_id,
        admission.charger_id,
        number,
        label,
        admission.standard,
        admission.kind,
        admission.phases,
        admission.voltage_v,
        admission.max_a,
    )
