"""Notices to drivers: each is sent once, in the commit of its event; parking costs are announced before they begin."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.billing import billable_usage
from forecourt.drivers import PayBy, StatedNeeds
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import JoinQueue, ReserveRequest, advance_bookings, cancel_own_booking, change_booking, join_queue, reserve
from forecourt.flows.charging import compare, copy_settings, rebuild, send_stay_notices, state_need
from forecourt.flows.charging.stay_notices import parking_cost
from forecourt.flows.desk import notify_document, set_notice_preferences
from forecourt.kernel import BadInput, Span
from forecourt.notices import Notice, NoticeChoices, NoticeKind, Topic
from forecourt.reservations import BookingRules
from forecourt.sessions import phases_of
from forecourt.stations import (
    BayNeed,
    BayTraits,
    ChargingState,
    ConnectorReported,
    ConnectorState,
    Feature,
    MeterSample,
    TransactionUpdated,
)
from forecourt.store import MemoryTransactions
from forecourt.tariffs import rate
from stores import both_stores

from .conftest import APP, TARIFF, Forecourt, at
from .test_dunning import Debts, debts  # noqa: F401 - a fixture
from .test_queue import full, joins, leaves  # noqa: F401 - a fixture
from .test_queue import tick as tick_queue
from .test_reservations import KIND, book, tick

PARKED_LONG = {
    "price_components": [{"type": "PARKING_TIME", "price": 12, "vat": 19, "step_size": 60}],
    "restrictions": {"min_duration": 3600},
}
GRACE = {**TARIFF, "elements": [PARKED_LONG, {"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}]}


def told(place: Forecourt, driver_id=None) -> list[NoticeKind]:
    """Oldest first."""
    with place.transactions.begin() as store:
        ours = [one for one in store.notices.page(place.operator_id).rows if driver_id in (None, one.driver_id)]
    return [one.kind for one in sorted(ours, key=lambda one: one.made_at)]


def last(place: Forecourt) -> Notice:
    with place.transactions.begin() as store:
        return max(store.notices.page(place.operator_id).rows, key=lambda one: one.made_at)


def request(place: Forecourt, start: float, end: float, flexible: float = 0) -> ReserveRequest:
    return ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(start), at(end)), flexible=timedelta(minutes=flexible))


def test_a_booking_sends_a_notice_when_made_changed_assigned_a_bay_and_cancelled_late(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver, 180, 240)
    with forecourt.transactions.begin() as store:
        change_booking(store, booking.id, request(forecourt, 120, 180), at(1), forecourt.ids)
    for minute in (100, 111, 111.5):
        tick(forecourt, minute)
    assert last(forecourt).content.label == "B1"
    with forecourt.transactions.begin() as store:
        cancel_own_booking(store, forecourt.app_driver, booking.id, at(115), forecourt.ids)
        cancel_own_booking(store, forecourt.app_driver, booking.id, at(116), forecourt.ids)
    kinds = [NoticeKind.BOOKING_MADE, NoticeKind.BOOKING_CHANGED, NoticeKind.BOOKING_BAY, NoticeKind.BOOKING_CANCELLED_LATE]
    assert told(forecourt) == kinds


@pytest.mark.parametrize(
    ("free", "told_last", "minor"),
    [(True, NoticeKind.BOOKING_MISSED, 595), (False, NoticeKind.BOOKING_BROKEN, 205)],
    ids=["nobody came", "no socket"],
)
def test_a_missed_or_unkept_booking_sends_one_notice_with_the_fee_or_compensation(forecourt, free, told_last, minor) -> None:
    """The no-show fee, or half of the price as compensation."""
    if free:
        forecourt.free()
    book(forecourt, forecourt.app_driver)
    for minute in (55, 76, 77):
        tick(forecourt, minute)
    assert told(forecourt).count(told_last) == 1 and told(forecourt)[-1] is told_last
    assert last(forecourt).content.amount.minor == minor


def test_a_flexible_booking_sends_one_notice_of_its_final_time_once_that_is_fixed(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(forecourt.site_id), BookingRules(held_back=0))
        made = reserve(store, request(forecourt, 180, 240, flexible=60), at(0), forecourt.ids)
        advance_bookings(store, forecourt.site_id, at(1), forecourt.ids)
    assert told(forecourt) == [NoticeKind.BOOKING_FLEXIBLE]
    begins = (made.window.start - at(0)) // timedelta(minutes=1)
    for minute in (begins - 59, begins - 58, begins - 30):
        tick(forecourt, minute)
    assert told(forecourt) == [NoticeKind.BOOKING_FLEXIBLE, NoticeKind.BOOKING_TIME] and last(forecourt).content.start == made.window.start


def test_the_notice_of_a_changed_booking_has_its_price_and_its_flexible_window(forecourt) -> None:
    booking = book(forecourt, forecourt.app_driver, 180, 240)
    with forecourt.transactions.begin() as store:
        changed = change_booking(store, booking.id, request(forecourt, 240, 300, flexible=30), at(1), forecourt.ids)
    says = last(forecourt).content
    assert (says.flexible, says.start, says.end, says.amount) == (True, at(210), at(330), changed.quote.due)


def test_the_notice_of_a_reassigned_bay_names_the_bay_it_replaces(forecourt) -> None:
    forecourt.free()
    book(forecourt, forecourt.app_driver)
    tick(forecourt, 51)
    assert (last(forecourt).content.label, last(forecourt).content.before) == ("B1", "")
    forecourt.says("CP1", ConnectorReported(at(52), 1, ConnectorState.FAULTED))
    tick(forecourt, 53)
    assert (last(forecourt).content.label, last(forecourt).content.before) == ("B2", "B1")


def test_a_queue_turn_sends_a_notice_with_the_socket_and_deadline_and_another_when_it_lapses(forecourt, crowd, full) -> None:  # noqa: F811
    joins(forecourt, crowd[0])
    assert told(forecourt) == []
    leaves(forecourt, 2, full[1], 5)
    assert told(forecourt) == [NoticeKind.TURN]
    assert last(forecourt).content.label == "B2" and last(forecourt).good_until == last(forecourt).content.end
    tick_queue(forecourt, 16)
    assert told(forecourt) == [NoticeKind.TURN, NoticeKind.TURN_OVER]


def test_a_called_driver_is_notified_when_the_socket_fails(forecourt, crowd, full) -> None:  # noqa: F811
    joins(forecourt, crowd[0])
    leaves(forecourt, 2, full[1], 5)
    forecourt.says("CP2", ConnectorReported(at(6), 1, ConnectorState.FAULTED))
    tick_queue(forecourt, 7)
    assert told(forecourt) == [NoticeKind.TURN, NoticeKind.TURN_LOST] and last(forecourt).path.startswith("/queue/")


def test_a_called_driver_is_notified_when_another_driver_charges_at_that_bay(forecourt, crowd, full) -> None:  # noqa: F811
    joins(forecourt, crowd[0])
    leaves(forecourt, 2, full[1], 5)
    forecourt.starts("CP2", 6, token="RIDER5")
    tick_queue(forecourt, 7)
    assert told(forecourt, crowd[0]) == [NoticeKind.TURN, NoticeKind.TURN_TAKEN] and last(forecourt).content.label == "B2"


def test_an_invoice_sends_one_notice_to_a_card_payer_and_none_to_a_monthly_account(forecourt) -> None:
    forecourt.free()
    for charger, token in (("CP1", APP), ("CP2", "04CARD")):
        transaction = forecourt.starts(charger, -60, token).transaction
        forecourt.stops(charger, transaction, -10, 6000)
    with forecourt.transactions.begin() as store:
        for record in store.sessions.records(forecourt.site_id):
            invoice = rate_and_invoice(store, record.session_id, at(0), forecourt.ids)
            for _ in range(2):
                notify_document(store, invoice, at(1))
    assert told(forecourt) == [NoticeKind.INVOICE] and last(forecourt).driver_id == forecourt.app_driver
    assert last(forecourt).document_id is not None and last(forecourt).content.amount == invoice_due(forecourt)


def invoice_due(place: Forecourt):
    with place.transactions.begin() as store:
        return store.documents.of_driver(place.app_driver)[0].due


def test_a_debt_sends_one_notice_for_each_dunning_level(debts: Debts) -> None:  # noqa: F811
    invoice = debts.billed()
    debts.goes_on(20)
    with debts.world.transactions.begin() as store:
        notices = sorted(store.notices.page(invoice.operator_id).rows, key=lambda one: one.made_at)
    assert [(one.kind, one.content.level) for one in notices] == [
        (NoticeKind.PAYMENT_FAILED, 1),
        (NoticeKind.REMINDER, 2),
        (NoticeKind.REMINDER, 3),
    ]
    assert notices[0].content.amount == invoice.due and notices[-1].content.amount == debts.case(invoice).owed


@both_stores
def test_a_driver_may_switch_off_notices_of_a_topic_but_not_those_about_money(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        set_notice_preferences(store, forecourt.app_driver, "nl", [Topic.BOOKINGS])
        assert store.drivers.driver(forecourt.app_driver).language == "nl"
        assert store.notices.choices(forecourt.operator_id, forecourt.app_driver) == NoticeChoices(
            forecourt.operator_id, forecourt.app_driver, (Topic.BOOKINGS,)
        )
        for language, off in (("xx", []), ("en", [Topic.MONEY])):
            with pytest.raises(BadInput):
                set_notice_preferences(store, forecourt.app_driver, language, off)
    book(forecourt, forecourt.app_driver)
    assert told(forecourt) == []


def watch(place: Forecourt, minute: float) -> list[NoticeKind]:
    with place.transactions.begin() as store:
        send_stay_notices(store, place.site_id, at(minute), place.ids)
    return told(place, place.app_driver)


def goes_quiet(place: Forecourt, transaction: str, minute: float, wh: int) -> None:
    sample = MeterSample(at(minute), wh, power_w=0, current_ma=0)
    place.says("CP1", TransactionUpdated(at(minute), 1, transaction, None, (sample,), ChargingState.SUSPENDED_EV))


def test_a_car_that_stops_charging_sends_one_notice_of_the_end_and_one_of_parking_costs(forecourt) -> None:
    transaction = forecourt.starts("CP1", 0, APP).transaction
    forecourt.meters("CP1", transaction, 30, 3000)
    assert watch(forecourt, 30) == []
    goes_quiet(forecourt, transaction, 40, 4000)
    assert watch(forecourt, 41) == [NoticeKind.OVERSTAY]  # it costs from the first minute here: nobody can leave before
    assert (last(forecourt).content.start, last(forecourt).content.end) == (None, at(56))
    assert watch(forecourt, 42) == [NoticeKind.OVERSTAY]
    assert sorted(watch(forecourt, 44)) == sorted(watch(forecourt, 90)) == [NoticeKind.OVERSTAY, NoticeKind.READY]


def test_reaching_the_stated_energy_sends_a_notice_and_parking_is_warned_of_only_at_the_end(forecourt) -> None:
    """The car goes on charging with spare power, so parking costs nothing yet."""
    transaction = forecourt.starts("CP1", 0, APP).transaction
    with forecourt.transactions.begin() as store:
        state_need(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), StatedNeeds(4000), at(1))
    forecourt.meters("CP1", transaction, 52, 4190)
    assert watch(forecourt, 52.5) == []
    forecourt.meters("CP1", transaction, 66, 5001)
    assert watch(forecourt, 66) == [NoticeKind.REACHED]
    goes_quiet(forecourt, transaction, 70, 5300)
    assert watch(forecourt, 74) == [NoticeKind.REACHED, NoticeKind.OVERSTAY]


def test_a_booked_stay_sends_one_notice_before_its_end(forecourt) -> None:
    forecourt.free()
    booking = book(forecourt, forecourt.app_driver, 0, 60)
    tick(forecourt, 0)
    transaction = forecourt.starts("CP1", 1, APP).transaction
    forecourt.says("CP1", ConnectorReported(at(1), 1, ConnectorState.OCCUPIED))
    forecourt.meters("CP1", transaction, 40, 2000)
    assert NoticeKind.STAY_ENDING not in watch(forecourt, 40)
    assert [watch(forecourt, minute).count(NoticeKind.STAY_ENDING) for minute in (46, 47, 59, 61)] == [1, 1, 1, 1]
    assert last(forecourt).content.end == booking.window.end


def test_a_driver_past_the_booked_end_is_notified_once_as_soon_as_another_driver_waits(forecourt, crowd) -> None:
    forecourt.free()
    book(forecourt, forecourt.app_driver, 0, 60)
    tick(forecourt, 0)
    charges = {number: forecourt.starts(f"CP{number}", 1, token).transaction for number, token in ((1, APP), (2, "RIDER1"), (3, "RIDER2"))}
    for number in charges:
        forecourt.says(f"CP{number}", ConnectorReported(at(1), 1, ConnectorState.OCCUPIED))
    forecourt.meters("CP1", charges[1], 40, 2000)
    assert NoticeKind.STAY_OVER not in watch(forecourt, 65), "nobody waits"
    joins(forecourt, crowd[0], 66)
    assert [watch(forecourt, minute).count(NoticeKind.STAY_OVER) for minute in (67, 90)] == [1, 1]
    with forecourt.transactions.begin() as store:
        (over,) = [one for one in store.notices.page(forecourt.operator_id).rows if one.kind is NoticeKind.STAY_OVER]
    assert (over.driver_id, over.content.label, over.content.end) == (forecourt.app_driver, "B1", at(60))


def test_a_driver_past_the_stated_departure_is_notified_only_if_a_waiting_driver_needs_that_bay(forecourt, crowd) -> None:
    """The waiting driver needs a roof, which only the second bay has."""
    forecourt.free()
    with forecourt.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(2)), bay=BayTraits((Feature.ROOF,))))
    for number in (1, 2, 3):
        transaction = forecourt.starts(f"CP{number}", 1, f"RIDER{number}").transaction
        forecourt.says(f"CP{number}", ConnectorReported(at(1), 1, ConnectorState.OCCUPIED))
        forecourt.meters(f"CP{number}", transaction, 5, 2000)
        with forecourt.transactions.begin() as store:
            state_need(store, crowd[number], store.stations.evse(forecourt.evse_id(number)), StatedNeeds(None, at(30)), at(6))
    with forecourt.transactions.begin() as store:
        join_queue(store, JoinQueue(forecourt.site_id, KIND, crowd[0], BayNeed((Feature.ROOF,))), at(7), forecourt.ids)
    watch(forecourt, 31)
    with forecourt.transactions.begin() as store:
        over = [one.content.label for one in store.notices.page(forecourt.operator_id).rows if one.kind is NoticeKind.STAY_OVER]
    assert over == ["B2"]


@settings(deadline=None, max_examples=50)
@given(quiet=st.integers(5, 100), look=st.integers(0, 60))
def test_the_parking_warning_names_the_minute_from_which_the_invoice_would_be_higher(quiet: int, look: int) -> None:
    """The referee rates every coming minute by the rule of the invoice."""
    place = Forecourt(MemoryTransactions())
    with place.transactions.begin() as store:
        place.build(store, GRACE)
    transaction = place.starts("CP1", 0, APP).transaction
    goes_quiet(place, transaction, quiet, 4000)
    with place.transactions.begin() as store:
        (session,) = store.sessions.open_at(place.site_id)
        points, now = store.sessions.points(session.id), at(quiet + look)
        tariff = store.prices.version(session.tariff_version_id).tariff
        bills = [
            rate(tariff, billable_usage(phases_of(points, now + timedelta(minutes=m)), "Europe/Berlin")).gross.minor for m in range(16)
        ]
        found = parking_cost(store, session, points, now)
    dearer = [m for m in range(1, 16) if bills[m] > bills[0]]
    assert (found is None) is (not dearer)
    if found is not None:
        assert found.begins == now + timedelta(minutes=dearer[0] - 1) and found.amount.minor > 0


def test_a_driver_without_an_email_address_gets_no_notice(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(forecourt.app_driver), email="", pay_by=PayBy.CARD))
    book(forecourt, forecourt.app_driver)
    assert told(forecourt) == []


@pytest.mark.parametrize(("said_at", "kept"), [(-30, True), (20, True), (-13 * 60, False)])
def test_a_charge_record_stores_the_driver_needs_stated_shortly_before_or_during_the_charge(forecourt, said_at, kept) -> None:
    """Needs stated long before were about another charge."""
    leaves_at = at(180)
    with forecourt.transactions.begin() as store:
        state_need(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), StatedNeeds(9000, leaves_at), at(said_at))
    transaction = forecourt.starts("CP1", 0, APP).transaction
    forecourt.stops("CP1", transaction, 60, 6000)
    with forecourt.transactions.begin() as store, MemoryTransactions().begin() as again:
        (record,) = store.sessions.records(forecourt.site_id)
        copy_settings(store, again, forecourt.site_id)
        rebuild(store, again, forecourt.site_id, forecourt.ids)
        assert list(compare(store, again, forecourt.site_id)) == []
    assert (record.stated_departure, record.stated_wh) == ((leaves_at, 9000) if kept else (None, None))
