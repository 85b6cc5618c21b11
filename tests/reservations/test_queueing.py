"""The queue: its order, walk-ins beside it, predicted turns, and that every overtaking has a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Conflict, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, TokenUid
from forecourt.reservations import (
    BayGroup,
    Called,
    Expired,
    Inversions,
    Pool,
    Ticket,
    Waiting,
    ahead_of,
    assign_bays,
    call,
    count_ahead,
    estimate_error,
    expire,
    extend_call,
    give_way,
    inversions,
    leave,
    mark_skipped,
    next_behind,
    predict_turns,
    queue_allows,
    queue_order,
    remaining_stay,
    serve,
    turn_end,
    with_member_lead,
    withdraw_call,
)
from forecourt.stations import ANY_BAY, BayNeed, BayTraits, Feature

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEAD = timedelta(minutes=10)
EVSE = EvseId(UUID(int=7))
PLAIN, WIDE = BayTraits(), BayTraits((Feature.ACCESSIBLE,))
WHEELCHAIR = BayNeed((Feature.ACCESSIBLE,))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def ticket(number: int, minute: float = 0, member: bool = False) -> Ticket:
    one = UUID(int=1)
    made = Ticket(
        UUID(int=number + 10), OperatorId(one), SiteId(one), "T2", DriverId(UUID(int=number)), TokenUid("C"), number, at(minute), at(minute)
    )
    return with_member_lead(made, LEAD if member else timedelta())


def turn(minute: float, hold: float = 10) -> Called:
    return Called(EVSE, at(minute), at(minute + hold), at(minute + 240))


def test_the_queue_is_first_come_first_served_with_a_lead_of_ten_minutes_for_members() -> None:
    guest, late_member, later_member = ticket(1, 0), ticket(2, 9, member=True), ticket(3, 11, member=True)
    assert queue_order([later_member, guest, late_member]) == [late_member, guest, later_member]


def test_giving_way_lets_exactly_one_driver_go_first() -> None:
    first, second, third = ticket(1, 0), ticket(2, 1), ticket(3, 2)
    passed = give_way(call(first, turn(5), "B1"), next_behind([first, second, third], first), at(6))
    assert [one.number for one in queue_order([passed, second, third])] == [2, 1, 3]
    assert isinstance(passed.state, Waiting) and passed.first_called_at == at(5)


def test_with_nobody_waiting_behind_a_driver_cannot_give_way() -> None:
    with pytest.raises(Conflict, match="No one is waiting behind you"):
        give_way(ticket(1), None, at(1))


def test_an_unused_turn_expires_at_the_end_of_its_hold() -> None:
    called = call(ticket(1), turn(5), "B1")
    with pytest.raises(Conflict):
        expire(called, at(14))
    assert isinstance(expire(called, at(15)).state, Expired)
    with pytest.raises(Conflict):
        expire(extend_call(called, at(17)), at(15))


def test_a_driver_whose_called_socket_fails_stays_first() -> None:
    first, second = ticket(1, 0), ticket(2, 1)
    lost = withdraw_call(call(first, turn(5), "B1"), at(6), "B1")
    assert queue_order([second, lost])[0].number == 1
    assert [note.code for note in lost.notified] == ["turn", "turn_lost"]


def test_an_ended_queue_ticket_stays_ended() -> None:
    left = leave(ticket(1), at(1))
    assert leave(left, at(2)) == left
    with pytest.raises(Conflict, match="left"):
        serve(left, SessionId(UUID(int=5)), at(3))


def test_a_called_socket_is_for_its_driver_and_free_ones_are_for_the_queue() -> None:
    holder, waiting = call(ticket(1), turn(0), "B1"), ticket(2, 1)
    stranger, other = DriverId(UUID(int=99)), EvseId(UUID(int=8))
    one, two = {other: PLAIN}, {other: PLAIN, EvseId(UUID(int=9)): PLAIN}
    assert queue_allows([holder, waiting], holder.driver_id, EVSE, one)
    assert not queue_allows([holder, waiting], stranger, EVSE, {EVSE: PLAIN, **two})
    assert not queue_allows([holder, waiting], stranger, other, one)
    assert queue_allows([holder, waiting], waiting.driver_id, other, one)
    assert queue_allows([holder, waiting], stranger, other, two)


def test_a_queued_driver_with_special_needs_does_not_block_other_bays() -> None:
    waiting, stranger = replace(ticket(1), need=WHEELCHAIR), DriverId(UUID(int=99))
    plain, wide = EvseId(UUID(int=8)), EvseId(UUID(int=9))
    assert queue_allows([waiting], stranger, plain, {plain: PLAIN})
    assert queue_allows([waiting], stranger, plain, {plain: PLAIN, wide: WIDE})
    assert not queue_allows([waiting], stranger, wide, {plain: PLAIN, wide: WIDE})


@given(st.lists(st.sets(st.integers(0, 4), max_size=4), max_size=6))
def test_bays_go_to_the_front_of_the_queue_first_and_then_to_as_many_as_possible(wanted) -> None:
    """Compared with all possible assignments: the best for the first, then for the second, and so on."""
    shared = assign_bays([[EvseId(UUID(int=bay)) for bay in sorted(bays)] for bays in wanted])
    kept = [bay for bay in shared if bay]
    assert len(kept) == len(set(kept)) and all(bay is None or bay.int in bays for bay, bays in zip(shared, wanted, strict=True))
    ways = (way for way in product(*([*bays, None] for bays in wanted)) if _each_once(way))
    assert [bay is not None for bay in shared] == max([bay is not None for bay in way] for way in ways)


def _each_once(way) -> bool:
    given_out = [bay for bay in way if bay is not None]
    return len(given_out) == len(set(given_out))


_BAYS = [BayTraits(one) for one in ((), (Feature.ACCESSIBLE,), (Feature.ROOF,), (Feature.ACCESSIBLE, Feature.ROOF))]
_NEEDS = st.sampled_from([ANY_BAY, *(BayNeed(one.features) for one in _BAYS[1:])])


@given(st.lists(_NEEDS, min_size=1, max_size=6), st.sets(st.sampled_from(range(4))), st.sets(st.sampled_from(range(4))))
def test_drivers_not_counted_as_ahead_never_take_a_bay_from_those_behind(needs: list[BayNeed], there: set[int], free: set[int]) -> None:
    """For any set of free bays: without a driver who is not counted, the last in the queue is served just the same."""
    bays = [_BAYS[one] for one in there]

    def served(line: list[BayNeed]) -> bool:
        return assign_bays([[EvseId(UUID(int=one)) for one in there & free if need.met_by(_BAYS[one])] for need in line])[-1] is not None

    for place in range(len(needs) - 1):
        without = [*needs[:place], *needs[place + 1 :]]
        if count_ahead(without, bays) == count_ahead(needs, bays):
            assert served(without) == served(needs)


def test_drivers_who_can_only_use_other_bays_are_not_counted_as_ahead() -> None:
    roof, bays = BayNeed((Feature.ROOF,)), _BAYS[:3]
    assert count_ahead([WHEELCHAIR, roof, roof], bays) == 1
    assert count_ahead([WHEELCHAIR, ANY_BAY, roof], bays) == 2, "who needs nothing may have to leave them the roof"
    assert count_ahead([WHEELCHAIR, roof, ANY_BAY], bays) == 2


def test_turns_are_predicted_separately_for_drivers_with_and_without_special_needs() -> None:
    plain, wide = BayGroup(PLAIN, frozenset({EVSE}), (Span(at(-60), at(20)),)), EvseId(UUID(int=9))
    pool = Pool(2, (*plain.taken, Span(at(-60), at(90))), groups=(plain, BayGroup(WIDE, frozenset({wide}), (Span(at(-60), at(90)),))))
    usual = timedelta(hours=1)
    assert predict_turns(pool, [WHEELCHAIR, ANY_BAY, ANY_BAY], at(0), timedelta(minutes=30), usual) == (at(90), at(20), at(80))


def test_a_turn_too_short_before_a_booking_is_not_given() -> None:
    pool = Pool(1, taken=(Span(at(30), at(90)),))
    least, most = timedelta(minutes=40), timedelta(hours=4)
    assert turn_end(pool, at(0), least, most) is None
    assert turn_end(pool, at(90), least, most) == at(330)


def test_turns_are_predicted_from_departures_and_gaps_between_bookings() -> None:
    pool = Pool(2, taken=(Span(at(-60), at(20)), Span(at(-30), at(50)), Span(at(120), at(150))))
    usual = timedelta(hours=1)
    assert predict_turns(pool, [ANY_BAY] * 4, at(0), timedelta(minutes=30), usual) == (at(20), at(50), at(80), at(140))
    assert predict_turns(Pool(0), [ANY_BAY] * 2, at(0), timedelta(minutes=30), usual) == (None, None)


def test_the_expected_remaining_stay_is_longer_for_a_car_already_there_long() -> None:
    lengths = [timedelta(minutes=minutes) for minutes in (20, 40, 60, 80, 400)]
    assert remaining_stay(lengths, timedelta(), timedelta(hours=4)) == timedelta(minutes=60)
    assert remaining_stay(lengths, timedelta(minutes=70), timedelta(hours=4)) == timedelta(minutes=170)
    assert remaining_stay([], timedelta(minutes=70), timedelta(hours=4)) == timedelta(minutes=170)


def test_the_shown_estimate_error_is_the_median_error_of_the_last_turns() -> None:
    seen = [replace(ticket(n), foreseen_at=at(10), first_called_at=at(10 + n * (-1) ** n)) for n in range(1, 6)]
    assert estimate_error(seen) == timedelta(minutes=3)
    assert estimate_error(seen[:4]) is None


def test_overtakings_in_the_queue_are_counted_by_reason() -> None:
    guest, member, late = ticket(1, 0), ticket(2, 5, member=True), ticket(3, 6)
    member_first = [call(guest, turn(20), "B1"), call(member, turn(10), "B1")]
    assert inversions(member_first) == Inversions(by_lead=1)
    passed = give_way(guest, late, at(7))
    assert inversions([passed, call(late, turn(10), "B1")]) == Inversions(by_pass=1)
    assert inversions([guest, call(late, turn(10), "B1")]) == Inversions(unexplained=1)
    assert inversions([mark_skipped(guest, "bay_unlike", at(9)), call(late, turn(10), "B1")]) == Inversions(by_need=1)
    assert inversions([mark_skipped(guest, "bay_unlike", at(11)), call(late, turn(10), "B1")]) == Inversions(unexplained=1)
    assert inversions([leave(guest, at(9)), call(late, turn(10), "B1")]) == Inversions()


queues = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=12)


@given(queues, st.lists(st.integers(0, 11), max_size=4))
def test_a_queued_driver_is_overtaken_only_within_the_member_lead_or_after_giving_way(
    made: list[tuple[int, bool]], passes: list[int]
) -> None:
    tickets = [ticket(number, minute, member) for number, (minute, member) in enumerate(made)]
    for pick in passes:
        mine = tickets[pick % len(tickets)]
        if (behind := next_behind(tickets, mine)) is not None:
            tickets[pick % len(tickets)] = give_way(mine, behind, at(61))
    order = queue_order(tickets)
    for place, one in enumerate(order):
        assert len(ahead_of(tickets, one)) == place
        overtaken_by = [other for other in order[:place] if other.joined_at > one.joined_at]
        assert one.passed or all(other.member and other.joined_at - one.joined_at <= LEAD for other in overtaken_by if not other.passed)
