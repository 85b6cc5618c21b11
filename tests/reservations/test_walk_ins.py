"""Room for who comes unannounced: until when, and how much is left beside what was promised."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Span
from forecourt.reservations import Pool, free_until

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
spans = st.lists(st.builds(lambda start, length: Span(NOON + MINUTE * start, NOON + MINUTE * (start + length)), st.integers(-10, 30),
                           st.integers(1, 20)), max_size=6)  # fmt: skip


@settings(max_examples=80)
@given(spans, spans.map(lambda some: some[:2]), st.integers(0, 3), st.integers(1, 40))
def test_a_walk_in_has_a_socket_to_the_first_minute_that_has_none_left(taken, closed, sockets, most) -> None:
    def serves(minute: int) -> bool:
        then = NOON + MINUTE * minute
        return sum(span.holds(then) for span in taken) < sockets and not any(span.holds(then) for span in closed)

    until = free_until(Pool(sockets, tuple(taken), closed=tuple(closed)), NOON, MINUTE * most)
    minutes = next((minute for minute in range(most) if not serves(minute)), most)
    assert until == (NOON + MINUTE * minutes if minutes else None)
