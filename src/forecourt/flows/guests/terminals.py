"""A card is shown at a charger's own terminal: its hold is looked up at the processor first, then a guest charge begins.

The terminal placed the hold; the bill is issued by us, as for every guest, and charged to that hold.
"""

from collections.abc import Sequence
from datetime import datetime

from forecourt.drivers import Driver, GuestVisit, PayBy, Token, TokenKind, terminal_token
from forecourt.flows.chargers.setup import sockets_of_charger
from forecourt.flows.charging.starting import check_startable
from forecourt.flows.desk.quarantine import quarantine_charger
from forecourt.flows.guests.visits import NOBODY, price_for_guest
from forecourt.flows.paying.hold_guard import STOPS_WITHIN
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import expected_usage, guest_price_reason
from forecourt.kernel import Conflict, DriverId, Ids, Money, Refused, Span
from forecourt.payments import PAYER_PRESENT, Adopt, Payer, ProcessorRecord, Rejected, Unanswered, adopt_terminal_hold, terminal_payment_id
from forecourt.stations import CardPresented, Charger, ConnectorState, Evse
from forecourt.tariffs import ChosenPrice, rate


def terminal_lookup(store: Store, card: CardPresented) -> Adopt | None:
    """What to look up for a reference that is not a token of ours; None: refuse it without a look-up."""
    charger = store.stations.charger(card.charger_id)
    if charger is None or charger.operator_id != card.operator_id or not charger.takes_terminal:
        return None
    adopt = Adopt(terminal_payment_id(card.operator_id, card.reference), card.reference)
    return None if store.payments.payment(adopt.payment_id) else adopt


def terminal_held(
    store: Store, card: CardPresented, found: ProcessorRecord | Rejected | Unanswered, digest: bytes, at: datetime, ids: Ids
) -> bool:
    """Whether a charge may begin from the hold. digest: SHA-256 of the secret in the visit's link. If not, the terminal releases the hold,
    and the operator is told why."""
    charger = store.stations.charger(card.charger_id)
    if charger is None or not charger.takes_terminal:
        return False
    sockets = _lock_sockets(store, charger)
    if store.payments.payment(terminal_payment_id(card.operator_id, card.reference)):
        return True  # of concurrent look-ups the first one wins
    driver = Driver(DriverId(ids.new(at)), card.operator_id, "Guest", "", pay_by=PayBy.CARD, guest=True)
    try:
        record = _record(found)
        evse, chosen = _place(store, sockets, record.held, at)
        transition = adopt_terminal_hold(Payer(driver.operator_id, driver.id, PAYER_PRESENT), evse.id, record, at)
    except Refused as refusal:
        text = f"A card held to the terminal of {charger.id} did not start a charge: {refusal.text}"
        quarantine_charger(store, charger.id, at, "terminal_refused", text)
        return False
    identity, price = (evse.operator_id, evse.site_id, evse.id, driver.id), (chosen.version.id, guest_price_reason(chosen))
    store.drivers.put_driver(driver)
    store.guests.put_visit(GuestVisit(ids.new(at), *identity, digest, *price, at, terminal=charger.id))
    token = Token(terminal_token(card.reference), evse.operator_id, driver.id, TokenKind.GUEST, valid_until=record.expires_at)
    store.drivers.put_token(token)
    store_transition(store, transition, at, ids)
    return True


def _record(found: ProcessorRecord | Rejected | Unanswered) -> ProcessorRecord:
    if isinstance(found, ProcessorRecord):
        return found
    problem = found.code if isinstance(found, Rejected) else found.error
    raise Conflict("not_found", "the processor has no open, unused hold with that reference ({what}).", what=problem)


def _place(store: Store, sockets: Sequence[Evse], held_amount: Money, at: datetime) -> tuple[Evse, ChosenPrice]:
    """A socket where a charge may begin, and its price, for which the hold must suffice."""
    evse = _socket(store, sockets, at)
    chosen = price_for_guest(store, evse, at)
    min_hold = _least(store, evse, chosen, at)
    if held_amount.currency != min_hold.currency:
        raise Conflict("other_currency", "{held} was held, but the price is in {currency}.", held=held_amount, currency=min_hold.currency)
    if held_amount <= min_hold:
        raise Conflict("held_too_little", "{held} was held, but a charge needs more than {least}.", held=held_amount, least=min_hold)
    return evse, chosen


def _lock_sockets(store: Store, charger: Charger) -> list[Evse]:
    """Lock the pools of the charger's sockets. Those with a car plugged in come first: its driver is most likely the payer,
    and the terminal does not say which socket was meant."""
    sockets = [one for one in sockets_of_charger(store, charger) if one.retired_at is None]
    for kind in sorted({one.kind for one in sockets}):
        store.bookings.lock_pool(sockets[0].site_id, kind)
    return sorted(sockets, key=lambda one: (store.stations.socket(one.id).state is not ConnectorState.OCCUPIED, one.number))


def _socket(store: Store, sockets: Sequence[Evse], at: datetime) -> Evse:
    """The first socket at which a guest could begin. If there is none, raises the refusal of the last one."""
    refusal: Refused = Conflict("no_socket", "the charger has no socket.")
    for evse in sockets:
        try:
            check_startable(store, evse, NOBODY, None, at)
        except Refused as refused:
            refusal = refused
        else:
            return evse
    raise refusal


def _least(store: Store, evse: Evse, chosen: ChosenPrice, at: datetime) -> Money:
    """The possible cost of a charge that is stopped at once, until the stop takes effect: with a smaller hold none can begin."""
    energy_wh = evse.max_power_w * STOPS_WITHIN.seconds // 3600
    usage = expected_usage(Span(at, at + STOPS_WITHIN), energy_wh, evse.max_power_w, store.stations.site(evse.site_id).zone)
    return rate(chosen.version.tariff, usage).gross
