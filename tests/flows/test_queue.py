"""The queue for a socket: drivers are called in turn with a deadline; bookings take precedence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import ChargingNeed, GroupMember, Token, TokenKind, token_uid
from forecourt.flows.bookings import (
    JoinQueue,
    ReserveRequest,
    advance_bookings,
    advance_queue,
    estimate_wait,
    estimate_wait_of_next,
    join_queue,
    leave_queue,
    pass_turn,
    reserve,
)
from forecourt.flows.charging import accept, start_charge
from forecourt.kernel import Conflict, DriverId, NotFound, Span
from forecourt.reservations import BookingRules, Bound, Called, Expired, Inversions, Left, Served, Ticket, Waiting, inversions
from forecourt.stations import (
    CancelReserve,
    CardPresented,
    ConnectorReported,
    ConnectorState,
    Reserve,
    StopCharge,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from stores import both_stores

from .test_reservations import ordered_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def full(forecourt, crowd) -> list[str]:
    """All three sockets are in use, by the last three of the crowd; the transactions."""
    forecourt.free()
    started = [forecourt.starts(f"CP{number}", -30, f"RIDER{number + 6}").transaction or "" for number in (1, 2, 3)]
    for number in (1, 2, 3):
        forecourt.says(f"CP{number}", ConnectorReported(at(-30), 1, ConnectorState.OCCUPIED))
    return started


def joins(forecourt, driver_id: DriverId, minute: float = 0) -> Ticket:
    with forecourt.transactions.begin() as store:
        return join_queue(store, JoinQueue(forecourt.site_id, KIND, driver_id), at(minute), forecourt.ids)


def leaves(forecourt, number: int, transaction: str, minute: int) -> None:
    forecourt.stops(f"CP{number}", transaction, minute, 5000)
    forecourt.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.AVAILABLE))
    tick(forecourt, minute)


def tick(forecourt, minute: float) -> int:
    with forecourt.transactions.begin() as store:
        changed = advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        return changed + advance_queue(store, forecourt.site_id, at(minute), forecourt.ids)


def now(forecourt, ticket: Ticket) -> Ticket:
    with forecourt.transactions.begin() as store:
        return store.queue.ticket(ticket.id)


def books(forecourt, driver_id: DriverId, start: float, end: float, minute: float = 0):
    with forecourt.transactions.begin() as store:
        return reserve(store, ReserveRequest(forecourt.site_id, KIND, driver_id, Span(at(start), at(end))), at(minute), forecourt.ids)


def test_the_first_in_the_queue_is_called_to_a_freed_socket_which_is_reserved(forecourt, crowd, full) -> None:
    first, second = joins(forecourt, crowd[0], 0), joins(forecourt, crowd[1], 1)
    leaves(forecourt, 2, full[1], 5)
    turn = now(forecourt, first).state
    assert isinstance(turn, Called) and (turn.evse_id, turn.until) == (forecourt.evse_id(2), at(15))
    assert isinstance(now(forecourt, second).state, Waiting)
    (item,) = ordered_of(forecourt, Reserve)
    assert (item.work.order.token, item.work.order.until) == ("RIDER0", at(15))
    assert tick(forecourt, 6) == 0


def test_a_queue_reservation_accepts_every_token_of_the_called_driver_by_group_id(forecourt, crowd, full) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_token(Token(token_uid("A-PHONE"), forecourt.operator_id, crowd[0], TokenKind.APP))  # sorts before the card
    joins(forecourt, crowd[0], 0)
    leaves(forecourt, 2, full[1], 5)
    (item,) = ordered_of(forecourt, Reserve)
    shown = [
        CardPresented("CP1", forecourt.operator_id, forecourt.site_id, token, at(6)) for token in ("A-PHONE", "RIDER0", "RIDER1", "NOBODY")
    ]
    with forecourt.transactions.begin() as store:
        groups = [answer.group for answer in accept(store, shown)]
    assert groups[:2] == [item.work.order.group] * 2 and len(set(groups)) == 3 and groups[3] == ""
    assert forecourt.starts("CP2", 6, "RIDER0").group == groups[1]


def test_a_queue_turn_lapses_after_its_deadline_and_the_next_driver_is_called(forecourt, crowd, full) -> None:
    first, second = joins(forecourt, crowd[0], 0), joins(forecourt, crowd[1], 1)
    leaves(forecourt, 1, full[0], 5)
    tick(forecourt, 14)
    assert isinstance(now(forecourt, first).state, Called)
    tick(forecourt, 15)
    assert isinstance(now(forecourt, first).state, Expired) and isinstance(now(forecourt, second).state, Called)
    assert len(ordered_of(forecourt, CancelReserve)) == 1
    assert forecourt.starts("CP1", 16, "RIDER1").verdict is Verdict.ACCEPTED
    assert isinstance(now(forecourt, second).state, Served)


def test_a_plugged_in_cable_extends_the_queue_turn_until_the_card_is_shown(forecourt, crowd, full) -> None:
    first = joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    forecourt.says("CP1", ConnectorReported(at(14), 1, ConnectorState.OCCUPIED))
    tick(forecourt, 16)
    assert isinstance(now(forecourt, first).state, Called)
    tick(forecourt, 25)
    assert isinstance(now(forecourt, first).state, Expired)


def test_a_card_at_a_socket_kept_for_another_drivers_turn_is_refused_and_its_driver_queued(forecourt, crowd, full) -> None:
    first = joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    assert forecourt.starts("CP1", 6, "RIDER1").verdict is Verdict.NOT_NOW
    assert len(ordered_of(forecourt, StopCharge)) == 1
    with forecourt.transactions.begin() as store:
        joined = store.queue.live_of(crowd[1])
    assert joined is not None and isinstance(joined.state, Waiting)
    assert isinstance(now(forecourt, first).state, Called)


@both_stores
def test_a_card_shown_after_plugging_in_is_authorised_by_the_same_queue_rules(forecourt, crowd, full) -> None:
    joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    forecourt.says("CP1", TransactionStarted(at(6), 1, "tx-9"))
    assert forecourt.says("CP1", TransactionUpdated(at(6), 1, "tx-9", "RIDER1")).verdict is Verdict.NOT_NOW
    assert forecourt.says("CP1", TransactionUpdated(at(7), 1, "tx-9", "RIDER0")).verdict is Verdict.ACCEPTED


def test_a_start_reported_late_is_accepted_despite_another_drivers_turn(forecourt, crowd, full) -> None:
    joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    assert forecourt.hears("CP1", TransactionStarted(at(6), 1, "", "RIDER1"), 12).verdict is Verdict.ACCEPTED


def test_a_card_of_another_driver_at_a_socket_reserved_for_a_booking_is_refused(forecourt, crowd) -> None:
    forecourt.free()
    booking = books(forecourt, crowd[0], 30, 90)
    tick(forecourt, 21)
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(store.bookings.booking(booking.id).state.evse_id)
    assert forecourt.starts(evse.charger_id, 22, "RIDER1").verdict is Verdict.NOT_NOW
    assert forecourt.starts(evse.charger_id, 23, "RIDER0").verdict is Verdict.ACCEPTED


def test_a_start_by_app_is_refused_at_a_socket_needed_for_the_queue_and_accepted_at_a_spare_one(forecourt, crowd, full) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_token(Token(token_uid("APPX"), forecourt.operator_id, crowd[5], TokenKind.APP))
    first = joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    leaves(forecourt, 2, full[1], 6)
    evses = {}
    with forecourt.transactions.begin() as store:
        evses = {number: store.stations.evse(forecourt.evse_id(number)) for number in (1, 2)}
    with pytest.raises(Conflict) as refused, forecourt.transactions.begin() as store:
        start_charge(store, crowd[5], evses[1], at(7), forecourt.ids)
    assert refused.value.code == "queue" and now(forecourt, first).state.evse_id == evses[1].id
    with forecourt.transactions.begin() as store:
        start_charge(store, crowd[5], evses[2], at(7), forecourt.ids)


def test_a_member_is_queued_as_if_arrived_ten_minutes_earlier(forecourt, crowd, full) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_member(GroupMember(forecourt.operator_id, "residents", crowd[2], at(-60)))
    early, guest = joins(forecourt, crowd[0], 0), joins(forecourt, crowd[1], 5)
    member = joins(forecourt, crowd[2], 12)
    with forecourt.transactions.begin() as store:
        assert [one.id for one in store.queue.live_at(forecourt.site_id)] == [early.id, member.id, guest.id]


def test_passing_a_turn_calls_the_next_driver_and_keeps_the_place(forecourt, crowd, full) -> None:
    first, second = joins(forecourt, crowd[0], 0), joins(forecourt, crowd[1], 1)
    leaves(forecourt, 1, full[0], 5)
    with forecourt.transactions.begin() as store:
        passed = pass_turn(store, crowd[0], first.id, at(6), forecourt.ids)
    assert isinstance(passed.state, Waiting)
    forecourt.says("CP1", ConnectorReported(at(6.5), 1, ConnectorState.AVAILABLE))
    assert isinstance(now(forecourt, second).state, Called)
    leaves(forecourt, 2, full[1], 8)
    assert isinstance(now(forecourt, first).state, Called)


def test_leaving_the_queue_calls_the_next_driver_and_repeating_it_changes_nothing(forecourt, crowd, full) -> None:
    first, second = joins(forecourt, crowd[0], 0), joins(forecourt, crowd[1], 1)
    leaves(forecourt, 1, full[0], 5)
    for _ in range(2):
        with forecourt.transactions.begin() as store:
            assert isinstance(leave_queue(store, crowd[0], first.id, at(6), forecourt.ids).state, Left)
    assert isinstance(now(forecourt, second).state, Called)
    assert len(ordered_of(forecourt, CancelReserve)) == 1


def test_a_driver_cannot_leave_or_pass_another_drivers_queue_place(forecourt, crowd, full) -> None:
    mine = joins(forecourt, crowd[0])
    for act in (leave_queue, pass_turn):
        with pytest.raises(NotFound), forecourt.transactions.begin() as store:
            act(store, crowd[1], mine.id, at(1), forecourt.ids)


def test_joining_the_queue_twice_keeps_one_place_and_is_refused_while_a_socket_is_free(forecourt, crowd, full) -> None:
    assert joins(forecourt, crowd[0], 0).id == joins(forecourt, crowd[0], 3).id
    with pytest.raises(Conflict, match="already charging here"):
        joins(forecourt, crowd[7])
    with forecourt.transactions.begin() as store:
        leave_queue(store, crowd[0], store.queue.live_of(crowd[0]).id, at(4), forecourt.ids)
    leaves(forecourt, 1, full[0], 5)
    with pytest.raises(Conflict) as refused:
        joins(forecourt, crowd[1], 6)
    assert refused.value.code == "free_now"


def test_no_queued_driver_is_called_to_a_socket_that_a_booking_needs_soon(forecourt, crowd, full) -> None:
    first = joins(forecourt, crowd[0])
    for number in (1, 2):
        books(forecourt, crowd[number], 300, 360)
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(plug_in_min=5, walk_in_min=30))
    leaves(forecourt, 1, full[0], 100)
    assert isinstance(now(forecourt, first).state, Called)
    with forecourt.transactions.begin() as store:
        leave_queue(store, crowd[0], first.id, at(101), forecourt.ids)
    forecourt.says("CP1", ConnectorReported(at(102), 1, ConnectorState.AVAILABLE))
    books(forecourt, crowd[3], 130, 180, minute=102)
    second = joins(forecourt, crowd[4], 103)
    tick(forecourt, 104)
    assert isinstance(now(forecourt, second).state, Waiting)


def test_a_queued_driver_whose_stay_does_not_fit_the_gap_is_skipped_and_keeps_the_place(forecourt, crowd, full) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_need(ChargingNeed(forecourt.operator_id, forecourt.site_id, crowd[0], None, at(500), at(0)))
    long_stay, short_stay = joins(forecourt, crowd[0], 1), joins(forecourt, crowd[1], 2)
    for number in (2, 3, 4):
        books(forecourt, crowd[number], 300, 360)
    leaves(forecourt, 1, full[0], 100)
    assert isinstance(now(forecourt, short_stay).state, Called)
    waits = now(forecourt, long_stay)
    assert isinstance(waits.state, Waiting) and waits.skipped_since("stay_too_long") == at(100) and tick(forecourt, 101) == 0
    assert inversions([waits, now(forecourt, short_stay)]) == Inversions(by_stay=1)


def test_a_booking_takes_precedence_over_a_queue_turn_not_yet_used(forecourt, crowd, full) -> None:
    booking = books(forecourt, crowd[3], 230, 290)
    first = joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 180)
    with forecourt.transactions.begin() as store:
        ticket = store.queue.ticket(first.id)
        store.queue.put(replace(ticket, state=replace(ticket.state, until=at(225))))  # as if a start had been held up
    tick(forecourt, 221)
    with forecourt.transactions.begin() as store:
        kept = store.bookings.booking(booking.id).state
        waits = store.queue.ticket(first.id)
    assert isinstance(kept, Bound) and kept.evse_id == forecourt.evse_id(1)
    assert isinstance(waits.state, Waiting) and waits.notified[-1].code == "turn_lost"


def test_a_called_driver_is_called_to_another_socket_when_the_first_fails(forecourt, crowd, full) -> None:
    first = joins(forecourt, crowd[0])
    leaves(forecourt, 1, full[0], 5)
    forecourt.says("CP1", ConnectorReported(at(6), 1, ConnectorState.FAULTED))
    leaves(forecourt, 3, full[2], 7)
    assert now(forecourt, first).state.evse_id == forecourt.evse_id(3)


def test_the_estimated_wait_uses_past_stays_and_has_a_margin_of_error(forecourt, crowd, full) -> None:
    with forecourt.transactions.begin() as store:
        before = estimate_wait_of_next(store, forecourt.site_id, KIND, at(0))
    assert (before.ahead, before.at) == (0, at(210))  # nothing is known yet: four hours from their start
    transaction = full[0]
    for come in (30, 91, 152, 213, 274):  # an hour each
        leaves(forecourt, 1, transaction, come)
        transaction = forecourt.starts("CP1", come + 1, "RIDER5").transaction
        forecourt.says("CP1", ConnectorReported(at(come + 1), 1, ConnectorState.OCCUPIED))
    first, second = joins(forecourt, crowd[0], 276), joins(forecourt, crowd[1], 277)
    with forecourt.transactions.begin() as store:
        seen = estimate_wait(store, first, at(278)), estimate_wait(store, second, at(278))
    assert [one.ahead for one in seen] == [0, 1]
    assert seen[0].at < at(335) and seen[0].give_or_take >= timedelta(minutes=15)
    assert first.foreseen_at is not None


def test_one_very_short_stay_does_not_shorten_the_estimated_wait(forecourt, crowd, full) -> None:
    leaves(forecourt, 1, full[0], -24)
    forecourt.starts("CP1", -23, "RIDER5")
    with forecourt.transactions.begin() as store:
        assert estimate_wait_of_next(store, forecourt.site_id, KIND, at(0)).at == at(210)
