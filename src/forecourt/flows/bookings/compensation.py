"""Broken promises: their cause, and the driver's compensation."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from forecourt.drivers import looks_like_guest
from forecourt.flows.bookings.availability import OUT_OF_USE, booking_of_stay
from forecourt.flows.bookings.terms import terms_of_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, Span
from forecourt.offers import Claim, Coupon, DiscountRule, code_of
from forecourt.reservations import Booking, credit_for
from forecourt.sessions import Session
from forecourt.stations import Evse, in_service

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-c0de00000001")
COUPON_VALID_FOR = timedelta(days=365)
OFFLINE_AFTER = timedelta(minutes=3)


def cause_of_broken_promise(store: Store, booking: Booking, at: datetime) -> str:
    """Why no socket could be given: "fault" (one is out of order or offline), "overstay" (a car should be gone), otherwise "walk_in"
    (all are used by cars that may be there)."""
    evses = [evse for evse in in_service(store.stations.evses(booking.site_id)) if evse.kind == booking.kind]
    if any(store.stations.socket(evse.id).state in OUT_OF_USE or is_offline(store, evse, at) for evse in evses):
        return "fault"
    sessions = [session for evse in evses if (session := store.sessions.open_on(evse.id)) is not None]
    return "overstay" if any(_overstays(store, session, at) for session in sessions) else "walk_in"


def is_offline(store: Store, evse: Evse, at: datetime) -> bool:
    """Whether its charger has been offline for longer than a connection usually takes to recover."""
    charger = store.stations.charger(evse.charger_id)
    return charger is not None and not charger.connected and charger.seen_at is not None and at - charger.seen_at >= OFFLINE_AFTER


def _overstays(store: Store, session: Session, at: datetime) -> bool:
    """Whether it is past the end of its booking, or past the departure its driver stated."""
    booking = booking_of_stay(store, session)
    if booking is not None:
        return at > booking.window.end
    need = store.drivers.need(session.driver_id, session.site_id) if session.driver_id else None
    return need is not None and need.departure is not None and at > need.departure


def compensate(store: Store, booking: Booking, at: datetime) -> Money | None:
    """The agreed share of the quoted price, off the driver's next charge: a coupon issued to the driver, paid for by the operator.

    It becomes a discount line of that invoice and a ledger entry, like every coupon. Its id is derived from the
    booking, so that each promise is compensated once. None if nothing was agreed or quoted; also for a guest,
    who has no next charge with us: the coupon's code can be redeemed by an account later.
    """
    credit = credit_for(booking, terms_of_booking(store, booking).broken_credit_percent)
    if credit is None:
        return None
    coupon_id, claim_id = uuid5(_NAMESPACE, f"coupon/{booking.id}"), uuid5(_NAMESPACE, f"claim/{booking.id}")
    if store.coupons.coupon(coupon_id) is None:
        site = store.stations.site(booking.site_id)
        title = f"Sorry for your booking at {site.name}"[:60].strip()
        terms = (coupon_id, booking.operator_id, code_of(coupon_id), title, DiscountRule(amount=credit), Span(at, at + COUPON_VALID_FOR))
        guest = looks_like_guest(booking.token)
        store.coupons.put(Coupon(*terms, most_claims=1, stacks=True, claims=0 if guest else 1))
        if guest:
            return None
        store.coupons.put_claim(Claim(claim_id, booking.operator_id, coupon_id, booking.driver_id, at))
    return credit


def is_compensation(coupon: Coupon) -> bool:
    """Whether a coupon was given for a broken promise: only then is its code derived from its id."""
    return coupon.code == code_of(coupon.id)


def compensation_coupon(store: Store, booking: Booking) -> Coupon | None:
    """The coupon given for a broken promise, if any."""
    return store.coupons.coupon(uuid5(_NAMESPACE, f"coupon/{booking.id}"))
