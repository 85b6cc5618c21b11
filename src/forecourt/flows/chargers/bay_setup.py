"""The operator's description of a bay, by which drivers search and which bookings promise them."""

from dataclasses import replace

from forecourt.flows.bookings.service_changes import unkeepable_bookings
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, EvseId
from forecourt.stations import BayTraits, Evse


def describe_bay(store: Store, by: Staff, evse_id: EvseId, bay: BayTraits) -> Evse:
    """Takes effect at once. Raises Conflict if it would take away what a booking promised; repeating it changes nothing."""
    site = site_for_update(store, by, store.stations.evse(evse_id).site_id)
    evse = store.stations.evse(evse_id)
    if evse.bay == bay:
        return evse
    lost_anyway = unkeepable_bookings(store, site, {evse.kind}, by)
    described = replace(evse, bay=bay)
    store.stations.put_evse(described)
    unkeepable = unkeepable_bookings(store, site, {evse.kind}, by) - lost_anyway
    if unkeepable:
        raise Conflict(
            "bay_promised",
            f"{len(unkeepable)} booking{'s' if len(unkeepable) > 1 else ''} could no longer get a bay with the features promised.",
            "Cancel them first, or give another bay these features.",
        )
    note(store, by, "socket.bay", evse.label, f"{_words(evse.bay)} → {_words(bay)}")
    return described


def _words(bay: BayTraits) -> str:
    height = [f"up to {bay.max_height_cm} cm"] if bay.max_height_cm else []
    return ", ".join([*(one.replace("_", " ") for one in bay.features), *height]) or "none"
