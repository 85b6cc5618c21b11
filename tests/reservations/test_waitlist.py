"""The waiting list: how long what came free is offered, and what becomes of a wish."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.kernel import BookingId, Conflict, DriverId, OperatorId, SiteId, Span
from forecourt.reservations import (
    Declined,
    Hoping,
    Offered,
    Taken,
    Unanswered,
    Unmet,
    WaitlistEntry,
    decline,
    hope_again,
    offer,
    run_out,
    take,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, SECOND, ID = timedelta(hours=1), timedelta(seconds=1), UUID(int=1)
SLOT = BookingId(UUID(int=9))


def wait(hours: float) -> WaitlistEntry:
    """For a time that begins so long after noon."""
    window = Span(NOON + HOUR * hours, NOON + HOUR * (hours + 1))
    return WaitlistEntry(ID, OperatorId(ID), SiteId(ID), "kind", DriverId(ID), window, 10_000, NOON, NOON)


@pytest.mark.parametrize(
    ("starts_h", "offered_min"),
    [
        (40, 8 * 60),  # eight hours at most
        (32, 8 * 60),
        (8, 120),  # a quarter of what is left
        (2, 30),
        (1, 30),  # half an hour at least
        (50 / 60, 30),
        (40 / 60, 20),  # but answered twenty minutes before the start
        (0.5, 10),
        (29 / 60, None),  # ten minutes are the least to answer in
        (-1, None),
    ],
)
def test_it_is_offered_for_a_quarter_of_the_time_that_is_left(starts_h: float, offered_min: int | None) -> None:
    assert wait(starts_h).offer_until(NOON) == (None if offered_min is None else NOON + HOUR * offered_min / 60)


def test_an_offer_is_taken_before_it_runs_out_and_not_from_then_on() -> None:
    offered, end = offer(wait(8), SLOT, NOON, NOON + HOUR), NOON + HOUR
    assert offered.state == Offered(SLOT, NOON, end)
    assert take(offered, end - SECOND).state == Taken(SLOT, end - SECOND)
    assert run_out(offered, end).state == Unanswered(end)
    for wrong in (lambda: take(offered, end), lambda: run_out(offered, end - SECOND), lambda: offer(offered, SLOT, NOON, end)):
        with pytest.raises(Conflict):
            wrong()
    assert hope_again(offered) == wait(8), "it could not be had any more: the wish stands as it was"


def test_a_wish_that_is_over_stays_over() -> None:
    offered = offer(wait(8), SLOT, NOON, NOON + HOUR)
    declined = decline(wait(8), NOON)
    assert (declined.state, decline(declined, NOON + HOUR)) == (Declined(NOON), declined)
    assert run_out(wait(8), NOON + 8 * HOUR).state == Unmet(NOON + 8 * HOUR)
    assert isinstance(wait(8).state, Hoping) and wait(8).live and offered.live
    for over in (declined, take(offered, NOON), run_out(offered, NOON + HOUR), run_out(wait(8), NOON)):
        assert not over.live
        for again in (hope_again, lambda one: take(one, NOON), lambda one: run_out(one, NOON + HOUR)):
            with pytest.raises(Conflict):
                again(over)
    for early in (hope_again, lambda one: take(one, NOON)):
        with pytest.raises(Conflict, match="not offered"):
            early(wait(8))
