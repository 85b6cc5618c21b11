"""One more booking is accepted if there is a way, without breaking any other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId, Span, TokenUid
from forecourt.reservations import (
    NOTICE,
    Booking,
    Bound,
    Confirmed,
    PlacementRequest,
    Pool,
    SlotRequest,
    book_slot,
    place,
    resolve_overbooking,
)
from forecourt.reservations.occupancy import Occupancy
from forecourt.reservations.packing import Stay, impossible, pack

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = UUID(int=1)
claims = st.lists(st.builds(lambda start, length: ((1 << length) - 1) << start, st.integers(0, 40), st.integers(1, 20)), max_size=12)
stays = st.builds(
    lambda first, room, length, at: Stay(range(first, first + room + 1), length, first + at % (room + 1)),
    st.integers(0, 12),
    st.integers(0, 3),
    st.integers(1, 5),
    st.integers(0, 9),
)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def book(start: int, end: int, flexible: int = 0, live: tuple[Booking, ...] = (), sockets: int = 1, buffer: int = 0) -> tuple[Booking, ...]:
    wish = SlotRequest(
        OperatorId(ID), SiteId(ID), "T2", DriverId(ID), TokenUid("CARD"), Span(at(start), at(end)),
        timedelta(minutes=flexible), timedelta(minutes=buffer),
    )  # fmt: skip
    number = len(live) + 1
    changed = book_slot(wish, BookingId(UUID(int=number)), number, Pool(sockets, promised=live), NOON)
    others = {one.id: one for one in changed[1:]}
    return (*(others.get(one.id, one) for one in live), changed[0])


@given(claims, claims, st.integers(0, 9))
def test_counting_with_bit_planes_equals_counting_with_a_list(added: list[int], dropped: list[int], sockets: int) -> None:
    profile = Occupancy(sockets, 64)
    for claim in added + dropped:
        profile.add(claim)
    for claim in dropped:
        profile.drop(claim)
    counts = [sum(claim >> step & 1 for claim in added) for step in range(64)]
    assert [bool(profile.full >> step & 1) for step in range(64)] == [count >= sockets for count in counts]
    assert [bool(profile.over >> step & 1) for step in range(64)] == [count > sockets for count in counts]


def possible(sockets: int, wanted: list[Stay]) -> bool:
    """Every combination of starts, the slow way."""
    counts = [0] * 64

    def put(index: int) -> bool:
        if index == len(wanted):
            return True
        for start in wanted[index].starts:
            steps = range(start, start + wanted[index].length)
            if all(counts[step] < sockets for step in steps):
                for step in steps:
                    counts[step] += 1
                if put(index + 1):
                    return True
                for step in steps:
                    counts[step] -= 1
        return False

    return put(0)


@settings(deadline=None)
@given(st.lists(stays, min_size=1, max_size=7), st.integers(1, 3))
def test_packed_stays_fit_and_stays_called_impossible_do_not(wanted: list[Stay], sockets: int) -> None:
    profile, kept = Occupancy(sockets, 64), []
    for new in wanted:
        trial = Occupancy(sockets, 64)
        for stay in kept:
            trial.add(stay.claim(stay.start))
        gave_up = impossible(kept, new, trial)
        starts = pack(trial, kept, new)
        if starts is None:
            # Small cases are searched to the end, so nothing possible is missed.
            assert not possible(sockets, [*kept, new])
            continue
        assert not gave_up
        kept = [replace(stay, start=start) for stay, start in zip([*kept, new], starts, strict=True)]
        assert all(stay.start in stay.starts for stay in kept)
    for stay in kept:
        profile.add(stay.claim(stay.start))
    assert profile.over == 0


def test_a_flexible_booking_moves_for_another_within_its_promised_window() -> None:
    first, second = book(120, 180, live=book(100, 160, flexible=60))
    assert first.window == Span(at(60), at(120))
    assert first.promised == Span(at(40), at(220))
    assert second.window == Span(at(120), at(180))


def test_a_flexible_request_takes_the_nearest_start_before_others_are_moved() -> None:
    first, second = book(120, 180, flexible=60, live=book(100, 160, flexible=60))
    assert first.window == Span(at(100), at(160))
    assert second.window == Span(at(160), at(220))


def test_a_booking_whose_time_was_confirmed_or_that_has_a_socket_is_not_moved() -> None:
    (early,) = book(50, 110, flexible=60)
    (late,) = book(100, 160, flexible=60)
    ask = PlacementRequest(Span(at(90), at(150)), Span(at(90), at(150)))
    assert place(Pool(1, promised=(late,)), ask, NOON) is not None
    assert place(Pool(1, promised=(late,)), ask, late.window.start - NOTICE + timedelta(minutes=1)) is None
    assert place(Pool(1, promised=(early,)), ask, NOON) is None
    assert place(Pool(1, promised=(replace(late, state=Bound(ID, NOON)),)), ask, NOON) is None


def test_an_expected_overstay_blocks_the_socket_for_other_bookings() -> None:
    (first,) = book(60, 120, buffer=20)
    assert first.claim == Span(at(60), at(140))
    assert book(120, 180, flexible=30, live=(first,))[1].window.start == at(140)


def test_a_held_back_socket_or_a_closed_site_cannot_be_booked() -> None:
    ask = PlacementRequest(Span(at(60), at(120)), Span(at(60), at(120)))
    assert place(Pool(2, held_back=1), ask, NOON) == place(Pool(1), ask, NOON) is not None
    assert place(Pool(1, held_back=1), ask, NOON) is None
    assert place(Pool(2, closed=(Span(at(110), at(300)),)), ask, NOON) is None


def test_after_a_socket_failure_flexible_bookings_are_moved() -> None:
    both = book(120, 180, live=book(120, 180, flexible=60, sockets=2), sockets=2)
    ((moved, window),) = resolve_overbooking(Pool(1, promised=both), NOON)
    assert moved.id == both[0].id
    assert window in (Span(at(60), at(120)), Span(at(180), at(240)))
    assert resolve_overbooking(Pool(2, promised=both), NOON) == ()


def test_windows_are_rounded_outwards_to_five_minutes() -> None:
    (first,) = book(61, 122)
    assert isinstance(first.state, Confirmed)
    assert book(122, 140, live=(first,))[1].window.start == at(122)
