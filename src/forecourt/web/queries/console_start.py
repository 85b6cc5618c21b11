"""Starting a charge for a driver from the console: the matching sockets, the hold, and the charger's response to the last start."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from forecourt.drivers import PayBy
from forecourt.flows.chargers import socket_by_code
from forecourt.flows.charging import start_order
from forecourt.flows.paying import expected_hold
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, DriverId, EvseId, Money, NotFound, OperatorId
from forecourt.stations import Evse, Outcome
from forecourt.web.queries.bay_states import bay_states
from forecourt.web.views.bays import BayState

_MAX_CHARGERS = 20
_FAILURE_REASONS = {Outcome.UNREACHABLE: "it is offline", Outcome.UNANSWERED: "it did not answer", Outcome.REJECTED: "it refused"}


@dataclass(frozen=True, slots=True)
class StartOption:
    """A socket that matches what was typed. hold: the amount held first; None if the monthly account pays, or if there is no price: `lacks`
    says why."""

    evse_id: str
    label: str
    site: str
    charger: str
    state: BayState
    hold: Money | None
    lacks: str = ""


def find_sockets(store: Store, operator_id: OperatorId, text: str) -> tuple[Evse, ...]:
    """Matches the label at the bay, at any site, or the code printed there; excludes those out of service for good."""
    search_text = "".join(sign for sign in text if sign.isprintable()).strip()[:60]
    matches = list(store.lookup.evses(operator_id, search_text, _MAX_CHARGERS)) if search_text else []
    found = {one.id: one for one in (*matches, *_coded(store, search_text)) if one.operator_id == operator_id and one.retired_at is None}
    return tuple(found.values())


def start_options(store: Store, driver_id: DriverId, sockets: tuple[Evse, ...], at: datetime) -> tuple[StartOption, ...]:
    return tuple(_start_here(store, driver_id, one, at) for one in sockets)


def start_outcome(store: Store, driver_id: DriverId, evse_id: EvseId, at: datetime) -> str:
    """The outcome of the last start there; empty if there is none, or the charge is running."""
    evse = store.stations.evse(evse_id)
    order, running = start_order(store, driver_id, evse, at), store.sessions.open_on(evse.id)
    if order is None or (running is not None and running.driver_id == driver_id):
        return ""
    if order.done_at is None:
        return f"Asking the charger of {evse.label} to start."
    if order.outcome.startswith(Outcome.ACCEPTED):
        return f"The charger of {evse.label} accepted. Plug in the car."
    reason = next((words for outcome, words in _FAILURE_REASONS.items() if order.outcome.startswith(outcome)), order.outcome.lower())
    return f"The charger of {evse.label} did not start the charge: {reason}."


def _start_here(store: Store, driver_id: DriverId, evse: Evse, at: datetime) -> StartOption:
    driver, obstacle, hold = store.drivers.driver(driver_id), "", None
    try:
        hold = expected_hold(store, driver_id, evse, at) if driver.pay_by is not PayBy.ACCOUNT else None
    except Conflict as error:
        obstacle = str(error.message)
    site = store.stations.site(evse.site_id)
    return StartOption(str(evse.id), evse.label, site.name, evse.charger_id, bay_states(store, site.id)[evse.id], hold, obstacle)


def _coded(store: Store, text: str) -> Iterator[Evse]:
    try:
        yield socket_by_code(store, text)
    except NotFound:
        return
