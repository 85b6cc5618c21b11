"""A promise of a socket of a kind: made once, kept late, let go fairly."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.flows import (
    ChargerOrder,
    InvoiceNoShow,
    OutboxItem,
    ReserveRequest,
    keep_bookings,
    ordered,
    reserve,
    withdraw,
)
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound, Span
from forecourt.reservations import Booking, Bound, Cancelled, Confirmed, Kept, Missed
from forecourt.stations import CancelReserve, ConnectorReported, ConnectorState, OrderResult, Outcome, Reserve

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def book(forecourt, driver_id: DriverId, start: float = 60, end: float = 120, kind: str = KIND) -> Booking:
    with forecourt.transactions.begin() as store:
        return reserve(store, ReserveRequest(forecourt.site_id, kind, driver_id, Span(at(start), at(end))), at(0), forecourt.ids)


def tick(forecourt, minute: float) -> int:
    with forecourt.transactions.begin() as store:
        return keep_bookings(store, forecourt.site_id, at(minute), forecourt.ids)


def now(forecourt, booking: Booking) -> Booking:
    with forecourt.transactions.begin() as store:
        return store.bookings.booking(booking.id)


def ordered_of(forecourt, kind: type) -> list[OutboxItem]:
    with forecourt.transactions.begin() as store:
        items = store.outbox.open_items("charger")
        return [item for item in items if isinstance(item.work, ChargerOrder) and isinstance(item.work.order, kind)]


def test_a_booking_keeps_its_quote(forecourt) -> None:
    booking = book(forecourt, forecourt.card_driver)
    assert booking.quote is not None
    assert booking.quote.gross.minor > 0
    assert isinstance(booking.state, Confirmed)


def test_the_same_driver_cannot_take_two_sockets_at_once(forecourt) -> None:
    book(forecourt, forecourt.card_driver)
    with pytest.raises(Conflict, match="already have a booking"):
        book(forecourt, forecourt.card_driver, 90, 150)


def test_a_kind_the_site_does_not_have_is_refused_with_those_it_has(forecourt) -> None:
    with pytest.raises(NotFound, match=KIND):
        book(forecourt, forecourt.card_driver, kind="CCS-300kW")


def test_a_window_in_the_past_is_refused(forecourt) -> None:
    with pytest.raises(BadInput):
        book(forecourt, forecourt.card_driver, -60, 0)


def test_sockets_out_of_order_cannot_be_promised(forecourt) -> None:
    for number in (1, 2, 3):
        forecourt.says(f"CP{number}", ConnectorReported(at(-1), 1, ConnectorState.FAULTED))
    with pytest.raises(Conflict) as refusal:
        book(forecourt, forecourt.card_driver)
    assert refusal.value.code == "slot_taken"


def test_the_socket_is_chosen_shortly_before_and_not_earlier(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    assert tick(forecourt, 45) == 0
    assert tick(forecourt, 51) == 1
    assert isinstance(now(forecourt, booking).state, Bound)
    (item,) = ordered_of(forecourt, Reserve)
    assert item.work.order.reservation_number == booking.number
    assert tick(forecourt, 52) == 0


def test_a_chosen_socket_that_fails_is_replaced(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    first = now(forecourt, booking).state.evse_id
    number = 1 + [forecourt.evse_id(n) for n in (1, 2, 3)].index(first)
    forecourt.says(f"CP{number}", ConnectorReported(at(52), 1, ConnectorState.FAULTED))
    assert tick(forecourt, 53) == 1
    assert now(forecourt, booking).state.evse_id != first


def test_a_charger_that_refuses_the_reservation_loses_it(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    (item,) = ordered_of(forecourt, Reserve)
    with forecourt.transactions.begin() as store:
        ordered(store, item, item.work, OrderResult(Outcome.REJECTED, "Occupied"), at(51), forecourt.ids)
    assert isinstance(now(forecourt, booking).state, Confirmed)


def test_the_driver_who_comes_keeps_the_booking(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    number = 1 + [forecourt.evse_id(n) for n in (1, 2, 3)].index(now(forecourt, booking).state.evse_id)
    forecourt.starts(f"CP{number}", 62)
    assert isinstance(now(forecourt, booking).state, Kept)
    assert tick(forecourt, 90) == 0


def test_a_no_show_is_let_go_after_the_grace_and_billed_once(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    assert tick(forecourt, 74) == 0
    assert tick(forecourt, 76) == 1
    assert isinstance(now(forecourt, booking).state, Missed)
    assert len(ordered_of(forecourt, CancelReserve)) == 1
    assert tick(forecourt, 77) == 0
    with forecourt.transactions.begin() as store:
        assert [item.work for item in store.outbox.open_items("task")] == [InvoiceNoShow(booking.id)]


def test_only_the_owner_can_cancel_and_twice_is_once(forecourt) -> None:
    booking = book(forecourt, forecourt.card_driver)
    with forecourt.transactions.begin() as store:
        with pytest.raises(NotFound):
            withdraw(store, DriverId(UUID(int=77)), booking.id, at(1), forecourt.ids)
        first = withdraw(store, forecourt.card_driver, booking.id, at(1), forecourt.ids)
        again = withdraw(store, forecourt.card_driver, booking.id, at(2), forecourt.ids)
    assert first.state == again.state == Cancelled(at(1))
