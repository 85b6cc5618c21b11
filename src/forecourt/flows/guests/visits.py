"""Charging without an account: scan the code, see the price, put up a hold, charge, pay."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Driver, GuestVisit, PayBy
from forecourt.flows.chargers.socket_codes import socket_by_code
from forecourt.flows.charging.starting import ask_to_stop, check_startable
from forecourt.flows.paying.guest_payments import request_hold
from forecourt.flows.paying.pay import expected_hold
from forecourt.flows.ports.store import Store
from forecourt.flows.power.random_delay import skip_random_delay
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import guest_price_reason, price_for
from forecourt.kernel import Conflict, DriverId, Ids, NotFound, TariffVersionId
from forecourt.notices import LANGUAGES, mail_address
from forecourt.stations import Evse
from forecourt.tariffs import ChosenPrice

# No more people than this are in front of one socket.
MAX_OPEN_VISITS = 8


def price_for_guest(store: Store, evse: Evse, at: datetime) -> ChosenPrice:
    """The price for a driver without a contract. Raises Conflict "no_price" if there is none."""
    return price_for(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, None, at), at)


def check_open(store: Store, evse: Evse, at: datetime) -> None:
    """Raises Conflict if a guest cannot start a charge: in use, reserved, out of order, out of reach, or others are starting."""
    charger = store.stations.charger(evse.charger_id)
    if charger is None or not charger.connected:
        raise Conflict(
            "socket_offline",
            "{socket} is offline, so it cannot be started from here.",
            "Choose another bay.",
            socket=evse.label,
        )
    check_startable(store, evse, NOBODY, None, at)


# A placeholder for a future guest, who has no booking, hold or place in a queue.
NOBODY = DriverId(UUID(int=0))


def open_visit(store: Store, code: str, digest: bytes, seen: TariffVersionId, at: datetime, ids: Ids) -> GuestVisit:
    """Someone has seen the price and wants to charge: request the processor's page for putting up a hold.

    seen: the version whose price was shown. A known digest returns its visit: the form was sent twice.
    """
    evse = socket_by_code(store, code)
    known = store.guests.by_digest(digest)
    if known is not None:
        return known
    chosen = price_for_guest(store, evse, at)
    if chosen.version.id != seen:
        raise Conflict("price_changed", "The price has changed since you opened the page.", "Check the new price.")
    check_open(store, evse, at)
    open_requests = [one for one in store.payments.open_holds(evse.operator_id) if one.evse_id == evse.id and one.session_id is None]
    if len(open_requests) >= MAX_OPEN_VISITS:
        raise Conflict("many_paying", "Someone else is paying for {socket} right now.", "Try again in a few minutes.", socket=evse.label)
    driver = Driver(DriverId(ids.new(at)), evse.operator_id, "Guest", "", pay_by=PayBy.CARD, guest=True)
    store.drivers.put_driver(driver)
    identity = (evse.operator_id, evse.site_id, evse.id, driver.id)
    visit = GuestVisit(ids.new(at), *identity, digest, chosen.version.id, guest_price_reason(chosen), at)
    store.guests.put_visit(visit)
    request_hold(store, visit, expected_hold(store, None, evse, at), None, at, ids)
    return visit


def address_guest(store: Store, visit: GuestVisit, language: str, address: str, form: bytes) -> None:
    """Set the language of the guest's bill, and the address for it and emails; empty = none. form: the value from which their link is
    derived (`visit_secret`). Raises BadInput for an invalid address."""
    driver = replace(store.drivers.driver(visit.driver_id), language=language if language in LANGUAGES else LANGUAGES[0])
    if address.strip():
        store.guests.put_visit(replace(visit, email_seed=form))
        driver = replace(driver, email=mail_address(address))
    store.drivers.put_driver(driver)


def visit_of(store: Store, digest: bytes) -> GuestVisit:
    visit = store.guests.by_digest(digest)
    if visit is None:
        raise NotFound("visit", "We cannot find this charge.", "Open the link we gave you, or scan the code at the bay.")
    return visit


def stop_visit(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> None:
    """Order the stop of the guest's charge, as for a driver with an account."""
    for session in store.sessions.open_of(visit.driver_id):
        ask_to_stop(store, session, at, ids)


def visit_at_once(store: Store, visit: GuestVisit, at: datetime) -> None:
    """At the guest's request, end the random start delay for the charge. Raises NotFound if no charge runs."""
    session = next(iter(store.sessions.open_of(visit.driver_id)), None)
    if session is None:
        raise NotFound("session", "Your charge is not running.", "Check your charge.")
    skip_random_delay(store, visit.driver_id, session.id, at)
