"""The life of a booking: held, bound to a socket, kept, cancelled, missed or broken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import (
    BadInput,
    BookingId,
    Conflict,
    DriverId,
    EvseId,
    Money,
    OperatorId,
    SessionId,
    SiteId,
    Span,
    Text,
    TokenUid,
    divide_half_up,
    instant_text,
)
from forecourt.reservations.availability import lanes, nearest_starts
from forecourt.reservations.habits import least_busy_window
from forecourt.reservations.model import (
    EARLY,
    GRACE,
    LATE,
    Booking,
    BookingTerms,
    Bound,
    Broken,
    Cancelled,
    Confirmed,
    Kept,
    Missed,
    Note,
    Quote,
)
from forecourt.reservations.placement import PlacementRequest, place
from forecourt.reservations.pool import Pool
from forecourt.reservations.shortage_risk import can_be_promised
from forecourt.stations import ANY_BAY, BayNeed

SHORTEST_BOOKING = timedelta(minutes=10)
MAX_BOOKING = timedelta(hours=24)
MAX_BOOKING_LEAD = timedelta(days=30)
MAX_FLEXIBILITY = timedelta(hours=3)
COOLING_OFF = timedelta(minutes=10)
# Notes about the bay. The last one tells whether the driver has a bay to lose; after a change of time there is none.
_ABOUT_BAYS = ("bay", "bay_moved", "bay_lost", "changed", "time_moved")
_KEPT, _NOT_KEPT = ("bay", "bay_moved"), ("bay_lost", "bay_blocked", "out_of_reach")
_OVER = {Kept: Text("used"), Cancelled: Text("cancelled"), Missed: Text("missed"), Broken: Text("not honoured")}


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """What a driver asks for: the window, or one of the same length that begins up to `flexible` earlier or later.

    buffer: how much longer than the window this driver is expected to stay. held: as in Booking.
    """

    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    token: TokenUid
    window: Span
    flexible: timedelta = timedelta()
    buffer: timedelta = timedelta()
    held: bool = False
    need: BayNeed = ANY_BAY

    def promise(self, at: datetime) -> Span:
        """The span of all acceptable windows, without those in the past."""
        earliest = max(self.window.start - self.flexible, min(at, self.window.start))
        return Span(earliest, self.window.end + self.flexible)


def book_slot(request: SlotRequest, booking_id: BookingId, number: int, pool: Pool, at: datetime) -> tuple[Booking, ...]:
    """Make a booking. Returns it first, then every promised one of the pool whose window or lane had to change.

    The caller holds the pool's lock. No window leaves what was promised for it. Raises BadInput for an impossible window,
    Conflict "slot_taken" with the nearest free starts.
    """
    _check(request, at)
    promise = request.promise(at)
    wanted = least_busy_window(pool.habits, request.window, promise, at) if pool.habits else request.window
    placed = place(pool, PlacementRequest(wanted, promise, request.buffer, request.need), at)
    if placed is None:
        raise _taken(request, pool, at)
    new = Booking(
        id=booking_id,
        operator_id=request.operator_id,
        site_id=request.site_id,
        kind=request.kind,
        driver_id=request.driver_id,
        token=request.token,
        window=placed.window,
        number=number,
        lane=0,
        made_at=at,
        state=Confirmed(),
        within=promise if request.flexible else None,
        buffer_s=request.buffer // timedelta(seconds=1),
        held=request.held,
        need=request.need,
    )
    changed = rearranged(pool.promised, dict(placed.moved), new)
    after = {one.id: one for one in (*pool.promised, *changed)}
    if not can_be_promised(replace(pool, promised=tuple(after.values())), changed[0], at):
        raise _taken(request, pool, at)
    return changed


def _taken(request: SlotRequest, pool: Pool, at: datetime) -> Conflict:
    others = ", ".join(instant_text(start) for start in nearest_starts(pool, request.window, at, need=request.need))
    closed = any(span.overlaps(request.window) for span in pool.closed)
    return Conflict(
        "slot_taken",
        "The place is closed for some of that time."
        if closed
        else "Every bay of this kind is taken at that time."
        if request.need == ANY_BAY
        else "Every bay that meets your needs is taken at that time.",
        "The nearest free start times are {others}." if others else "Try another day or another plug.",
        others=others,
    )


def rearranged(promised: Sequence[Booking], windows: Mapping[Booking, Span], new: Booking | None = None) -> tuple[Booking, ...]:
    """The new booking (if any) first, then every promised one that gets another window or lane."""
    before = ([new] if new else []) + list(promised)
    shifted = [replace(one, window=windows.get(one, one.window)) for one in before]
    after = [replace(one, lane=lane) for one, lane in zip(shifted, lanes([one.claim for one in shifted]), strict=True)]
    return tuple(one for one, was in zip(after, before, strict=True) if was is new or one != was)


def as_offer(booking: Booking, until: datetime) -> Booking:
    """The booking as reserved for somebody who has to accept it first."""
    return replace(booking, offered_until=until)


def accept_booking(booking: Booking, at: datetime) -> Booking:
    """The booking once accepted: as if it had just been made."""
    _must_live(booking)
    return replace(booking, offered_until=None, made_at=at)


def with_quote(booking: Booking, quote: Quote, terms: BookingTerms) -> Booking:
    return replace(booking, quote=quote, terms=terms)


def bind(booking: Booking, evse_id: EvseId, label: str, at: datetime) -> Booking:
    """Choose (or, after a fault, change) the socket, and notify the driver."""
    _must_live(booking)
    return add_note(replace(booking, state=Bound(evse_id, at)), at, "bay_moved" if last_notified_bay(booking) else "bay", label)


def last_notified_bay(booking: Booking) -> str:
    """The label of the bay that the driver was last notified of; empty if none."""
    return next((note.what for note in reversed(booking.notified) if note.code in ("bay", "bay_moved")), "")


def unbind(booking: Booking, at: datetime, label: str, refused: bool = False) -> Booking:
    """Give up the chosen socket; the promise remains, and another is to be chosen. refused: the charger refused to reserve it."""
    if not isinstance(booking.state, Bound):
        raise Conflict("not_bound", "No socket is chosen for this booking.")
    refused_by = (*booking.refused_by, booking.state.evse_id) if refused else booking.refused_by
    return add_note(replace(booking, state=Confirmed(), refused_by=refused_by), at, "bay_lost", label)


def unbind_blocked(booking: Booking, at: datetime, label: str) -> Booking:
    """The driver is there, but somebody else is in the chosen bay: another bay must be found, and not that one again."""
    return add_note(unbind(booking, at, label), at, "bay_blocked", label)


def blocked_bays(booking: Booking) -> frozenset[str]:
    return frozenset(note.what for note in booking.notified if note.code == "bay_blocked")


def was_last_bay_blocked(booking: Booking) -> bool:
    """Whether its last bay was given up because it was blocked."""
    codes = ("bay_blocked", "bay_lost", "bay_moved")
    return next((note.code for note in reversed(booking.notified) if note.code in codes), "") == "bay_blocked"


def mark_bay_unreachable(booking: Booking, at: datetime, label: str) -> Booking:
    """The charger of the chosen bay is offline: the driver may be there without our knowing."""
    return add_note(booking, at, "out_of_reach", label)


def is_bay_unreachable(booking: Booking) -> bool:
    """Whether the driver was notified that the present bay is out of contact: from then on, cancelling or not coming costs nothing."""
    since = booking.state.bound_at if isinstance(booking.state, Bound) else None
    return since is not None and any(note.code == "out_of_reach" and note.at >= since for note in booking.notified)


def bay_ready_from(booking: Booking) -> datetime | None:
    """From when within the booked time a bay was ready; None: the last one was lost, blocked or out of reach, and no other has been chosen
    since. A booking without notes about bays dates from before they were recorded."""
    last = next((note for note in reversed(booking.notified) if note.code in _KEPT or note.code in _NOT_KEPT), None)
    if last is not None and last.code in _NOT_KEPT:
        return None
    return max(booking.window.start, last.at) if last is not None else booking.window.start


def add_note(booking: Booking, at: datetime, code: str, what: str) -> Booking:
    return replace(booking, notified=(*booking.notified, Note(at, code, what)))


def extend(booking: Booking, end: datetime, at: datetime) -> Booking:
    """Make a stay that has begun, or a held booking, longer; the caller has made sure that there is room."""
    if not isinstance(booking.state, Kept) and not (booking.held and booking.live):
        raise Conflict("not_charging", "You can only extend a stay that has begun.", "Change the booking instead.")
    if not booking.window.end < end <= booking.window.start + MAX_BOOKING:
        raise BadInput("end", "The new end must be later than the old one, and within 24 hours of the start.")
    within = Span(booking.promised.start, max(end, booking.promised.end)) if booking.within else None
    return add_note(replace(booking, window=Span(booking.window.start, end), within=within), at, "extended", instant_text(end))


def arrive(booking: Booking, session_id: SessionId, at: datetime) -> Booking:
    _must_live(booking)
    return replace(booking, state=Kept(session_id, at))


def reopen_for_other_car(booking: Booking, at: datetime) -> Booking:
    """The driver plugged in another car: the one it was booked for is still to come."""
    if not isinstance(booking.state, Kept):
        raise Conflict("not_charging", "No charge keeps this booking.")
    return add_note(replace(booking, state=Confirmed()), at, "other_car", "")


def is_for_another_car(booking: Booking) -> bool:
    """Whether the driver has said that the booking is for another car."""
    return any(note.code == "other_car" for note in booking.notified)


def cancel(booking: Booking, at: datetime, free_before: timedelta = timedelta()) -> Booking:
    """Cancel; cancelling twice is no error, and the first one counts. Less than free_before its start it is late, which may cost;
    but not within ten minutes of booking, and not while we owe the driver a socket."""
    if isinstance(booking.state, Cancelled):
        return booking
    _must_live(booking)
    return replace(booking, state=Cancelled(at, is_late_cancellation(booking, at, free_before)))


def is_late_cancellation(booking: Booking, at: datetime, free_before: timedelta) -> bool:
    if booking.offered_until is not None:
        return False
    return at > free_to_cancel_until(booking, free_before) and not is_waiting_for_bay(booking, at) and not is_bay_unreachable(booking)


def free_to_cancel_until(booking: Booking, free_before: timedelta) -> datetime:
    return max(booking.window.start - free_before, booking.made_at + COOLING_OFF)


def no_show_due(booking: Booking, at: datetime) -> bool:
    """Whether the grace (or a shorter window) has run out and nobody came."""
    return booking.live and at >= waits_until(booking)


def waits_until(booking: Booking) -> datetime:
    """How long a socket waits for the driver, or the driver for a socket: the grace runs from when a socket was ready."""
    return booking.window.end if booking.held else min(_ready_at(booking) + GRACE, booking.window.end)


def is_waiting_for_bay(booking: Booking, at: datetime) -> bool:
    """Whether we owe the driver a socket: the time has come or the chosen one was lost, and no other has been chosen."""
    last = next((note.code for note in reversed(booking.notified) if note.code in _ABOUT_BAYS), "")
    return isinstance(booking.state, Confirmed) and (at >= booking.window.start or last == "bay_lost")


def _ready_at(booking: Booking) -> datetime:
    return max(booking.window.start, booking.state.bound_at) if isinstance(booking.state, Bound) else booking.window.start


def mark_no_show(booking: Booking, at: datetime) -> Booking:
    if not no_show_due(booking, at) or not isinstance(booking.state, Bound):
        raise Conflict("not_missed", "The driver may still come.")
    return replace(booking, state=Missed(at))


def arrived_in_time(booking: Booking, started_at: datetime) -> bool:
    """Whether a charge that we only hear of now began before its driver was marked missing, or the promise broken."""
    match booking.state:
        case Missed(missed_at=at) | Broken(broken_at=at):
            return booking.window.start - EARLY <= started_at < min(at, booking.window.end)
    return False


def reinstate(booking: Booking, session_id: SessionId, started_at: datetime, at: datetime) -> Booking:
    """The charge fulfils the booking, as it would have if its charger had reported in time. Any credit for a promise marked as broken
    stays given."""
    if not arrived_in_time(booking, started_at):
        raise Conflict("not_missed", "The driver did not come in time.")
    code = "had_come" if isinstance(booking.state, Missed) else "kept_after_all"
    return add_note(replace(booking, state=Kept(session_id, started_at)), at, code, "")


def break_promise(booking: Booking, at: datetime, cause: str, credit: Money | None = None) -> Booking:
    """No socket could be given in time: the promise is broken, through no fault of the driver."""
    if not no_show_due(booking, at) or not isinstance(booking.state, Confirmed):
        raise Conflict("not_broken", "The promise may still be kept.")
    return replace(booking, state=Broken(at, cause, credit))


def break_early(booking: Booking, at: datetime, cause: str, credit: Money | None = None) -> Booking:
    """Break the promise before its time: its socket is taken out of service, or the site will be closed."""
    _must_live(booking)
    return replace(booking, state=Broken(at, cause, credit))


def credit_for(booking: Booking, percent: int) -> Money | None:
    """A share of the quoted price as compensation for a broken promise, rounded to the minor unit; None for nothing."""
    if booking.quote is None:
        return None
    minor = divide_half_up(booking.quote.gross.minor * percent, 100)
    return Money(minor, booking.quote.gross.currency) if minor > 0 else None


def outcome_label(booking: Booking) -> Text:
    """How a booking ended, in one word."""
    return _OVER[type(booking.state)]


def _must_live(booking: Booking) -> None:
    if not booking.live:
        raise Conflict("booking_over", "This booking is already {over}.", over=outcome_label(booking))


def _check(request: SlotRequest, at: datetime) -> None:
    check_window(request.window, at)
    if not timedelta() <= request.flexible <= MAX_FLEXIBILITY:
        raise BadInput("flexible", "A start can be flexible by up to 3 hours.", "Choose 0 to 180 minutes.")


def check_window(window: Span, at: datetime) -> None:
    """Raises BadInput for a window that is past, too far ahead, too short or too long."""
    if window.start < at - LATE:
        raise BadInput("past", "This time has already begun.", "Choose a later one.")
    if window.start > at + MAX_BOOKING_LEAD:
        raise BadInput("too_far", "You can book up to 30 days ahead.", "Choose an earlier day.")
    if not SHORTEST_BOOKING <= window.length <= MAX_BOOKING:
        raise BadInput("length", "A booking lasts from 10 minutes to 24 hours.", "Choose another end.")
