"""Move a card to another driver: past charges stay with the former driver, and so do their bookings."""

from dataclasses import replace

from forecourt.drivers import NO_LIMITS, PastHolder, Token, TokenStatus, token_uid
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.enrolling import own_driver
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, NotFound, TokenUid
from forecourt.reservations import Bound


def move_card(store: Store, by: Staff, driver_id: DriverId, uid: str, label: str) -> Token:
    """Give the card to this driver, without a fleet's cost centre and limits; if it was blocked, it stays blocked.

    A charge that began before and is reported later is the former driver's. Raises NotFound if no driver of the operator has it, Conflict
    if it is being used for a charge, or a bay is reserved for it at this moment.
    """
    store.prices.lock(by.operator_id)  # like everything that gives or blocks cards
    driver, before = own_driver(store, by, driver_id), store.drivers.token(by.operator_id, token_uid(uid))
    if before is None or not before.is_physical:
        raise NotFound("card", "No driver has that card.", "Add it as a new card.")
    if before.driver_id == driver.id:
        return before
    holder_before = store.drivers.driver(before.driver_id)
    if any(one.token == before.uid for one in store.sessions.open_of(holder_before.id)):
        raise Conflict("card_charging", f"{holder_before.name} is charging with this card.", "Stop the charge first.")
    _free(store, before)
    past = (*before.before, PastHolder(holder_before.id, by.at, before.cost_centre))
    status = TokenStatus.BLOCKED if before.blocked else TokenStatus.ACTIVE
    card = replace(before, driver_id=driver.id, status=status, label=label.strip()[:40], cost_centre="", limits=NO_LIMITS)
    card = replace(card, blocked_by=None, disputed=(), before=past)
    store.drivers.put_token(card)
    note(store, by, "card.move", card.uid, f"of {holder_before.id} to {driver.id}")
    return card


def _free(store: Store, card: Token) -> None:
    """Move the former driver's bookings and place in a queue to another of their tokens."""
    ticket = store.queue.live_of(card.driver_id)
    pools = {(one.site_id, one.kind) for one in store.bookings.live_of(card.driver_id)}
    if ticket is not None:
        pools.add((ticket.site_id, ticket.kind))
    for site_id, kind in sorted(pools):
        store.bookings.lock_pool(site_id, kind)
    booked = [one for one in store.bookings.live_of(card.driver_id) if one.token == card.uid]
    ticket = store.queue.live_of(card.driver_id)
    turn_waiting = ticket if ticket is not None and ticket.token == card.uid else None
    if any(isinstance(one.state, Bound) for one in booked) or (turn_waiting is not None and turn_waiting.called_to is not None):
        raise Conflict("card_kept", "A bay is being kept for this card.", "Move the card once that charge or booking is over.")
    if not booked and turn_waiting is None:
        return
    other_card = _other_card(store, card)
    for booking in booked:
        store.bookings.put(replace(booking, token=other_card))
    if turn_waiting is not None:
        store.queue.put(replace(turn_waiting, token=other_card))


def _other_card(store: Store, card: Token) -> TokenUid:
    other_cards = [one.uid for one in store.drivers.tokens_of(card.driver_id) if one.uid != card.uid and not one.blocked]
    if not other_cards:
        raise Conflict("card_booked", "Its driver has a booking and no other card.", "Give them another card first.")
    return other_cards[0]
