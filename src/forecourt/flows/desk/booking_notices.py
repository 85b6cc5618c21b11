"""Notify drivers about their bookings, their turn in the queue, and what they wait for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.billing import no_show_rating
from forecourt.drivers import looks_like_guest
from forecourt.flows.desk.fleet_payers import fleet_payer
from forecourt.flows.desk.notifying import STALE_AFTER, NoticeDraft, notify
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Money, instant_text
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.reservations import Booking, Bound, Broken, Called, Cancelled, Kept, Missed, Ticket, WaitlistEntry, credit_for, waits_until

_WITH_FEE = (NoticeKind.BOOKING_CANCELLED_LATE, NoticeKind.BOOKING_MISSED)
_POWER_KINDS = (NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE)
_CONFIRMATIONS = (NoticeKind.BOOKING_MADE, NoticeKind.BOOKING_FLEXIBLE)


def notify_booking(store: Store, booking: Booking, kind: NoticeKind, at: datetime, label: str = "", before: str = "") -> None:
    """About a booking as it is now. label: its socket, or the name of the charge's; before: the one in the last notice."""
    changed = kind is NoticeKind.BOOKING_CHANGED
    flexible = changed and not booking.fixed(at)
    site = store.stations.site(booking.site_id)
    window = booking.promised if flexible or kind is NoticeKind.BOOKING_FLEXIBLE else booking.window
    amount = booking.quote.due if (changed or kind in _CONFIRMATIONS) and booking.quote else None
    if isinstance(booking.state, Broken):
        amount = booking.state.credit
    elif kind is NoticeKind.BOOKING_POWER and booking.power_outcome:
        amount = booking.power_outcome.credit
    content = NoticeContent(site.name, site.address, site.zone, label, str(booking.number), window.start, window.end, amount)
    content = replace(content, before="" if before == label else before, flexible=flexible)
    content = replace(content, until=waits_until(booking)) if kind is NoticeKind.BOOKING_WAITS else content
    content = replace(content, until=site.ends_at) if kind is NoticeKind.BOOKING_CLOSES else content
    content = _with_power(booking, content) if kind in _POWER_KINDS else content
    content = replace(content, payer=_payer(store, booking.driver_id, at), amount=_fee(store, booking)) if kind in _WITH_FEE else content
    key = f"booking/{booking.id}/{kind}/{_occurrence(booking, kind, at)}"
    is_over = kind is NoticeKind.BOOKING_POWER or (not booking.live and not isinstance(booking.state, Kept))
    until = at + STALE_AFTER if is_over else booking.window.end
    draft = NoticeDraft(key, booking.operator_id, booking.driver_id, kind, content, "/bookings", good_until=until)
    notify(store, replace(draft, site_id=site.id), at)


def notify_booked(store: Store, booking: Booking, at: datetime) -> None:
    """A booking was made; says whether its exact time is still open."""
    notify_booking(store, booking, NoticeKind.BOOKING_FLEXIBLE if booking.within else NoticeKind.BOOKING_MADE, at)


def notify_secured(store: Store, booking: Booking, at: datetime) -> None:
    """A booking became firm by its deposit; by then its socket may be known."""
    notify_booked(store, booking, at)
    if isinstance(booking.state, Bound):
        notify_booking(store, booking, NoticeKind.BOOKING_BAY, at, store.stations.evse(booking.state.evse_id).label)


def _fee(store: Store, booking: Booking) -> Money | None:
    """The no-show fee as billed: 0 if the site charges none; None if no price was promised."""
    if booking.quote is None:
        return None
    site = store.stations.site(booking.site_id)
    return no_show_rating(booking, store.prices.version(booking.quote.tariff_version_id), site.zone).gross


def _payer(store: Store, driver_id: DriverId, at: datetime) -> str:
    """The name of whoever gets the bills of a driver in a fleet; empty: the driver."""
    payer = fleet_payer(store, driver_id, at)
    return payer.name if payer else ""


def _with_power(booking: Booking, content: NoticeContent) -> NoticeContent:
    """Add the promised power, the compensation if it is not kept, and until when cancelling is free, if that is not past."""
    percent = booking.terms.broken_credit_percent if booking.terms and booking.power_unsure_since else 0
    credit = None if looks_like_guest(booking.token) else credit_for(booking, percent)
    until = booking.window.start if booking.live and booking.power_unsure_since else None
    return replace(content, energy_wh=booking.power.energy_wh if booking.power else 0, amount=credit, until=until)


def notify_unsecured(store: Store, booking: Booking, kind: NoticeKind, amount: Money, until: datetime, at: datetime) -> None:
    """A booking's deposit failed, and until when that can be fixed; or it was not fixed, and the booking is over."""
    site = store.stations.site(booking.site_id)
    content = NoticeContent(
        site.name, site.address, site.zone, "", str(booking.number), booking.window.start, booking.window.end, amount, until=until
    )
    key = f"booking/{booking.id}/{kind}/{instant_text(at)}"
    is_over = kind is NoticeKind.BOOKING_LET_GO
    path = "/bookings" if is_over else f"/bookings/{booking.id}/deposit"
    draft = NoticeDraft(key, booking.operator_id, booking.driver_id, kind, content, path, site_id=site.id)
    notify(store, replace(draft, good_until=at + STALE_AFTER if is_over else until), at)


def notify_series(store: Store, bookings: Sequence[Booking], at: datetime) -> None:
    """Bookings made together: one email for all, about the first."""
    first = bookings[0]
    site = store.stations.site(first.site_id)
    content = NoticeContent(
        site.name, site.address, site.zone, start=first.promised.start, end=bookings[-1].promised.end, count=len(bookings)
    )
    draft = NoticeDraft(f"series/{first.id}", first.operator_id, first.driver_id, NoticeKind.BOOKING_SERIES, content, "/bookings")
    notify(store, replace(draft, good_until=bookings[-1].window.end, site_id=site.id), at)


def _occurrence(booking: Booking, kind: NoticeKind, at: datetime) -> str:
    """Distinguishes notices of the same kind about one booking."""
    if kind is NoticeKind.STAY_ENDING:
        return instant_text(booking.window.end)
    if kind in _CONFIRMATIONS:
        return instant_text(booking.made_at)
    if kind is NoticeKind.BOOKING_TIME:
        return instant_text(booking.window.start)
    if kind is NoticeKind.BOOKING_WAITS:  # once for each lost bay, every time
        return f"{instant_text(booking.window.start)}/{sum(note.code == 'bay_lost' for note in booking.notified)}"
    return "end" if isinstance(booking.state, Cancelled | Missed | Broken) else instant_text(at)


def notify_turn(store: Store, ticket: Ticket, kind: NoticeKind, at: datetime) -> None:
    """A turn in the queue begins; or, given the ticket as it was, it is over, and why."""
    turn = ticket.state
    if not isinstance(turn, Called):
        return
    label = store.stations.evse(turn.evse_id).label
    site = store.stations.site(ticket.site_id)
    content = NoticeContent(site.name, site.address, site.zone, label, start=turn.called_at, end=turn.until)
    key = f"{kind.replace('_', '-')}/{ticket.id}/{instant_text(turn.called_at)}"
    until = turn.until if kind is NoticeKind.TURN else at + STALE_AFTER
    draft = NoticeDraft(key, ticket.operator_id, ticket.driver_id, kind, content, f"/queue/{ticket.id}", good_until=until)
    notify(store, replace(draft, site_id=site.id), at)


def notify_slot_offer(store: Store, wait: WaitlistEntry, booking: Booking, at: datetime) -> None:
    """A time they waited for is available: until when it is kept for them, and what it would cost."""
    site, until = store.stations.site(wait.site_id), booking.offered_until
    amount = booking.quote.due if booking.quote else None
    content = NoticeContent(site.name, site.address, site.zone, start=wait.window.start, end=wait.window.end, amount=amount, until=until)
    key = f"slot-offer/{wait.id}/{instant_text(at)}"
    draft = NoticeDraft(key, wait.operator_id, wait.driver_id, NoticeKind.SLOT_OFFERED, content, f"/hopes/{wait.id}", good_until=until)
    notify(store, replace(draft, site_id=site.id), at)


def notify_site_closing(store: Store, waiting: WaitlistEntry | Ticket, at: datetime) -> None:
    """The site closes for good, so what they are waiting for will not come."""
    site = store.stations.site(waiting.site_id)
    content = NoticeContent(site.name, site.address, site.zone, until=site.ends_at)
    path, until = (
        (f"/hopes/{waiting.id}", waiting.window.end) if isinstance(waiting, WaitlistEntry) else (f"/queue/{waiting.id}", at + STALE_AFTER)
    )
    key = f"wait-closes/{waiting.id}"
    draft = NoticeDraft(key, waiting.operator_id, waiting.driver_id, NoticeKind.WAIT_CLOSES, content, path, good_until=until)
    notify(store, replace(draft, site_id=site.id), at)
