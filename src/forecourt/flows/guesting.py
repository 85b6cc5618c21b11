"""A charge without an account: scan the code, see the price, put up a hold, charge, pay."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import Driver, GuestVisit, PayBy
from forecourt.flows.audit import Staff, note
from forecourt.flows.buying import buyer_of
from forecourt.flows.orders import order
from forecourt.flows.pay import expected_hold, keep, lacking, look_up, release
from forecourt.flows.ports import Store
from forecourt.flows.price_finding import price_for
from forecourt.flows.starting import check_startable
from forecourt.kernel import Conflict, DriverId, Ids, Money, NotFound, OperatorId, PaymentId, SessionId, SiteId, TariffVersionId
from forecourt.notices import mail_address
from forecourt.payments import PRESENT, AtPayer, Held, HoldAsked, Payer, Payment, Unknown, begin_hold, tie
from forecourt.stations import Evse, EvseCode, StopCharge, code_from, read_code
from forecourt.tariffs import Chosen

# More people than that do not stand before one socket.
MOST_AT_ONCE = 8


def socket_by_code(store: Store, code: str) -> Evse:
    """The EVSE where a code is printed."""
    found = store.guests.code(read_code(code))
    if found is None:
        raise NotFound("code", "This code does not belong to a socket (any more).", "Scan the code at the socket again.")
    return store.stations.evse(found.evse_id)


def price_for_guest(store: Store, evse: Evse, at: datetime) -> Chosen:
    """The price of somebody without a contract. Raises Conflict "no_price" where there is none."""
    return price_for(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, None, at), at)


def check_open(store: Store, evse: Evse, at: datetime) -> None:
    """Raises Conflict where a guest cannot start a charge: in use, reserved, out of order, out of reach, others are starting."""
    charger = store.stations.charger(evse.charger_id)
    if charger is None or not charger.connected:
        raise Conflict(
            "socket_offline", f"{evse.label} has no contact with us, so it cannot be started from here.", "Choose another socket."
        )
    check_startable(store, evse, NOBODY, None, at)


# Whoever a guest will be: nobody's booking, hold or place in a queue is theirs.
NOBODY = DriverId(UUID(int=0))


def open_visit(store: Store, code: str, digest: bytes, seen: TariffVersionId, at: datetime, ids: Ids) -> GuestVisit:
    """Somebody has seen the price and wants to charge: ask the processor for the page where a hold is put up.

    seen: the version whose price was shown. A digest that is known gives its visit again: the form was sent twice.
    """
    evse = socket_by_code(store, code)
    known = store.guests.by_digest(digest)
    if known is not None:
        return known
    chosen = price_for_guest(store, evse, at)
    if chosen.version.id != seen:
        raise Conflict("price_changed", "The price has changed since you opened the page.", "Look at it again.")
    check_open(store, evse, at)
    asked = [one for one in store.payments.open_holds(evse.operator_id) if one.evse_id == evse.id and one.session_id is None]
    if len(asked) >= MOST_AT_ONCE:
        raise Conflict("many_paying", f"Others are paying for {evse.label} right now.", "Try again in a few minutes.")
    driver = Driver(DriverId(ids.new(at)), evse.operator_id, "Guest", "", pay_by=PayBy.CARD)
    store.drivers.put_driver(driver)
    because = f"{chosen.because}, as shown before paying".removeprefix(", ")
    place = (evse.operator_id, evse.site_id, evse.id, driver.id)
    visit = GuestVisit(ids.new(at), *place, digest, chosen.version.id, because, at)
    store.guests.put_visit(visit)
    _ask(store, visit, expected_hold(store, None, evse, at), None, at, ids)
    return visit


def mail_guest(store: Store, visit: GuestVisit, address: str) -> None:
    """Where the guest wants the receipt. Raises BadInput for what is no address."""
    store.drivers.put_driver(replace(store.drivers.driver(visit.driver_id), email=mail_address(address)))


def visit_of(store: Store, digest: bytes) -> GuestVisit:
    visit = store.guests.by_digest(digest)
    if visit is None:
        raise NotFound("visit", "There is no such charge.", "Open the link you were given, or scan the code at the socket.")
    return visit


def payments_of(store: Store, visit: GuestVisit) -> tuple[Payment, ...]:
    """Oldest first."""
    return tuple(reversed(store.payments.of_driver(visit.driver_id)))


def session_of(store: Store, visit: GuestVisit) -> SessionId | None:
    """The charge of a visit, running or ended."""
    for session in store.sessions.open_of(visit.driver_id):
        return session.id
    return next((record.session_id for record in store.sessions.records_of(visit.driver_id, 1)), None)


def hold_more(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> Payment:
    """Ask for another hold: as much again while the charge runs, what is lacking of the bill after it. One at a time."""
    session_id = session_of(store, visit)
    if session_id is None:
        raise Conflict("not_charging", "The charge has not begun.", "Top up once it runs.")
    waiting = next((one for one in payments_of(store, visit) if waits_for_payer(one)), None)
    if waiting is not None:
        return waiting
    if store.sessions.session(session_id) is not None:
        amount = expected_hold(store, None, store.stations.evse(visit.evse_id), at)
    else:
        amount = owed(store, session_id)
        if amount.minor <= 0:
            raise Conflict("nothing_owed", "Nothing is lacking.")
    return _ask(store, visit, amount, session_id, at, ids)


def owed(store: Store, session_id: SessionId) -> Money:
    """What the invoice of a charge lacks, nothing once it was credited; Conflict while it is being made."""
    invoice = next(iter(store.documents.of_session(session_id)), None)
    if invoice is None:
        raise Conflict("not_billed", "The bill is being made.", "Try again in a moment.")
    return Money.zero(invoice.currency) if store.documents.correcting(invoice.id) else lacking(store, invoice)


def leave(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> None:
    """The guest does not want to pay after all. A hold that stands stays: the charger is being asked already."""
    for payment in payments_of(store, visit):
        if waits_for_payer(payment):
            release(store, payment.id, "not wanted", at, ids)


def stop_visit(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> None:
    """Ask the charger to stop the guest's charge; pressed again after a minute, it is asked again."""
    for session in store.sessions.open_of(visit.driver_id):
        order(store, session.charger_id, StopCharge(session.transaction), at, ids, f"stop/{session.id}/guest/{int(at.timestamp()) // 60}")


def came_back(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> None:
    """The payer returns from the processor's page: its record is read now, should its news be late or lost."""
    for payment in payments_of(store, visit):
        if isinstance(payment.state, AtPayer):
            look_up(store, payment, f"{payment.id}/back/{int(at.timestamp()) // 10}", at, ids)


def waits_for_payer(payment: Payment) -> bool:
    state = payment.state.pending if isinstance(payment.state, Unknown) else payment.state
    return isinstance(state, AtPayer) or (isinstance(state, HoldAsked) and not state.unwanted)


def stands(payment: Payment) -> bool:
    return isinstance(payment.state, Held)


def give_codes(store: Store, by: Staff, site_id: SiteId) -> int:
    """A code for every socket of a site that has none. How many were made."""
    site = store.stations.site(site_id)
    if site.operator_id != by.operator_id:
        raise NotFound("site", "There is no such site.")
    known = {one.evse_id for one in store.guests.codes(site_id)}
    fresh = [one for one in store.stations.evses(site_id) if one.id not in known]
    for evse in fresh:
        store.guests.put_code(_fresh_code(evse, by))
    if fresh:
        note(store, by, "site.codes", site.slug, f"{len(fresh)} sockets")
    return len(fresh)


def new_code(store: Store, by: Staff, evse_id: UUID) -> EvseCode:
    """Another code for a socket; the one printed there leads nowhere from now on."""
    found = next((one for one in _evses(store, by.operator_id) if one.id == evse_id), None)
    if found is None:
        raise NotFound("socket", "There is no such socket.")
    code = _fresh_code(found, by)
    store.guests.put_code(code)
    note(store, by, "socket.code", found.label, "the old code is out of use")
    return code


def _evses(store: Store, operator_id: OperatorId) -> list[Evse]:
    return [evse for site in store.stations.sites(operator_id) for evse in store.stations.evses(site.id)]


def _fresh_code(evse: Evse, by: Staff) -> EvseCode:
    return EvseCode(code_from(by.ids.new(by.at).int), evse.operator_id, evse.site_id, evse.id, by.at)


def _ask(store: Store, visit: GuestVisit, amount: Money, session_id: SessionId | None, at: datetime, ids: Ids) -> Payment:
    payer = Payer(visit.operator_id, visit.driver_id, PRESENT)
    moved = begin_hold(payer, PaymentId(ids.new(at)), visit.evse_id, amount, at)
    payment = keep(store, moved, at, ids)
    if session_id is None:
        return payment
    tied = tie(payment, session_id)
    store.payments.put(tied)
    return tied
