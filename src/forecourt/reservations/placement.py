"""Find a window for a new booking, and new windows for accepted ones, all inside what was promised."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import EvseId, Span
from forecourt.reservations.availability import STEP
from forecourt.reservations.fitting import Layout
from forecourt.reservations.model import LATE, NOTICE, Booking
from forecourt.reservations.occupancy import Occupancy
from forecourt.reservations.packing import MOVES, Stay, pack, spread
from forecourt.reservations.pool import Pool
from forecourt.stations import ANY_BAY, BayNeed

# Bookings that begin or end farther away stay where they are: such long chains of moves are not worth searching.
REACH = timedelta(hours=6)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """A stay as long as the window, anywhere in the promise, preferably at the window; it needs the socket `buffer` longer. need: what its
    bay must offer. evse_id: where it is already."""

    window: Span
    promise: Span
    buffer: timedelta = timedelta()
    need: BayNeed = ANY_BAY
    evse_id: EvseId | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """The window found, and the new windows of accepted bookings that had to make room."""

    window: Span
    moved: tuple[tuple[Booking, Span], ...] = ()


def place(pool: Pool, request: PlacementRequest, at: datetime, moves: int = MOVES) -> Placement | None:
    """The window nearest to the one asked for; accepted bookings move only if there is no other way. None if it does not fit.

    moves: the search budget for moving others; 0 = leave them where they are.
    """
    if pool.is_uniform(request.need):
        return _place(pool, request, at, moves)
    layout = Layout(pool)
    for start in _starts(request, at):
        window = Span(start, start + request.window.length)
        claim = Span(start, window.end + request.buffer)
        if not any(span.overlaps(claim) for span in pool.closed) and layout.fits(claim, request.need, request.evse_id):
            return Placement(window)
    # Others may make room by the count of all bays, or of the suitable ones; then each must still find a bay that meets its need.
    for view in (pool, pool.for_need(request.need)) if moves else ():
        found = _place(view, request, at, moves)
        if found is not None and found.moved and _can_stand(pool, request, found):
            return found
    return None


def _starts(request: PlacementRequest, at: datetime) -> list[datetime]:
    """Possible starts in steps of five minutes around the preferred one, nearest first."""
    first, last = _earliest(request, at), request.promise.end - request.window.length
    reach = max(abs(first - request.window.start), abs(last - request.window.start)) // STEP
    candidates = (request.window.start + STEP * number for number in range(-reach, reach + 1))
    return sorted((one for one in candidates if first <= one <= last), key=lambda one: (abs(one - request.window.start), one))


def _earliest(request: PlacementRequest, at: datetime) -> datetime:
    """Not in the past; but a preferred window that began while the driver was asking is allowed."""
    return max(request.promise.start, request.window.start if at - LATE <= request.window.start <= at else at)


def _can_stand(pool: Pool, request: PlacementRequest, found: Placement) -> bool:
    windows = {one.id: window for one, window in found.moved}
    after = replace(pool, promised=tuple(replace(one, window=windows.get(one.id, one.window)) for one in pool.promised))
    layout = Layout(after)
    return layout.all_fit() and layout.fits(Span(found.window.start, found.window.end + request.buffer), request.need, request.evse_id)


def _place(pool: Pool, request: PlacementRequest, at: datetime, moves: int) -> Placement | None:
    """`place` by the count alone."""
    region = Span(request.promise.start - REACH, request.promise.end + request.buffer + REACH)
    near = [booking for booking in pool.promised if booking.claim.overlaps(region)]
    grid = _grid(region, [*(one.window for one in near), request.window])
    stays = [grid.stay(one.window, one.claim, _room(one, at, region)) for one in near]
    new = grid.stay(
        request.window, Span(request.window.start, request.window.end + request.buffer), Span(_earliest(request, at), request.promise.end)
    )
    starts = pack(_profile(pool, grid, stays), stays, new, moves) if new.starts else None
    if starts is None:
        return None
    shifted = tuple((one, grid.shifted(one.window, stay, start)) for one, stay, start in zip(near, stays, starts, strict=False))
    return Placement(grid.shifted(request.window, new, starts[-1]), tuple((one, span) for one, span in shifted if span != one.window))


def make_room(pool: Pool, at: datetime) -> tuple[tuple[Booking, Span], ...]:
    """New windows for accepted bookings if more is promised than there are sockets now (one failed), so that all can be kept.
    Empty if there is no need, or no way."""
    if not pool.promised:
        return ()
    region = Span(at, max(*(one.promised.end + one.buffer for one in pool.promised), at + STEP))
    region = Span(at, min(region.end, at + 4 * REACH))
    near = [booking for booking in pool.promised if booking.claim.overlaps(region)]
    grid = _grid(region, [one.window for one in near])
    stays = [grid.stay(one.window, one.claim, _room(one, at, region)) for one in near]
    profile = _profile(pool, grid, stays)
    starts = spread(profile, stays) if profile.over and any(len(stay.starts) > 1 for stay in stays) else None
    if starts is None:
        return ()
    shifted = ((one, grid.shifted(one.window, stay, start)) for one, stay, start in zip(near, stays, starts, strict=True))
    return tuple((one, span) for one, span in shifted if span != one.window)


def _room(booking: Booking, at: datetime, region: Span) -> Span:
    """The span in which the window may lie: the promise, as long as the driver has not been notified of the final time."""
    if booking.fixed(at):
        return booking.window
    room = Span(max(booking.promised.start, at + NOTICE), booking.promised.end)
    reaches_out = room.start < region.start or room.end + booking.buffer > region.end
    return booking.window if reaches_out else room


@dataclass(frozen=True, slots=True)
class _Grid:
    """Steps from an origin. Spans cover every step they touch, so that rounding never promises too much."""

    origin: datetime
    step: timedelta
    steps: int

    def stay(self, window: Span, claim: Span, room: Span) -> Stay:
        """A window that may lie anywhere in its room, in steps of five minutes from its present place."""
        first, last = self._floor(claim.start), self._ceil(claim.end)
        left, right = (window.start - room.start) // STEP, (room.end - window.end) // STEP  # negative: it must begin later, or end sooner
        stride = STEP // self.step
        return Stay(range(first - left * stride, first + right * stride + 1, stride), last - first, first)

    def shifted(self, window: Span, stay: Stay, start: int) -> Span:
        by = (start - stay.start) * self.step
        return Span(window.start + by, window.end + by)

    def claim(self, span: Span) -> int:
        first, last = max(0, self._floor(span.start)), min(self.steps, self._ceil(span.end))
        return ((1 << (last - first)) - 1) << first if last > first else 0

    def _floor(self, instant: datetime) -> int:
        return (instant - self.origin) // self.step

    def _ceil(self, instant: datetime) -> int:
        return -((self.origin - instant) // self.step)


def _grid(region: Span, windows: Iterable[Span]) -> _Grid:
    """Steps of five minutes if all windows begin and end on them, otherwise of one minute."""
    windows = list(windows)
    origin = min([region.start, *(one.start for one in windows)]).replace(minute=0, second=0, microsecond=0) - REACH
    end = max([region.end, *(one.end for one in windows)]) + 2 * REACH
    edges = (edge for one in windows for edge in (one.start, one.end))
    step = STEP if all((edge - origin) % STEP == timedelta() for edge in edges) else _MINUTE
    return _Grid(origin, step, -((origin - end) // step))


def _profile(pool: Pool, grid: _Grid, stays: Iterable[Stay]) -> Occupancy:
    blocked = 0
    for span in pool.closed:
        blocked |= grid.claim(span)
    profile = Occupancy(pool.bookable, grid.steps, blocked)
    for span in pool.taken:
        profile.add(grid.claim(span))
    for stay in stays:
        profile.add(stay.claim(stay.start))
    return profile
