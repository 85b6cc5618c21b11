"""A site's day as a board: who is at which bay when, what was moved, who is late; and how bookings used the sockets' time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, EvseId, SessionId, Span
from forecourt.reservations import Booking, Bound, Broken, Cancelled, Confirmed, Kept, Missed
from forecourt.sessions import EndedCharge, Session
from forecourt.stations import Site
from forecourt.web.queries.bay_states import bays_of
from forecourt.web.queries.names import driver_name
from forecourt.web.views.booking import Board, BoardBar, BoardFigures, BoardRow

_MAX_STAY = timedelta(days=14)  # cars that leave later than this are not drawn on the board of their arrival
_ZERO = timedelta()
# More than this counts as late.
_LATE = timedelta(minutes=1)
_STATES = {Confirmed: "confirmed", Bound: "bound", Kept: "kept", Missed: "missed", Broken: "broken"}


@dataclass(frozen=True, slots=True)
class Stay:
    """Where a booking takes place, and how late its driver came and left."""

    bay: str
    charging: bool
    late_s: int
    overstay_s: int


def stay_of(store: Store, booking: Booking, now: datetime) -> Stay:
    charge = _charge(store, booking)
    evse_id = booking.state.evse_id if isinstance(booking.state, Bound) else charge.evse_id if charge else None
    arrived = booking.state.arrived_at if isinstance(booking.state, Kept) else now if booking.live else booking.window.start
    departed = min(now, booking.window.end) if charge is None else charge.ended_at if isinstance(charge, EndedCharge) else now
    late_arrival, overstay = arrived - booking.window.start, departed - booking.window.end
    return Stay(
        store.stations.evse(evse_id).label if evse_id else "",
        isinstance(charge, Session),
        late_arrival // timedelta(seconds=1) if late_arrival >= _LATE else 0,
        overstay // timedelta(seconds=1) if overstay >= _LATE else 0,
    )


def board_of(store: Store, site: Site, span: Span, bookings: Sequence[Booking], now: datetime) -> Board:
    """Bays in use that day, then the bookings that have none (yet)."""
    charges = _charges(store, site, span)
    store.drivers.prefetch({one.driver_id for one in charges if one.driver_id})
    booked = {one.state.session_id: one for one in bookings if isinstance(one.state, Kept)}
    bars: defaultdict[EvseId, list[BoardBar]] = defaultdict(list)
    unassigned: list[BoardBar] = []
    unpaid = unpaid_at(store, site)
    for charge in charges:
        booking = booked.get(_id(charge))
        driver = driver_name(store, charge.driver_id, default="Not known")
        _add(bars[charge.evse_id], span, Span(charge.started_at, _end(charge, now)), "kept" if booking else "walk_in", driver)
    for booking in bookings:
        if isinstance(booking.state, Kept | Cancelled):
            continue
        name = driver_name(store, booking.driver_id)
        row = bars[booking.state.evse_id] if isinstance(booking.state, Bound) else unassigned
        state = "unpaid" if booking.live and booking.id in unpaid else _STATES[type(booking.state)]
        state = "offered" if booking.live and booking.offered_until is not None else state
        _add(row, span, booking.window, state, name)
    labels = {evse.id: evse.label for evse in store.stations.evses(site.id)}
    rows = [BoardRow(labels[evse_id], tuple(found)) for evse_id, found in bars.items() if found and evse_id in labels]
    rows = [*sorted(rows, key=lambda row: row.label), *(BoardRow("", tuple(one)) for one in _without_overlap(unassigned))]
    figures = board_figures(store, site, span, bookings, charges, now)
    return Board(site.zone, span.start, span.end, now, tuple(rows), figures)


def unpaid_at(store: Store, site: Site) -> frozenset[BookingId]:
    """Bookings whose slot is held until they are paid for: they are not promised yet."""
    guests = {one.booking_id for one in store.guests.unpaid(site.operator_id)}
    return frozenset(guests | {one.booking_id for one in store.deposits.unpaid(site.operator_id)})


def board_figures(
    store: Store, site: Site, span: Span, bookings: Sequence[Booking], charges: Sequence[Session | EndedCharge], now: datetime
) -> BoardFigures:
    """Up to now: how the sockets' time was used, and how long people waited, with and without a booking."""
    elapsed = Span(span.start, max(span.start + timedelta(seconds=1), min(now, span.end)))
    whole = elapsed.length * max(1, len(bays_of(store, site.id)))
    booked = {one.state.session_id for one in bookings if isinstance(one.state, Kept)}
    used = {True: _ZERO, False: _ZERO}
    for charge in charges:
        used[_id(charge) in booked] += _within(elapsed, charge.started_at, _end(charge, now))
    held_free = sum((_within(elapsed, *one) for one in (_held_free(booking, now) for booking in bookings) if one), _ZERO)
    ready_delays = [_ready_late(one) for one in bookings if isinstance(one.state, Kept)]
    queued = [one.first_called_at - one.joined_at for one in store.queue.joined_in(site.id, span) if one.first_called_at]
    outcomes = [one.power_outcome for one in bookings if one.power_outcome]
    return BoardFigures(
        100 * (used[True] / whole),
        100 * (used[False] / whole),
        100 * (held_free / whole),
        _mean_min(ready_delays),
        len(ready_delays),
        _mean_min(queued),
        len(queued),
        sum(one.kept for one in outcomes),
        len(outcomes),
    )


def _charge(store: Store, booking: Booking) -> Session | EndedCharge | None:
    if not isinstance(booking.state, Kept):
        return None
    return store.sessions.record(booking.state.session_id) or store.sessions.session(booking.state.session_id)


def _charges(store: Store, site: Site, span: Span) -> list[Session | EndedCharge]:
    ended = store.sessions.ended_within(site.id, Span(span.start, span.end + _MAX_STAY))
    charges: chain[Session | EndedCharge] = chain(ended, store.sessions.open_at(site.id))
    return sorted((one for one in charges if one.started_at < span.end), key=lambda one: one.started_at)


def _id(charge: Session | EndedCharge) -> SessionId:
    return charge.id if isinstance(charge, Session) else charge.session_id


def _end(charge: Session | EndedCharge, now: datetime) -> datetime:
    return max(charge.ended_at if isinstance(charge, EndedCharge) else now, charge.started_at + timedelta(seconds=1))


def _add(row: list[BoardBar], span: Span, at: Span, state: str, label: str) -> None:
    start, end = max(span.start, at.start), min(span.end, at.end)
    if start < end:
        row.append(BoardBar(start, end, state, label))


def _without_overlap(bars: Sequence[BoardBar]) -> list[list[BoardBar]]:
    """Spread the bars over as few rows as possible."""
    rows: list[list[BoardBar]] = []
    for bar in sorted(bars, key=lambda one: one.start):
        row = next((one for one in rows if one[-1].end <= bar.start), None)
        if row is None:
            rows.append(row := [])
        row.append(bar)
    return rows


def _within(span: Span, start: datetime, end: datetime) -> timedelta:
    return max(_ZERO, min(span.end, end) - max(span.start, start))


def _bay_since(booking: Booking) -> datetime | None:
    return next((note.at for note in reversed(booking.notified) if note.code in ("bay", "bay_moved")), None)


def _held_free(booking: Booking, now: datetime) -> tuple[datetime, datetime] | None:
    """The time during which a socket stood empty for it."""
    since = _bay_since(booking)
    match booking.state:
        case Kept(arrived_at=until) | Missed(missed_at=until) | Cancelled(cancelled_at=until):
            return (since, until) if since else None
        case Bound():
            return (since, now) if since else None
    return None


def _ready_late(booking: Booking) -> timedelta:
    """How long after the booked start a socket was available."""
    since = _bay_since(booking)
    return max(_ZERO, since - booking.window.start) if since else _ZERO


def _mean_min(delays: Sequence[timedelta]) -> float | None:
    return sum(delays, _ZERO) / len(delays) / timedelta(minutes=1) if delays else None
