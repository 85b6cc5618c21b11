"""A guest's booking as its link shows it, from payment to the end."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.drivers import GuestBooking, GuestStep
from forecourt.flows.billing import latest_bill
from forecourt.flows.bookings import compensation_coupon
from forecourt.flows.guests import booked_guest, booking_of, may_change
from forecourt.flows.paying import MAX_FIRM_BOOKINGS, cancelling_fee, no_show_fee, payments_of
from forecourt.flows.ports import Store
from forecourt.kernel import Money, Text
from forecourt.payments import AtPayer, Payment
from forecourt.reservations import EARLY, Booking, Broken, Cancelled, Kept, Missed
from forecourt.web.queries.booking_prices import booking_quote, current_price
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.prices import parts_of_version
from forecourt.web.queries.refusals import refusal_text
from forecourt.web.views.booking import BookingView
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import QuoteView

_UNPAID = Text("It was not paid for, so the slot was released to others. Your card has not been charged.")
# The same text in both cases, so that nobody learns about bookings of an address whose mail they cannot read.
_NOT_KEPT = ("booking_over", "many_bookings")
_NEVER_PAID = ("not paid in time", "abandoned", "not put up")


@dataclass(frozen=True, slots=True)
class GuestBookingView:
    """step: "opening", "pay", "firm", "here" (a start is possible), "charging" (there is a charge to look at) or "over".

    amount: to be held, or held. fee: for a no-show, at most. cancellation_fee: if cancelled now; None = nothing. movable: another time can
    be chosen; current_price: for the booked time, if that differs from the promised price. why: it is over. code: of the coupon for a
    broken promise. receipt: the number of a bill; charged: to the card. billed: no bill is still to come. quote: how the price is made up;
    None = it is over, or its time has moved since. help_phone: of the help desk; empty = none stated.
    """

    key: str
    step: str
    booking: BookingView
    address: str
    currency: str
    prices: tuple[TariffPart, ...]
    amount: Money
    fee: Money
    pay_until: datetime
    email: str
    page: str = ""
    refusal: str = ""
    cancellation_fee: Money | None = None
    movable: bool = False
    current_price: Money | None = None
    why: str = ""
    code: str = ""
    receipt: str = ""
    charged: Money | None = None
    quote: QuoteView | None = None
    billed: bool = True
    help_phone: str = ""

    @property
    def live(self) -> bool:
        """Whether it will still change without the guest doing anything."""
        return self.step != "over" or not self.billed


@dataclass(frozen=True, slots=True)
class GuestBookingAtPlace:
    """A guest's booking at the place they look at. pay_until: how long the slot is held; None = it is firm."""

    key: str
    start: datetime
    end: datetime
    zone: str
    pay_until: datetime | None = None


def guest_booking_view(store: Store, key: str, digest: bytes, now: datetime) -> GuestBookingView:
    guest = booked_guest(store, digest)
    booking, site = booking_of(store, guest), store.stations.site(guest.site_id)
    payment = next(one for one in payments_of(store, guest) if one.id == guest.payment_id)
    at_payer, fee = payment.state if isinstance(payment.state, AtPayer) else None, no_show_fee(store, booking)
    version = store.prices.version(booking.quote.tariff_version_id) if booking.quote else None
    invoice, step = _bill(store, booking), _step(guest, booking, payment, now)
    powerless = booking.power_outcome is not None and not booking.power_outcome.kept
    coupon = compensation_coupon(store, booking) if powerless or isinstance(booking.state, Broken) else None
    return GuestBookingView(
        key=key,
        step=step,
        booking=booking_view(store, booking, now),
        address=site.address,
        help_phone=site.facts.help_phone,
        currency=site.currency,
        prices=parts_of_version(version, site, booking.window.start) if version else (),
        amount=_amount(payment),
        fee=fee,
        pay_until=guest.pay_until,
        email=guest.email,
        page=at_payer.page if at_payer else "",
        refusal=refusal_text(at_payer.refusal) if at_payer else "",
        cancellation_fee=cancelling_fee(store, booking, now),
        movable=(movable := may_change(store, guest, now)),
        current_price=current_price(store, booking) if movable else None,
        why=_why(guest, booking, payment) if step == "over" else "",
        code=coupon.code if coupon else "",
        receipt=invoice.number if invoice else "",
        billed=invoice is not None or booking.given_up_at is None or not fee,
        quote=booking_quote(store, booking) if booking.live else None,
        charged=sum((one.taken for one in payments_of(store, guest)), Money.zero(payment.currency)),
    )


def booking_at_socket(store: Store, key: str, digest: bytes, code: str, now: datetime) -> GuestBookingAtPlace | None:
    """The booking of the guest who scans a socket's code, if it could start there now."""
    guest, printed = store.guests.booking_by_digest(digest), store.guests.code(code)
    booking = store.bookings.booking(guest.booking_id) if guest and guest.step is GuestStep.PAID else None
    if booking is None or printed is None or not booking.live or now < booking.window.start - EARLY:
        return None
    evse = store.stations.evse(printed.evse_id)
    if (evse.site_id, evse.kind) != (booking.site_id, booking.kind):
        return None
    return GuestBookingAtPlace(key, booking.window.start, booking.window.end, store.stations.site(booking.site_id).zone)


def booking_at_site(store: Store, key: str, digest: bytes, slug: str, now: datetime) -> GuestBookingAtPlace | None:
    """The booking at a place made with this phone, firm or being paid for."""
    guest = store.guests.booking_by_digest(digest)
    site = store.stations.site(guest.site_id) if guest else None
    if guest is None or site is None or site.slug != slug or guest.step is GuestStep.OVER:
        return None
    booking = booking_of(store, guest)
    unpaid = guest.pay_until if guest.step is GuestStep.PAYING else None
    if not booking.live or (unpaid is not None and now >= unpaid):
        return None
    return GuestBookingAtPlace(key, booking.window.start, booking.window.end, site.zone, unpaid)


def _step(guest: GuestBooking, booking: Booking, payment: Payment, now: datetime) -> str:
    if guest.step is GuestStep.PAYING and booking.live and now < guest.pay_until:
        return "pay" if isinstance(payment.state, AtPayer) else "opening" if payment.waits_for_payer else "over"
    if isinstance(booking.state, Kept):
        return "charging"
    if guest.step is GuestStep.PAYING or not booking.live:
        return "over"
    return "here" if now >= booking.window.start - EARLY else "firm"


def _amount(payment: Payment) -> Money:
    return getattr(payment.state, "amount", None) or Money.zero(payment.currency)


def _why(guest: GuestBooking, booking: Booking, payment: Payment) -> str:
    release_text = Text("The amount held is released immediately. Your bank may take a few days to show it.")
    ended = getattr(payment.state, "why", "")
    if ended in _NOT_KEPT:
        return Text(
            "You do not have this slot: it is no longer available, or this address already has {most} bookings. {money}",
            most=MAX_FIRM_BOOKINGS,
            money=release_text,
        )
    match booking.state:
        case Cancelled(late=True):
            return Text("You cancelled too late for it to be free. The no-show fee for this place is charged from the amount held.")
        case Cancelled() if ended in _NEVER_PAID:
            return _UNPAID
        case Cancelled():
            return Text("The booking has been cancelled. {money}", money=release_text)
        case Missed():
            return Text("You did not come. The no-show fee for this place is charged from the amount held, and the rest is released.")
        case Broken():
            return release_text
    return _UNPAID if guest.step is GuestStep.PAYING else ""


def _bill(store: Store, booking: Booking) -> Invoice | None:
    if isinstance(booking.state, Kept):
        return latest_bill(store, store.documents.of_session(booking.state.session_id))
    return latest_bill(store, store.documents.of_booking(booking.id))
