"""The waiting list: how long a free slot is offered, and how an entry ends."""

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
    accept_offer,
    decline,
    expire_entry,
    make_offer,
    resume_waiting,
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
def test_a_free_slot_is_offered_for_a_quarter_of_the_time_left(starts_h: float, offered_min: int | None) -> None:
    assert wait(starts_h).offer_until(NOON) == (None if offered_min is None else NOON + HOUR * offered_min / 60)


def test_a_waitlist_offer_can_be_accepted_until_it_expires() -> None:
    offered, end = make_offer(wait(8), SLOT, NOON, NOON + HOUR), NOON + HOUR
    assert offered.state == Offered(SLOT, NOON, end)
    assert accept_offer(offered, end - SECOND).state == Taken(SLOT, end - SECOND)
    assert expire_entry(offered, end).state == Unanswered(end)
    for wrong in (
        lambda: accept_offer(offered, end),
        lambda: expire_entry(offered, end - SECOND),
        lambda: make_offer(offered, SLOT, NOON, end),
    ):
        with pytest.raises(Conflict):
            wrong()
    assert resume_waiting(offered) == wait(8), "it could not be had any more: the wish stands as it was"


def test_an_ended_waitlist_entry_stays_ended() -> None:
    offered = make_offer(wait(8), SLOT, NOON, NOON + HOUR)
    declined = decline(wait(8), NOON)
    assert (declined.state, decline(declined, NOON + HOUR)) == (Declined(NOON), declined)
    assert expire_entry(wait(8), NOON + 8 * HOUR).state == Unmet(NOON + 8 * HOUR)
    assert isinstance(wait(8).state, Hoping) and wait(8).live and offered.live
    for over in (declined, accept_offer(offered, NOON), expire_entry(offered, NOON + HOUR), expire_entry(wait(8), NOON)):
        assert not over.live
        for again in (resume_waiting, lambda one: accept_offer(one, NOON), lambda one: expire_entry(one, NOON + HOUR)):
            with pytest.raises(Conflict):
                again(over)
    for early in (resume_waiting, lambda one: accept_offer(one, NOON)):
        with pytest.raises(Conflict, match="not offered"):
            early(wait(8))
