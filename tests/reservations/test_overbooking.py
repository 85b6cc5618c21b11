"""A socket fails: confirmed bookings are moved within their promised windows, if that keeps them all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId, Span, TokenUid
from forecourt.reservations import Booking, Confirmed, Pool, resolve_overbooking

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STEP, ID = timedelta(minutes=5), UUID(int=1)


def booking(number: int, start: int, length: int, flexible: int, buffer: int) -> Booking:
    """All in steps of five minutes."""
    window = Span(NOON + STEP * start, NOON + STEP * (start + length))
    within = Span(window.start - STEP * flexible, window.end + STEP * flexible) if flexible else None
    names = BookingId(UUID(int=number)), OperatorId(ID), SiteId(ID), "kind", DriverId(ID), TokenUid("T")
    return Booking(*names, window, number, number, NOON, Confirmed(), within=within, buffer_s=300 * buffer)


def fit(bookings: list[Booking], sockets: int) -> bool:
    starts = [one.claim.start for one in bookings]
    return all(sum(one.claim.contains(start) for one in bookings) <= sockets for start in starts)


def could_begin(one: Booking) -> list[datetime]:
    """Who has been told the time, an hour before, keeps it."""
    if one.window.start < NOON + 12 * STEP:
        return [one.window.start]
    starts = (one.promised.start + STEP * n for n in range((one.promised.length - one.window.length) // STEP + 1))
    return [start for start in starts if start >= NOON + 12 * STEP]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(9, 18), st.integers(2, 5), st.integers(0, 4), st.integers(0, 2)), max_size=4),
    st.integers(1, 2),
    st.integers(0, 1),
)
def test_overbooking_is_resolved_exactly_if_all_bookings_fit_within_their_promised_windows(asked, sockets, held_back) -> None:
    """All possible moves are tried. Held-back sockets may be used for this."""
    before = [booking(number, *one) for number, one in enumerate(asked)]
    moved = dict(resolve_overbooking(Pool(sockets, promised=tuple(before), held_back=held_back), NOON))
    after = [replace(one, window=moved.get(one, one.window)) for one in before]
    assert all(after[n].window.start in could_begin(one) and after[n].window != one.window for n, one in enumerate(before) if one in moved)
    assert all(now.window.length == was.window.length for now, was in zip(after, before, strict=True))
    if fit(before, sockets):
        assert not moved
        return
    ways = product(*map(could_begin, before))
    lying = ([replace(one, window=Span(at, at + one.window.length)) for one, at in zip(before, way, strict=True)] for way in ways)
    assert fit(after, sockets) == any(fit(way, sockets) for way in lying)
