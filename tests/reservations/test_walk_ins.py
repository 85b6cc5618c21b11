"""Walk-ins: until when they may stay, and how many sockets are left beside bookings."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId, Span, TokenUid
from forecourt.reservations import Booking, Confirmed, Pool, free_until, turn_end

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ID = UUID(int=1)
spans = st.builds(
    lambda start, length: Span(NOON + MINUTE * start, NOON + MINUTE * (start + length)), st.integers(-6, 8), st.integers(1, 6)
)


@settings(max_examples=150)
@given(st.lists(spans, max_size=6), st.lists(spans, max_size=2), st.integers(0, 2), st.integers(1, 12))
def test_a_walk_in_has_a_socket_until_the_first_minute_without_a_free_one(taken, closed, sockets, most) -> None:
    def serves(minute: int) -> bool:
        then = NOON + MINUTE * minute
        return sum(span.contains(then) for span in taken) < sockets and not any(span.contains(then) for span in closed)

    until = free_until(Pool(sockets, tuple(taken), closed=tuple(closed)), NOON, MINUTE * most)
    minutes = next((minute for minute in range(most) if not serves(minute)), most)
    assert until == (NOON + MINUTE * minutes if minutes else None)


@pytest.mark.parametrize(
    ("starts", "sockets", "until"),
    [
        ((10,) * 5, 6, 10),  # the socket beside five promises is the spare one
        ((10,) * 5, 7, 60),
        ((10,) * 4, 5, 60),
        ((10,) * 4 + (60,), 5, 60),  # the fifth begins when the walk-in is gone
        ((10,) * 4 + (0,), 6, 60),  # its driver is due now
        ((10,) * 10, 12, 10),
        ((10,) * 10, 13, 60),
    ],
)
def test_a_walk_in_leaves_one_spare_socket_for_every_five_bookings(starts: tuple[int, ...], sockets: int, until: int) -> None:
    names = (BookingId(ID), OperatorId(ID), SiteId(ID), "kind", DriverId(ID), TokenUid("T"))
    windows = [Span(NOON + MINUTE * start, NOON + MINUTE * (start + 100)) for start in starts]
    promised = tuple(Booking(*names, window, n, n, NOON, Confirmed()) for n, window in enumerate(windows))
    assert turn_end(Pool(sockets, promised=promised), NOON, MINUTE, 60 * MINUTE) == NOON + MINUTE * until
