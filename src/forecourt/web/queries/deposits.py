"""The money held for a booking, for its driver and the site's staff; and what a booking would require."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from forecourt.billing import max_no_show_fee
from forecourt.drivers import GuestStep, PayBy
from forecourt.flows.paying import deposit_by_rule
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, DriverId, Money, NotFound, Span, Text
from forecourt.payments import PAYER_PRESENT, WALLET, AtPayer, Captured, Capturing, Declined, Held, HoldAsked, Payment
from forecourt.reservations import HOLD_LEAD, Booking, Deposit, DepositRule
from forecourt.stations import Site
from forecourt.tariffs import TariffVersion
from forecourt.web.queries.refusals import refusal_text
from forecourt.web.views.deposit import DepositOffer, DepositView

_NOTHING_STORED = Text("You have no stored card or balance that it could be held on.")
# How long the release of a hold is shown: a bank takes some days to show it.
_SHOWN_FOR = timedelta(days=7)
_WAYS = {PayBy.CARD: "card", PayBy.WALLET: "balance", PayBy.ACCOUNT: "account"}


def deposit_view(store: Store, booking: Booking, now: datetime) -> DepositView | None:
    """None if nothing was to be held, or all of it was released long ago."""
    deposit = store.deposits.of_booking(booking.id)
    if deposit is None:
        return None
    payment = store.payments.payment(deposit.payment_id) if deposit.payment_id else None
    step = _step(deposit, booking, payment)
    if step == "back" and now > booking.promised.end + _SHOWN_FOR:
        return None
    at_payer = payment.state if payment is not None and isinstance(payment.state, AtPayer) else None
    return DepositView(
        step,
        deposit.amount,
        payment is not None and payment.method == WALLET,
        deposit.pay_until if deposit.step is GuestStep.PAYING else deposit.place_at,
        _refusal(payment) if step == "pay" else "",
        at_payer.page if at_payer else "",
        at_payer is not None,
    )


def deposit_offer(
    store: Store, site: Site, version: TariffVersion, driver_id: DriverId | None, windows: Sequence[Span]
) -> DepositOffer | None:
    """For bookings of such windows; None if no deposit is required."""
    rules = store.bookings.rules(site.id)
    if rules.deposit is DepositRule.NONE:
        return None
    amounts = [deposit_by_rule(rules, max_no_show_fee(version, window, site.zone)) for window in windows]
    lowest, highest = min(amounts), max(amounts)
    way = _WAYS[store.drivers.driver(driver_id).pay_by] if driver_id else "card"
    return DepositOffer(lowest, highest, way, HOLD_LEAD.days) if highest else None


def deposit_client_secret(store: Store, booking_id: BookingId) -> tuple[str, Money]:
    """The secret with which our own page talks to the processor, and the amount. Raises NotFound if nothing waits for the payer."""
    deposit = store.deposits.of_booking(booking_id)
    payment = store.payments.payment(deposit.payment_id) if deposit and deposit.payment_id else None
    if payment is None or not isinstance(payment.state, AtPayer) or not payment.state.secret:
        raise NotFound("payment", "There is nothing to hold.", "Go back to your booking.")
    return payment.state.secret, payment.state.amount


def _step(deposit: Deposit, booking: Booking, payment: Payment | None) -> str:
    if deposit.step is GuestStep.OVER:
        return "fee" if payment is not None and isinstance(payment.state, Held | Capturing | Captured) and booking.given_up_at else "back"
    if deposit.step is GuestStep.PAYING:
        return "asked" if payment is not None and _is_hold_requested(payment) else "pay"
    if not booking.live or (payment is not None and not payment.holding):
        return "back"  # the booking is upcoming: its charge has a hold of its own
    return "held" if payment is not None else "later"


def _is_hold_requested(payment: Payment) -> bool:
    state = payment.stage
    return isinstance(state, HoldAsked) and not state.unwanted


def _refusal(payment: Payment | None) -> str:
    state = payment.state if payment else None
    code = state.code if isinstance(state, Declined) else state.refusal if isinstance(state, AtPayer) else ""
    if code:
        return refusal_text(code)
    return "" if payment is not None and payment.method == PAYER_PRESENT else _NOTHING_STORED
