"""Changed opening hours and maintenance: bookings that can be kept are, the others are cancelled and compensated."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.flows.bookings import (
    JoinQueue,
    ReserveRequest,
    ServiceEdit,
    ServicePreview,
    advance_bookings,
    advance_queue,
    cancel_own_booking,
    join_queue,
    maintenance_fingerprint,
    pool_of,
    preview_service,
    reserve,
    service_fingerprint,
    set_service,
)
from forecourt.flows.charging import start_charge
from forecourt.flows.desk import Staff
from forecourt.flows.ports import PageRequest
from forecourt.kernel import BadInput, Conflict, DriverId, Forbidden, NotFound, OperatorId, Refused, Span
from forecourt.reservations import Booking, BookingRules, Bound, Broken, Confirmed, free_sockets
from forecourt.stations import Calendar, Maintenance, Opening, Verdict, closed_in, parse_special_days, parse_week
from stores import both_stores

from .conftest import Forecourt

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # Monday, 14:00 in Berlin
KIND = "T2-7kW"
SIX_TO_TEN = tuple(Opening(day, 6 * 60, 22 * 60) for day in range(7))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def by(forecourt, minute: float = 0) -> Staff:
    return Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids)


def edit(forecourt, change: ServiceEdit, minute: float = 0) -> ServicePreview:
    with forecourt.transactions.begin() as store:
        seen = service_fingerprint(store.stations.site(forecourt.site_id))
        return set_service(store, by(forecourt, minute), forecourt.site_id, change, seen)


def works(first: float, last: float, *labels: str, reason: str = "") -> ServiceEdit:
    return ServiceEdit(begin=Maintenance(Span(at(first), at(last)), labels, reason))


def book(forecourt, driver_id: DriverId, start: float, end: float, flexible: int = 0) -> Booking:
    wanted = ReserveRequest(forecourt.site_id, KIND, driver_id, Span(at(start), at(end)), flexible=timedelta(minutes=flexible))
    with forecourt.transactions.begin() as store:
        return reserve(store, wanted, at(0), forecourt.ids)


def now(forecourt, booking: Booking) -> Booking:
    with forecourt.transactions.begin() as store:
        return store.bookings.booking(booking.id)


def told(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return [str(notice.kind) for notice in store.notices.page(forecourt.operator_id, PageRequest(limit=100)).rows]


def test_maintenance_moves_bookings_to_other_bays_and_compensates_the_last_made_if_none_is_left(forecourt, crowd) -> None:
    first, second, third = (book(forecourt, driver_id, 60, 120) for driver_id in crowd[:3])
    found = edit(forecourt, works(90, 200, "B1", reason="new cable"))
    assert (found.kept, [one.booking.id for one in found.taken_back]) == (2, [third.id])
    assert isinstance(now(forecourt, first).state, Confirmed) and isinstance(now(forecourt, second).state, Confirmed)
    gone = now(forecourt, third)
    assert gone.state == Broken(at(0), "maintenance", found.taken_back[0].credit) and gone.state.credit.minor > 0
    assert told(forecourt).count("booking_broken") == 1
    with forecourt.transactions.begin() as store:
        assert len(store.coupons.claims_of(crowd[2])) == 1


@both_stores
def test_a_preview_of_new_maintenance_stores_nothing_and_sends_no_notice(forecourt, crowd) -> None:
    booking = book(forecourt, crowd[0], 60, 120)
    with forecourt.transactions.begin() as store:
        found = preview_service(store, by(forecourt), forecourt.site_id, works(0, 600))
    assert [one.cause for one in found.taken_back] == ["closed"]
    assert isinstance(now(forecourt, booking).state, Confirmed) and "booking_broken" not in told(forecourt)


def test_new_opening_hours_cancel_the_bookings_outside_them(forecourt, crowd) -> None:
    inside, outside = book(forecourt, crowd[0], 60, 120), book(forecourt, crowd[1], 7 * 60 + 30, 8 * 60 + 30)
    found = edit(forecourt, ServiceEdit(openings=SIX_TO_TEN))
    assert (found.kept, [one.booking.id for one in found.taken_back]) == (1, [outside.id])
    assert isinstance(now(forecourt, inside).state, Confirmed) and now(forecourt, outside).state.cause == "closed"
    with forecourt.transactions.begin() as store:
        (entry,) = [one for one in store.audit.recent() if one.action == "site.hours"]
    assert "monday 00:00-24:00 → 06:00-22:00" in entry.detail and "taken back 1" in entry.detail


def test_a_closed_special_day_cancels_its_bookings_and_refuses_new_bookings_and_starts(forecourt, crowd) -> None:
    booking, tomorrow = book(forecourt, crowd[0], 60, 120), book(forecourt, crowd[1], 24 * 60, 25 * 60)
    found = edit(forecourt, ServiceEdit(calendar=Calendar(special_days=parse_special_days(f"{at(0):%Y-%m-%d} closed; Inventory", "days"))))
    assert ([one.booking.id for one in found.taken_back], found.kept) == ([booking.id], 1)
    assert now(forecourt, booking).state.cause == "closed" and isinstance(now(forecourt, tomorrow).state, Confirmed)
    with pytest.raises(Refused):
        book(forecourt, crowd[2], 60, 120)
    with pytest.raises(Conflict) as refusal, forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(30), forecourt.ids)
    assert refusal.value.code == "site_closed"


MANY_DAYS = "\n".join(f"{date(2098, 1, 1) + timedelta(days=one)} closed" for one in range(101))


@pytest.mark.parametrize(
    ("calendar", "field"),
    [(Calendar("DE-QQ"), "region"), (Calendar(special_days=parse_special_days("2099-01-01 closed\n2099-01-01 6-8", "")), "special_days"),
     (Calendar(special_days=parse_special_days(MANY_DAYS, "")), "special_days")],
)  # fmt: skip
def test_an_invalid_calendar_is_refused_with_the_name_of_its_field(forecourt, calendar, field) -> None:
    with pytest.raises(BadInput) as refusal:
        edit(forecourt, ServiceEdit(calendar=calendar))
    assert refusal.value.code == field


def test_maintenance_moves_a_flexible_booking_within_its_window(forecourt, crowd) -> None:
    booking = book(forecourt, crowd[0], 120, 180, flexible=60)
    found = edit(forecourt, works(100, 150))
    assert [one.id for one, _ in found.moved] == [booking.id] and not found.taken_back
    moved = now(forecourt, booking)
    assert moved.window.start >= at(150) and moved.window.end <= at(240) and moved.notified[-1].code == "time_moved"


def test_repeated_maintenance_of_a_bay_cancels_no_further_bookings(forecourt, crowd) -> None:
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(held_back=0))
    booked = [book(forecourt, driver_id, 60, 120) for driver_id in crowd[:3]]
    edit(forecourt, works(30, 200, "B1"))
    assert isinstance(now(forecourt, booked[2]).state, Broken)
    found = edit(forecourt, works(30, 200, "B1", reason="once more"))
    assert found.kept == 2 and not found.taken_back


def test_a_booking_moves_from_an_assigned_bay_that_goes_into_maintenance(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.card_driver, 15, 75)
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(6), forecourt.ids)
    assert now(forecourt, booking).state.evse_id == forecourt.evse_id(1)
    edit(forecourt, works(7, 600, "B1"), 7)
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(8), forecourt.ids)
    state = now(forecourt, booking).state
    assert isinstance(state, Bound) and state.evse_id == forecourt.evse_id(2)


def test_maintenance_ended_early_frees_its_hours_and_stays_in_the_audit_log(forecourt) -> None:
    edit(forecourt, works(60, 600, reason="paint"))
    with forecourt.transactions.begin() as store:
        (planned,) = store.stations.site(forecourt.site_id).maintenance
    edit(forecourt, ServiceEdit(end=maintenance_fingerprint(planned)), 70)
    with forecourt.transactions.begin() as store:
        assert store.stations.site(forecourt.site_id).maintenance == ()
        assert free_sockets(pool_of(store, forecourt.site_id, KIND, at(70)), Span(at(80), at(100))) > 0
        logged = [one.action for one in store.audit.recent()]
    assert logged.count("site.maintenance") == 1 and logged.count("site.maintenance_end") == 1
    with pytest.raises(NotFound):
        edit(forecourt, ServiceEdit(end=maintenance_fingerprint(planned)), 71)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (works(-60, -1), "to"), (works(0, 600_000), "to"),
        (works(0, 60, "B9"), "labels"), (works(0, 60, reason="x" * 121), "reason"),
    ],
)  # fmt: skip
def test_invalid_maintenance_is_refused_with_the_name_of_its_field(forecourt, change: ServiceEdit, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        edit(forecourt, change)
    assert refusal.value.code == field


def test_opening_hours_changed_meanwhile_or_of_another_operator_are_not_overwritten(forecourt) -> None:
    edit(forecourt, ServiceEdit(openings=SIX_TO_TEN))
    with pytest.raises(Conflict, match="in the meantime"), forecourt.transactions.begin() as store:
        set_service(store, by(forecourt), forecourt.site_id, ServiceEdit(openings=()), "as it was")
    rival = Staff(OperatorId(forecourt.site_id), "rival", at(0), forecourt.ids)
    with pytest.raises(NotFound), forecourt.transactions.begin() as store:
        preview_service(store, rival, forecourt.site_id, ServiceEdit(openings=()))


def test_at_a_closed_site_no_charge_can_start_and_running_ones_continue(forecourt) -> None:
    forecourt.free()
    running = forecourt.starts("CP2", 0)
    assert edit(forecourt, works(5, 120, reason="fair"), 1).charging == ("B2",)
    card = forecourt.starts("CP1", 10)
    assert card.verdict is Verdict.NOT_NOW and told(forecourt).count("refused_closed") == 1
    with pytest.raises(Conflict, match="closed until 16:00") as refusal, forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(3)), at(10), forecourt.ids)
    assert refusal.value.code == "site_closed"
    with forecourt.transactions.begin() as store:
        assert store.sessions.open_for("CP2", running.transaction) is not None
        assert store.queue.live_at(forecourt.site_id) == []  # whom a closed place refuses does not wait there
    assert forecourt.starts("CP3", 121).verdict is Verdict.ACCEPTED


def test_a_bay_under_maintenance_is_refused_and_the_others_are_not(forecourt) -> None:
    forecourt.free()
    edit(forecourt, works(0, 120, "B1", reason="new cable"))
    assert forecourt.starts("CP1", 10).verdict is Verdict.NOT_NOW
    with pytest.raises(Conflict, match=r"until 16:00 \(new cable\)") as refusal, forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(10), forecourt.ids)
    assert refusal.value.code == "socket_maintained"
    assert forecourt.starts("CP2", 11).verdict is Verdict.ACCEPTED


def test_a_booked_driver_may_start_early_even_shortly_before_opening_hours(forecourt) -> None:
    edit(forecourt, ServiceEdit(openings=parse_week(dict.fromkeys(["monday"], "15:00-22:00"))))
    forecourt.free()
    book(forecourt, forecourt.card_driver, 60, 120)
    assert forecourt.starts("CP1", 44).verdict is Verdict.NOT_NOW
    assert forecourt.starts("CP2", 46).verdict is Verdict.ACCEPTED


def test_a_charge_may_still_begin_shortly_before_the_site_closes(forecourt) -> None:
    forecourt.free()
    edit(forecourt, works(5, 120))
    with forecourt.transactions.begin() as store:
        assert start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(1), forecourt.ids)


def test_a_queue_turn_moves_from_a_bay_that_goes_into_maintenance(forecourt, crowd) -> None:
    forecourt.free()
    tokens = [forecourt.starts(f"CP{number}", 0, f"RIDER{number}").transaction for number in (1, 2, 3)]
    with forecourt.transactions.begin() as store:
        ticket = join_queue(store, JoinQueue(forecourt.site_id, KIND, crowd[0]), at(1), forecourt.ids)
    assert edit(forecourt, works(300, 400), 2).waiting == 1
    forecourt.stops("CP1", tokens[0], 3, 2000)
    forecourt.stops("CP2", tokens[1], 3, 2000)
    forecourt.free(4)
    with forecourt.transactions.begin() as store:
        advance_queue(store, forecourt.site_id, at(5), forecourt.ids)
        assert store.queue.ticket(ticket.id).called_to == forecourt.evse_id(1)
    edit(forecourt, works(6, 200, "B1"), 6)
    with forecourt.transactions.begin() as store:
        advance_queue(store, forecourt.site_id, at(7), forecourt.ids)
        assert store.queue.ticket(ticket.id).called_to == forecourt.evse_id(2)


def test_a_booking_made_while_opening_hours_change_is_checked_against_the_new_hours(transactions) -> None:
    place = Forecourt(transactions)
    with transactions.begin() as store:
        place.build(store)
    wanted = ReserveRequest(place.site_id, KIND, place.card_driver, Span(at(480), at(540)))
    with pytest.raises(Conflict, match="closed"), transactions.begin() as store:
        assert store.stations.site(place.site_id).openings == ()  # what it has read by then
        edit(place, ServiceEdit(openings=SIX_TO_TEN))
        reserve(store, wanted, at(0), place.ids)


hours = st.lists(
    st.builds(lambda day, first, length: Opening(day, first, min(1440, first + length)), *map(st.integers, [0, 0, 1], [1, 1400, 900])),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=hours, first=st.integers(0, 900), starts=st.lists(st.integers(0, 1500), min_size=4, max_size=8))
def test_no_booking_is_accepted_or_left_in_closed_hours_for_any_opening_hours(forecourt, crowd, week, first, starts) -> None:
    edit(forecourt, ServiceEdit(openings=()))
    for number, start in enumerate(starts):
        if number == len(starts) // 2:
            edit(forecourt, ServiceEdit(openings=tuple(week)))
        try:
            book(forecourt, crowd[number], start, start + 60, flexible=30 * (number % 2))
        except (Conflict, Forbidden, Refused):
            continue
    edit(forecourt, works(first, first + 200))
    with forecourt.transactions.begin() as store:
        site, live = store.stations.site(forecourt.site_id), store.bookings.live_at(forecourt.site_id)
        closed = closed_in(site, Span(at(0), at(3000)))
        for booking in live:
            assert not any(span.overlaps(booking.window) for span in closed)
        for booking in live:
            cancel_own_booking(store, booking.driver_id, booking.id, at(0), forecourt.ids)
        for work in site.maintenance:
            set_service(
                store,
                by(forecourt),
                site.id,
                ServiceEdit(end=maintenance_fingerprint(work)),
                service_fingerprint(store.stations.site(site.id)),
            )
