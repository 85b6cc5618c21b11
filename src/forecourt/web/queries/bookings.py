"""Bookings, for the driver who made them and for the site's staff."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.drivers import GuestStep, looks_like_guest
from forecourt.flows.bookings import free_cancellation_until, may_be_blocked
from forecourt.flows.charging import is_assigned_early
from forecourt.flows.desk import drivers_in_fleet
from forecourt.flows.guests import staff_may_cancel
from forecourt.flows.paying import no_show_fee
from forecourt.flows.ports import FIRST_PAGE, ListPage, PageRequest, Store
from forecourt.flows.prices import current_quote
from forecourt.kernel import BookingId, DriverId, Money, NotFound, Text, parse_instant
from forecourt.reservations import (
    HOLD_LEAD,
    Booking,
    Bound,
    Broken,
    Cancelled,
    Confirmed,
    Kept,
    Missed,
    Note,
    PowerOutcome,
    credit_for,
    is_bay_unreachable,
    is_waiting_for_bay,
    waits_until,
)
from forecourt.stations import Site
from forecourt.web.queries.bookings_board import board_of, stay_of, unpaid_at
from forecourt.web.queries.deposits import deposit_view
from forecourt.web.queries.local_days import local_day
from forecourt.web.queries.names import booking_board_url, driver_name, driver_url
from forecourt.web.views.booking import BookingView, MessageView, PowerPromiseView
from forecourt.web.views.console import BookingsDay
from forecourt.web.views.driver_now import BookingOnBoard
from forecourt.wording import LocalisedValue

_WORDS = {Confirmed: "confirmed", Bound: "bound", Kept: "kept", Cancelled: "cancelled", Missed: "missed", Broken: "broken"}


_CAUSES = {
    "fault": Text("A charger failed and no other bay was free."),
    "overstay": Text("Another car stayed longer than agreed and no other bay was free."),
    "refused": Text("The charger did not start your charge."),
    "offline": Text("The charger had no connection, so we do not know whether you came."),
    "blocked": Text("You reported your bay as blocked, and no other bay was free."),
    "walk_in": Text("Every bay was in use by cars that came before."),
    "closed": Text("The place is closed at that time: its hours have changed, or it is out of service."),
    "closing": Text("The place closes for good before then."),
    "maintenance": Text("Bays are out of service at that time, and no other bay was free."),
}

_NO_POWER = {
    "fault": Text("The charger failed."),
    "power": Text("The place had less power than when we made the promise."),
}


def _message_view(note: Note, zone: str) -> MessageView:
    """A note refers to a bay or an instant."""
    text = _bay_message(note.code, note.what) or _time_message(note, zone)
    return MessageView(note.at, text)


def _bay_message(code: str, bay: str) -> str:
    match code:
        case "bay":
            return Text("Your bay is {bay}.", bay=bay)
        case "bay_moved":
            return Text("Your bay is now {bay}.", bay=bay)
        case "kept_after_all":
            return Text("You charged at your booked time, as the charger only reported later. The price of your booking applies.")
        case "had_come":
            return Text("You came in time, as the charger only reported later. You pay nothing for missing the booking.")
        case "power_unsure":
            return Text("The place now has less power. You may not get what was promised.")
        case "power_sure":
            return Text("The promised power is available again.")
        case "out_of_reach":
            return Text("The charger at bay {bay} has lost its connection. You pay nothing if you cancel or do not come.", bay=bay)
        case "other_car":
            return Text("You have another car coming. We will choose a bay for it.")
        case "bay_blocked":
            return Text("You reported bay {bay} as blocked.", bay=bay)
        case "bay_lost":
            return Text("Bay {bay} is no longer available. We are finding you another one.", bay=bay)
    return ""


def _time_message(note: Note, zone: str) -> Text:
    time = LocalisedValue("clock", parse_instant(note.what), zone)
    match note.code:
        case "time_moved":
            return Text("Your time is now {time}, within what you were promised.", time=time)
        case "changed":
            return Text("You changed the booking to {time}.", time=time)
    return Text("You are staying until {time}.", time=time)


def _state(booking: Booking, unpaid: bool) -> str:
    if booking.live and booking.offered_until is not None:
        return "offered"
    return "unpaid" if booking.live and unpaid else _WORDS[type(booking.state)]


def booking_view(store: Store, booking: Booking, now: datetime) -> BookingView:
    site = store.stations.site(booking.site_id)
    stay, deposit = stay_of(store, booking, now), deposit_view(store, booking, now)
    return BookingView(
        id=str(booking.id),
        site_name=site.name,
        site_slug=site.slug,
        zone=site.zone,
        kind=booking.kind,
        start=booking.window.start,
        end=booking.window.end,
        state=_state(booking, deposit is not None and not deposit.firm),
        bay=stay.bay,
        quote=booking.quote.due if booking.quote else None,
        driver=driver_name(store, booking.driver_id),
        number=booking.number,
        promised_from=booking.promised.start,
        promised_to=booking.promised.end,
        fixed=booking.fixed(now),
        charging=stay.charging,
        cause=_CAUSES[booking.state.cause] if isinstance(booking.state, Broken) else "",
        credit=booking.state.credit if isinstance(booking.state, Broken) else None,
        lane=booking.lane,
        energy_wh=booking.quote.energy_wh if booking.quote else 0,
        chargeable_wh=_chargeable_wh(store, booking),
        messages=tuple(_message_view(note, site.zone) for note in booking.notified),
        moved=sum(note.code in ("bay_moved", "time_moved") for note in booking.notified),
        late_s=stay.late_s,
        overstay_s=stay.overstay_s,
        deposit=deposit,
        promised_wh=booking.power.energy_wh if booking.power else 0,
        promised_w=booking.power.power_w if booking.power else 0,
        unsure_since=booking.power_unsure_since,
        unsure_credit=_unsure_credit(booking),
        power=_power(booking.power_outcome),
        need=booking.need,
        may_be_blocked=may_be_blocked(booking, now),
        charge_id=str(booking.state.session_id) if isinstance(booking.state, Kept) else "",
        out_of_reach=booking.live and is_bay_unreachable(booking),
        waits_until=waits_until(booking) if is_waiting_for_bay(booking, now) else None,
    )


def booking_on_board(store: Store, booking: Booking, now: datetime) -> BookingOnBoard:
    return BookingOnBoard(booking_view(store, booking, now), booking_board_url(store.stations.site(booking.site_id), booking))


def _chargeable_wh(store: Store, booking: Booking) -> int:
    """How much of the requested energy can be charged within the booked time: the price is for that."""
    asked_wh = booking.quote.energy_wh if booking.quote else 0
    powers = [evse.max_power_w for evse in store.stations.evses(booking.site_id) if evse.kind == booking.kind]
    return min(asked_wh, min(powers) * booking.window.seconds // 3600) if powers else asked_wh


def _unsure_credit(booking: Booking) -> Money | None:
    """The credit for a guest; a guest gets a code for it once it is known."""
    if booking.power_unsure_since is None or booking.terms is None or looks_like_guest(booking.token):
        return None
    return credit_for(booking, booking.terms.broken_credit_percent)


def _power(outcome: PowerOutcome | None) -> PowerPromiseView | None:
    if outcome is None:
        return None
    return PowerPromiseView(outcome.owed_wh, outcome.got_wh, _NO_POWER[outcome.cause] if outcome.cause else "", outcome.credit)


def bookings_of(store: Store, driver_id: DriverId, now: datetime, page_request: PageRequest = FIRST_PAGE) -> ListPage[BookingView]:
    """Current ones; then upcoming ones, all on the first page, soonest first; then past ones, latest first. Mere offers are not included:
    they belong to the waiting list."""
    past, ahead = store.bookings.past_of(driver_id, page_request), () if page_request.beside else store.bookings.live_of(driver_id)
    views = (_with_terms(store, booking, now) for booking in (*ahead, *past.rows) if booking.offered_until is None)
    return past.of(sorted(views, key=lambda view: not view.charging))


def startable_bookings(store: Store, driver_id: DriverId, now: datetime) -> tuple[BookingView, ...]:
    """Bookings whose bay is held for the driver now, so that they may start there."""
    return tuple(view for one in store.bookings.live_of(driver_id) if (view := _with_terms(store, one, now)).startable_evse_id)


def fleet_bookings(store: Store, payer_id: DriverId, now: datetime) -> tuple[BookingView, ...]:
    """Upcoming bookings of the drivers whose charges somebody pays for, soonest first."""
    bookings = [booking for driver in drivers_in_fleet(store, payer_id, now) for booking in store.bookings.live_of(driver.id)]
    bookings = [one for one in bookings if one.offered_until is None]
    return tuple(booking_view(store, booking, now) for booking in sorted(bookings, key=lambda one: one.window.start))


def own_booking(store: Store, booking_id: UUID, driver_id: DriverId, now: datetime) -> BookingView:
    """Somebody else's booking does not exist."""
    booking = store.bookings.booking(BookingId(booking_id))
    if booking is None or booking.driver_id != driver_id:
        raise NotFound("booking", "You have no such booking.", "Your bookings are listed under Bookings.")
    return _with_terms(store, booking, now)


def _with_terms(store: Store, booking: Booking, now: datetime) -> BookingView:
    """Adds what it would cost today, and what cancelling costs, or did."""
    view = booking_view(store, booking, now)
    view = replace(view, other_car=is_assigned_early(store, booking, now), startable_evse_id=_startable_evse_id(booking, now))
    view = replace(view, quote=quote.due) if booking.live and (quote := current_quote(store, booking)) else view
    if booking.quote is None or not (booking.live or booking.given_up_at):
        return view
    bill = next(iter(store.documents.of_booking(booking.id)), None) if booking.given_up_at else None
    fee = bill.gross if bill else None if view.out_of_reach else no_show_fee(store, booking)
    return replace(view, fee=fee or None, free_until=free_cancellation_until(store, booking, now), receipt=bill.number if bill else "")


def _startable_evse_id(booking: Booking, now: datetime) -> str:
    is_startable = may_be_blocked(booking, now) and not is_bay_unreachable(booking)
    return str(booking.state.evse_id) if is_startable and isinstance(booking.state, Bound) else ""


def is_deposit_pending(store: Store, booking_id: BookingId) -> bool:
    """Whether a booking becomes firm only once its deposit is secured."""
    deposit = store.deposits.of_booking(booking_id)
    return deposit is not None and deposit.step is GuestStep.PAYING


def deposit_lead_days(store: Store, bookings: Sequence[Booking]) -> int:
    """For each booking, how many days before its end the money is held; 0 if nothing is."""
    return HOLD_LEAD.days if any(store.deposits.of_booking(one.id) for one in bookings) else 0


def _expect(store: Store, bookings: Sequence[Booking]) -> None:
    store.drivers.prefetch({one.driver_id for one in bookings})
    store.deposits.prefetch({one.id for one in bookings})
    store.sessions.prefetch_records({one.state.session_id for one in bookings if isinstance(one.state, Kept)})


def bookings_day(store: Store, site: Site, day: date | None, now: datetime) -> BookingsDay:
    """All bookings that touch a local day of the site."""
    zone = ZoneInfo(site.zone)
    shown = day or now.astimezone(zone).date()
    span = local_day(shown, site.zone)
    bookings = sorted(store.bookings.of_site(site.id, span), key=lambda one: one.window.start)
    unpaid = unpaid_at(store, site)
    _expect(store, bookings)
    views = tuple(
        replace(
            view,
            state="unpaid" if view.live and booking.id in unpaid else view.state,
            driver_url=driver_url(store, booking.driver_id),
            staff_can_cancel=staff_may_cancel(store, booking),
        )
        for booking, view in ((one, booking_view(store, one, now)) for one in bookings)
    )
    board = board_of(store, site, span, bookings, now)
    return BookingsDay(shown, shown - timedelta(days=1), shown + timedelta(days=1), site.zone, site.name, views, board)
