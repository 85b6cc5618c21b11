"""Bookings of a socket kind: quoted, assigned a socket shortly before, and released after a grace period."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import StatedNeeds, Token, TokenKind, token_uid
from forecourt.flows.answers import apply_order_result
from forecourt.flows.billing import invoice_no_show, rate_and_invoice
from forecourt.flows.bookings import (
    ReserveRequest,
    advance_bookings,
    cancel_own_booking,
    change_booking,
    extend_stay,
    nearest_offers,
    report_blocked,
    reserve,
)
from forecourt.flows.chargers import link_changed
from forecourt.flows.charging import free_until, start_charge, state_need
from forecourt.flows.offers import redeem_code
from forecourt.flows.ports import ChargerOrder, InvoiceNoShow, OutboxItem
from forecourt.kernel import BadInput, ChargerId, Conflict, DriverId, Money, NotFound, Span, divide_half_up
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, BookingRules, Bound, Broken, Cancelled, Confirmed, Kept, Missed
from forecourt.stations import (
    CancelReserve,
    ConnectorReported,
    ConnectorState,
    Maintenance,
    Opening,
    OrderResult,
    Outcome,
    Reserve,
    TransactionStarted,
)
from stores import both_stores

from .conftest import APP, CARD

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def book(forecourt, driver_id: DriverId, start: float = 60, end: float = 120, kind: str = KIND) -> Booking:
    with forecourt.transactions.begin() as store:
        return reserve(store, ReserveRequest(forecourt.site_id, kind, driver_id, Span(at(start), at(end))), at(0), forecourt.ids)


def tick(forecourt, minute: float) -> int:
    with forecourt.transactions.begin() as store:
        return advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)


def now(forecourt, booking: Booking) -> Booking:
    with forecourt.transactions.begin() as store:
        return store.bookings.booking(booking.id)


def ordered_of(forecourt, kind: type) -> list[OutboxItem]:
    with forecourt.transactions.begin() as store:
        items = store.outbox.open_items("charger")
        return [item for item in items if isinstance(item.work, ChargerOrder) and isinstance(item.work.order, kind)]


def test_a_new_booking_is_confirmed_with_a_quoted_price(forecourt) -> None:
    booking = book(forecourt, forecourt.card_driver)
    assert booking.quote is not None
    assert booking.quote.gross.minor > 0
    assert isinstance(booking.state, Confirmed)


def test_a_second_booking_of_a_driver_for_an_overlapping_time_is_refused(forecourt) -> None:
    book(forecourt, forecourt.card_driver)
    with pytest.raises(Conflict, match="already have a booking"):
        book(forecourt, forecourt.card_driver, 90, 150)


def test_a_socket_kind_the_site_does_not_have_is_refused_with_a_list_of_its_kinds(forecourt) -> None:
    with pytest.raises(NotFound, match=KIND):
        book(forecourt, forecourt.card_driver, kind="CCS-300kW")


def test_a_booking_in_the_past_is_refused(forecourt) -> None:
    with pytest.raises(BadInput):
        book(forecourt, forecourt.card_driver, -60, 0)


def test_sockets_out_of_order_cannot_be_booked(forecourt) -> None:
    for number in (1, 2, 3):
        forecourt.says(f"CP{number}", ConnectorReported(at(-1), 1, ConnectorState.FAULTED))
    with pytest.raises(Conflict) as refusal:
        book(forecourt, forecourt.card_driver)
    assert refusal.value.code == "slot_taken"


def wish(forecourt, driver_id: DriverId, start: float, end: float, flexible: int = 0) -> ReserveRequest:
    return ReserveRequest(forecourt.site_id, KIND, driver_id, Span(at(start), at(end)), flexible=timedelta(minutes=flexible))


def test_a_flexible_booking_is_moved_within_its_window_to_fit_another_booking(forecourt, crowd) -> None:
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(held_back=2))
        first = reserve(store, wish(forecourt, crowd[0], 120, 180, flexible=60), at(0), forecourt.ids)
        second = reserve(store, wish(forecourt, crowd[1], 150, 210), at(0), forecourt.ids)
        moved = store.bookings.booking(first.id)
    assert (moved.window.start, moved.promised) == (at(90), Span(at(60), at(240)))
    assert second.window == Span(at(150), at(210))


def test_a_fully_booked_time_is_answered_with_the_nearest_free_times_and_their_prices(forecourt, crowd) -> None:
    for driver_id in crowd[:3]:
        book(forecourt, driver_id, 60, 120)
    with forecourt.transactions.begin() as store:
        offers = nearest_offers(store, wish(forecourt, crowd[3], 60, 120), at(0))
    assert [offer.window.start for offer in offers] == [at(0), at(120), at(125)]
    assert all(offer.due.minor > 0 for offer in offers)


def test_no_booking_is_accepted_in_closed_hours_or_for_a_socket_under_maintenance(forecourt, crowd) -> None:
    works = (Maintenance(Span(at(60), at(90)), ("B1", "B2")), Maintenance(Span(at(300), at(400)), reason="new cable"))
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, openings=tuple(Opening(day, 6 * 60, 22 * 60) for day in range(7)), maintenance=works))
    book(forecourt, crowd[0], 60, 90)
    for start, end in ((60, 90), (290, 310), (7 * 60 + 30, 8 * 60 + 30)):  # 22:00 in Berlin is 20:00 UTC, eight hours after noon
        with pytest.raises(Conflict, match="taken" if start == 60 else "closed"):
            book(forecourt, crowd[1], start, end)


@both_stores
def test_a_driver_who_left_late_before_is_expected_to_leave_late_again(forecourt) -> None:
    for day in range(3):
        begins, charger = 60 + 1440 * day, f"CP{day + 1}"
        with forecourt.transactions.begin() as store:
            reserve(store, wish(forecourt, forecourt.card_driver, begins, begins + 60), at(begins - 60), forecourt.ids)
        transaction = forecourt.starts(charger, begins).transaction
        forecourt.stops(charger, transaction, begins + 60 + 12, 2000)
    with forecourt.transactions.begin() as store:
        next_one = reserve(store, wish(forecourt, forecourt.card_driver, 5000, 5060), at(4900), forecourt.ids)
    assert next_one.claim.end == at(5060 + 15)


def test_a_socket_is_assigned_and_reserved_shortly_before_the_booking_and_not_earlier(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    assert tick(forecourt, 45) == 0
    assert tick(forecourt, 51) == 1
    assert isinstance(now(forecourt, booking).state, Bound)
    (item,) = ordered_of(forecourt, Reserve)
    assert item.work.order.reservation_number == booking.number
    assert tick(forecourt, 52) == 0


def test_a_booking_is_assigned_another_socket_when_the_first_fails(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    first = now(forecourt, booking).state.evse_id
    number = 1 + [forecourt.evse_id(n) for n in (1, 2, 3)].index(first)
    forecourt.says(f"CP{number}", ConnectorReported(at(52), 1, ConnectorState.FAULTED))
    assert tick(forecourt, 53) == 1
    assert now(forecourt, booking).state.evse_id != first


@pytest.mark.parametrize("lost", [True, False], ids=["the one that was kept fails", "all are in use"])
def test_a_driver_left_without_a_bay_is_notified_once_and_may_cancel_free_of_charge(forecourt, crowd, lost: bool) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    for number in (2, 3) if lost else (1, 2, 3):
        forecourt.starts(f"CP{number}", 0, f"RIDER{number}")
    minute = 53 if lost else 60
    assert waits(forecourt, minute - 1) == []
    if lost:
        forecourt.says("CP1", ConnectorReported(at(52.5), 1, ConnectorState.FAULTED))
    assert waits(forecourt, minute) == [("B1" if lost else "", at(75))] == waits(forecourt, minute + 1)
    with forecourt.transactions.begin() as store:
        cancel_own_booking(store, forecourt.card_driver, booking.id, at(minute + 2), forecourt.ids)
    assert not now(forecourt, booking).state.late


def waits(forecourt, minute: float) -> list[tuple[str, datetime]]:
    """What the driver was told by then of a bay that is not there yet: which is not kept any more, how long we have."""
    tick(forecourt, minute)
    with forecourt.transactions.begin() as store:
        told = store.notices.of_driver(forecourt.card_driver).rows
    return [(one.content.before, one.content.until) for one in told if one.kind is NoticeKind.BOOKING_WAITS]


def test_a_booking_moves_to_another_charger_when_one_refuses_the_reservation(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    (item,) = ordered_of(forecourt, Reserve)
    with forecourt.transactions.begin() as store:
        apply_order_result(store, item, item.work, OrderResult(Outcome.REJECTED, "Occupied"), at(51), forecourt.ids)
    refused = now(forecourt, booking)
    assert isinstance(refused.state, Confirmed)
    assert tick(forecourt, 52) == 1
    assert now(forecourt, booking).state.evse_id not in refused.refused_by


def number_of(forecourt, booking: Booking) -> int:
    """Which of the three chargers the booking is bound to."""
    return 1 + [forecourt.evse_id(n) for n in (1, 2, 3)].index(now(forecourt, booking).state.evse_id)


def fails(forecourt, number: int, minute: float) -> None:
    forecourt.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.FAULTED))


def repaired(forecourt, number: int, minute: float) -> None:
    forecourt.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.AVAILABLE))


def test_a_socket_that_fails_and_is_repaired_is_reserved_at_its_charger_again(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    first = number_of(forecourt, booking)
    for number in {1, 2, 3} - {first}:
        fails(forecourt, number, 52)
    fails(forecourt, first, 52)
    assert tick(forecourt, 53) == 1
    assert isinstance(now(forecourt, booking).state, Confirmed)
    repaired(forecourt, first, 54)
    tick(forecourt, 55)
    assert [note.code for note in now(forecourt, booking).notified] == ["bay", "bay_lost", "bay_moved"]
    assert len(ordered_of(forecourt, Reserve)) == 2


def test_a_booking_without_any_working_socket_is_broken_with_its_cause_and_costs_nothing(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    for number in (1, 2, 3):
        fails(forecourt, number, 55)
    tick(forecourt, 76)
    credit = Money(divide_half_up(booking.quote.gross.minor, 2), "EUR")
    assert now(forecourt, booking).state == Broken(at(76), "fault", credit)
    with forecourt.transactions.begin() as store:
        assert store.outbox.open_items("task") == []


def test_a_broken_booking_is_compensated_once_with_a_credit_on_the_next_charge(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    for number in (1, 2, 3):
        fails(forecourt, number, 45)
    tick(forecourt, 76)
    tick(forecourt, 77)
    credit = now(forecourt, booking).state.credit
    for number in (1, 2, 3):
        repaired(forecourt, number, 80)
    bills = []
    for begins in (100, 500):
        transaction = forecourt.starts("CP1", begins).transaction
        forecourt.stops("CP1", transaction, begins + 300, 31_000)
        with forecourt.transactions.begin() as store:
            record = store.sessions.record_for("CP1", transaction)
            bills.append(rate_and_invoice(store, record.session_id, at(begins + 301), forecourt.ids))
    with forecourt.transactions.begin() as store:
        (claim,) = store.coupons.claims_of(forecourt.card_driver)
        coupon = store.coupons.coupon(claim.coupon_id)
        with pytest.raises(Conflict):
            redeem_code(store, forecourt.app_driver, coupon.code, at(100), forecourt.ids)
    assert (bills[1].gross - bills[0].gross, coupon.spent, claim.used_by) == (credit, credit, bills[0].id)


def goes_silent(forecourt, minute: float, *chargers: str) -> None:
    with forecourt.transactions.begin() as store:
        for charger in chargers:
            link_changed(store, ChargerId(charger), False, at(minute))


def test_a_booking_moves_from_an_offline_charger_to_one_that_is_online(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver)
    tick(forecourt, 51)
    goes_silent(forecourt, 51, "CP1")
    assert tick(forecourt, 53) == 0  # a link may come back by itself
    tick(forecourt, 55)
    assert now(forecourt, booking).state == Bound(forecourt.evse_id(2), at(55))


def test_a_booking_at_an_offline_charger_is_never_counted_as_a_no_show(forecourt) -> None:
    forecourt.free()
    bookings = [book(forecourt, driver_id) for driver_id in (forecourt.card_driver, forecourt.app_driver)]
    tick(forecourt, 51)
    goes_silent(forecourt, 52, "CP1", "CP2", "CP3")
    assert tick(forecourt, 90) == 2 and tick(forecourt, 91) == 0  # both are told that it costs nothing any more, once
    forecourt.hears("CP1", TransactionStarted(at(65), 1, "tx-1", CARD, offline=True), 100)  # it let the card in by itself
    tick(forecourt, 121)
    first, second = (now(forecourt, one).state for one in bookings)
    assert isinstance(first, Kept) and second == Broken(at(121), "offline")


def all_silent(forecourt, minute: float) -> Booking:
    """A booking from 13:00 to 14:00, its bay chosen, and no charger that can be reached."""
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver)
    tick(forecourt, 51)
    goes_silent(forecourt, minute, "CP1", "CP2", "CP3")
    tick(forecourt, minute + 3)
    return booking


@pytest.mark.parametrize("link_back", [None, 90, 62])
def test_a_driver_whose_charger_was_offline_at_the_start_pays_no_no_show_fee(forecourt, link_back) -> None:
    booking = all_silent(forecourt, 58)
    if link_back:
        charger = ChargerId(f"CP{number_of(forecourt, booking)}")
        with forecourt.transactions.begin() as store:
            link_changed(store, charger, True, at(link_back))
    for minute in (76, 92, 120):
        tick(forecourt, minute)
    assert now(forecourt, booking).state.cause == "offline"
    with forecourt.transactions.begin() as store:
        assert not [item for item in store.outbox.open_items("task") if isinstance(item.work, InvoiceNoShow)]
        assert store.coupons.claims_of(booking.driver_id) == [], "and nobody pays for a driver who may not have come"
        told = [one.kind for one in store.notices.of_driver(booking.driver_id).rows]
    assert told.count(NoticeKind.BOOKING_OUT_OF_REACH) == 1 and NoticeKind.BOOKING_BROKEN not in told


def test_a_booking_at_an_offline_charger_may_be_cancelled_free_of_charge(forecourt) -> None:
    booking = all_silent(forecourt, 58)
    with forecourt.transactions.begin() as store:
        assert cancel_own_booking(store, booking.driver_id, booking.id, at(63), forecourt.ids).state == Cancelled(at(63))


def test_a_driver_who_reports_a_blocked_bay_gets_another_and_never_the_same_again(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver)
    tick(forecourt, 51)
    seen = [now(forecourt, booking).state.evse_id]
    for minute in (61, 62):
        with forecourt.transactions.begin() as store:
            seen.append(report_blocked(store, booking.driver_id, booking.id, at(minute), forecourt.ids).state.evse_id)
    assert len(set(seen)) == 3
    with forecourt.transactions.begin() as store:
        assert [one.detail[:2] for one in store.audit.recent() if one.action == "booking.blocked"] == ["B2", "B1"], "the operator sees it"
    with forecourt.transactions.begin() as store:
        assert isinstance(report_blocked(store, booking.driver_id, booking.id, at(63), forecourt.ids).state, Confirmed), "none is left"
    tick(forecourt, 64)
    with forecourt.transactions.begin() as store, pytest.raises(Conflict, match="No bay is reserved"):
        report_blocked(store, booking.driver_id, booking.id, at(65), forecourt.ids)
    tick(forecourt, 77)
    assert now(forecourt, booking).state == Broken(at(77), "blocked"), "nothing to pay, and no credit for a press"


def test_a_driver_plugged_in_when_the_connection_was_lost_gets_the_credit_for_a_broken_booking(forecourt) -> None:
    booking = all_silent(forecourt, 61)
    number = number_of(forecourt, booking)
    forecourt.says(f"CP{number}", ConnectorReported(at(60.5), 1, ConnectorState.OCCUPIED))
    tick(forecourt, 120)
    state = now(forecourt, booking).state
    assert state.cause == "fault" and state.credit


@pytest.mark.parametrize(("late", "cause"), [(True, "overstay"), (False, "walk_in")])
def test_the_cause_of_a_broken_booking_distinguishes_overstaying_cars_from_permitted_ones(forecourt, crowd, late: bool, cause: str) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    for number in (1, 2, 3):
        forecourt.starts(f"CP{number}", 5, f"RIDER{number}")
    with forecourt.transactions.begin() as store:
        if late:
            evse = store.stations.evse(forecourt.evse_id(1))
            state_need(store, crowd[1], evse, StatedNeeds(None, at(50)), at(6))
    tick(forecourt, 51)
    tick(forecourt, 76)
    assert now(forecourt, booking).state.cause == cause


def test_a_broken_booking_at_a_site_without_compensation_gives_no_credit(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(broken_credit_percent=0))
    booking = book(forecourt, forecourt.card_driver)
    for number in (1, 2, 3):
        fails(forecourt, number, 45)
    tick(forecourt, 76)
    assert now(forecourt, booking).state.credit is None
    with forecourt.transactions.begin() as store:
        assert store.coupons.claims_of(forecourt.card_driver) == []


def test_a_booking_keeps_its_terms_until_its_driver_changes_the_booking(forecourt, crowd) -> None:
    first, second = book(forecourt, crowd[0], 300, 360), book(forecourt, crowd[1], 300, 360)
    with forecourt.transactions.begin() as store:
        today = BookingRules(free_cancel_min=24 * 60, broken_credit_percent=0)
        store.bookings.put_rules(store.stations.site(forecourt.site_id), today)
        changed = change_booking(store, second.id, wish(forecourt, crowd[1], 400, 460), at(200), forecourt.ids)
        assert (first.terms, changed.terms) == (BookingRules().terms, today.terms)
        assert not cancel_own_booking(store, crowd[0], first.id, at(200), forecourt.ids).state.late
        assert cancel_own_booking(store, crowd[1], second.id, at(200), forecourt.ids).state.late


def test_a_broken_booking_is_compensated_by_the_terms_it_was_made_under(forecourt) -> None:
    booking = book(forecourt, forecourt.card_driver)
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(broken_credit_percent=0))
    for number in (1, 2, 3):
        fails(forecourt, number, 45)
    tick(forecourt, 76)
    assert now(forecourt, booking).state.credit == Money(divide_half_up(booking.quote.due.minor, 2), "EUR")


def test_a_fault_moves_a_flexible_booking_to_another_time_instead_of_breaking_it(forecourt, crowd) -> None:
    forecourt.free()
    with forecourt.transactions.begin() as store:
        for driver_id in crowd[:2]:
            reserve(store, wish(forecourt, driver_id, 180, 240), at(0), forecourt.ids)
        flexible = reserve(store, wish(forecourt, crowd[2], 180, 240, flexible=60), at(0), forecourt.ids)
    fails(forecourt, 1, 5)
    assert tick(forecourt, 6) == 1
    moved = now(forecourt, flexible)
    assert not moved.window.overlaps(Span(at(180), at(240)))
    assert moved.notified[0].code == "time_moved"


def test_a_cable_plugged_in_at_the_reserved_socket_does_not_move_the_booking(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    number = number_of(forecourt, booking)
    forecourt.says(f"CP{number}", ConnectorReported(at(58), 1, ConnectorState.OCCUPIED))
    assert tick(forecourt, 59) == 0
    forecourt.starts(f"CP{number}", 60)
    assert isinstance(now(forecourt, booking).state, Kept)


def test_a_short_notice_booking_may_be_changed_as_long_as_cancelling_is_free(forecourt, crowd) -> None:
    booking = book(forecourt, crowd[2], 40, 100)  # less than an hour ahead
    with forecourt.transactions.begin() as store:
        assert change_booking(store, booking.id, wish(forecourt, crowd[2], 45, 105), at(9), forecourt.ids).window.start == at(45)
        with pytest.raises(Conflict, match="too late to change"):
            change_booking(store, booking.id, wish(forecourt, crowd[2], 40, 100), at(11), forecourt.ids)


def test_a_changed_booking_keeps_its_id_and_does_not_conflict_with_itself(forecourt, crowd) -> None:
    for driver_id in crowd[:3]:
        booking = book(forecourt, driver_id, 120, 180)
    with forecourt.transactions.begin() as store:
        changed = change_booking(store, booking.id, wish(forecourt, crowd[2], 150, 210), at(10), forecourt.ids)
        assert (changed.id, changed.number, changed.window) == (booking.id, booking.number, Span(at(150), at(210)))
        with pytest.raises(NotFound):
            change_booking(store, booking.id, wish(forecourt, crowd[4], 300, 360), at(10), forecourt.ids)
        with pytest.raises(Conflict, match="too late"):
            change_booking(store, booking.id, wish(forecourt, crowd[2], 300, 360), at(100), forecourt.ids)


def test_a_stay_is_extended_only_until_the_next_booking_of_the_socket(forecourt, crowd) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    forecourt.starts("CP1", 60)
    for driver_id in crowd[:3]:
        book(forecourt, driver_id, 150, 210)
    with forecourt.transactions.begin() as store:
        with pytest.raises(Conflict) as refused:
            extend_stay(store, forecourt.card_driver, booking.id, at(160), at(70))
        assert refused.value.remedy == "It is yours until 16:30."  # by the clock of the place
        longer = extend_stay(store, forecourt.card_driver, booking.id, at(150), at(70))
        assert extend_stay(store, forecourt.card_driver, booking.id, at(150), at(71)) == longer
        with pytest.raises(NotFound):
            extend_stay(store, crowd[0], booking.id, at(150), at(71))


def test_an_overdue_stay_is_not_extended_into_the_next_booking(forecourt, crowd) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    for number in (1, 2, 3):
        forecourt.starts(f"CP{number}", 60, CARD if number == 1 else f"RIDER{number}")
    with forecourt.transactions.begin() as store:
        reserve(store, wish(forecourt, crowd[0], 120, 180), at(70), forecourt.ids)
        with pytest.raises(Conflict, match="Someone else has"):
            extend_stay(store, forecourt.card_driver, booking.id, at(135), at(125))


def test_cancelling_late_costs_the_no_show_fee_once(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    for minute in (52, 53):
        with forecourt.transactions.begin() as store:
            cancel_own_booking(store, forecourt.card_driver, booking.id, at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        assert [item.work for item in store.outbox.open_items("task")] == [InvoiceNoShow(booking.id)]
        assert invoice_no_show(store, booking.id, at(54), forecourt.ids).gross.minor == 595


def test_a_driver_without_a_booking_may_use_the_gap_before_the_next_one_unless_too_short(forecourt, crowd) -> None:
    forecourt.free()
    with forecourt.transactions.begin() as store:
        store.drivers.put_token(Token(token_uid("APPX"), forecourt.operator_id, forecourt.card_driver, TokenKind.APP))
    for driver_id in crowd[:3]:
        book(forecourt, driver_id, 60, 120)
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(forecourt.evse_id(1))
        assert free_until(store, evse, at(20)) == at(60)
        with pytest.raises(Conflict, match="more than 20 minutes"):
            start_charge(store, forecourt.card_driver, evse, at(40), forecourt.ids)
        start_charge(store, forecourt.card_driver, evse, at(20), forecourt.ids)


def test_a_booking_is_fulfilled_when_its_driver_starts_a_charge(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    number = 1 + [forecourt.evse_id(n) for n in (1, 2, 3)].index(now(forecourt, booking).state.evse_id)
    forecourt.starts(f"CP{number}", 62)
    assert isinstance(now(forecourt, booking).state, Kept)
    assert tick(forecourt, 90) == 0


def test_a_no_show_releases_the_socket_after_the_grace_period_and_is_billed_once(forecourt) -> None:
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


@pytest.mark.parametrize(("there", "missed"), [(True, 85), (False, 76)], ids=["a cable in it", "nobody"])
def test_a_driver_plugged_in_at_the_end_of_the_grace_period_gets_more_time_to_start(forecourt, there, missed) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver)
    tick(forecourt, 51)
    if there:
        forecourt.says(f"CP{number_of(forecourt, booking)}", ConnectorReported(at(74), 1, ConnectorState.OCCUPIED))
    assert tick(forecourt, missed - 1) == 0 and tick(forecourt, missed) == 1
    assert isinstance(now(forecourt, booking).state, Missed)


def test_a_start_reported_shortly_after_the_grace_period_still_fulfils_the_booking(forecourt) -> None:
    forecourt.free()
    first, second = (book(forecourt, driver_id) for driver_id in (forecourt.card_driver, forecourt.app_driver))
    tick(forecourt, 51)
    assert tick(forecourt, 75) == 0
    forecourt.hears(f"CP{number_of(forecourt, first)}", TransactionStarted(at(74.9), 1, "tx-1", CARD), 75.1)
    charger = f"CP{number_of(forecourt, second)}"
    goes_silent(forecourt, 75.5, charger)  # for too short a time to look for another bay
    assert isinstance(now(forecourt, first).state, Kept) and tick(forecourt, 77) == 0
    with forecourt.transactions.begin() as store:
        link_changed(store, ChargerId(charger), True, at(77))
    assert tick(forecourt, 77.9) == 0 and tick(forecourt, 78) == 1
    assert isinstance(now(forecourt, second).state, Missed)


def test_a_start_awaiting_its_payment_hold_when_the_grace_period_ends_keeps_the_booking(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver)
    tick(forecourt, 51)
    number = number_of(forecourt, booking)
    with forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(number)), at(74), forecourt.ids)
    assert tick(forecourt, 76) == 0
    forecourt.starts(f"CP{number}", 77, APP)
    assert isinstance(now(forecourt, booking).state, Kept)


def test_a_booking_can_be_cancelled_only_by_its_driver_and_repeating_it_changes_nothing(forecourt) -> None:
    booking = book(forecourt, forecourt.card_driver)
    with forecourt.transactions.begin() as store:
        with pytest.raises(NotFound):
            cancel_own_booking(store, DriverId(UUID(int=77)), booking.id, at(1), forecourt.ids)
        first = cancel_own_booking(store, forecourt.card_driver, booking.id, at(1), forecourt.ids)
        again = cancel_own_booking(store, forecourt.card_driver, booking.id, at(2), forecourt.ids)
    assert first.state == again.state == Cancelled(at(1))
