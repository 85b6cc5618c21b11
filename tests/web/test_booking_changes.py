"""Flexible bookings from the pages: offers, change, longer stays, the calendar file."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.flows.bookings import JoinQueue, ReserveRequest, join_queue, reserve
from forecourt.flows.charging import assign_early_arrivals
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import BadInput, DriverId, Money, SiteId, Span, TariffVersionId, instant_text, parse_instant
from forecourt.offers import Claim, Coupon, DiscountRule
from forecourt.reservations import bind, mark_bay_unreachable
from forecourt.stations import TransactionStarted
from forecourt.web.charging.booking_changes import ChangeForm, calendar_file, parse_local_time, parse_window
from forecourt.web.queries.charges import charge
from forecourt.web.views.booking import BookingView

from .conftest import KIND, TARIFF
from .test_driver import booking


def first(client) -> str:
    """The address of the booking listed first."""
    return "/bookings/" + client.get("/bookings").text.split('href="/bookings/')[1].split("/")[0]


def test_a_flexible_booking_shows_the_period_in_which_it_may_still_move(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at, flexible=30))
    page = client.get("/bookings").text
    assert "Your booking can still move between 16:50 and 18:50" in page
    assert '<option value="30" selected>' in client.get(f"{first(client)}/change").text


def test_a_quote_of_zero_is_shown_as_a_price(scene, client):
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    term = Span(scene.clock.at, scene.clock.at + timedelta(days=9))
    with scene.transactions.begin() as store:
        store.coupons.put(Coupon(UUID(int=70), scene.operator_id, "GIFT", "Gift", DiscountRule(amount=Money(10_000, "EUR")), term))
        store.coupons.put_claim(Claim(UUID(int=71), scene.operator_id, UUID(int=70), scene.ada, scene.clock.at))
    assert "€0.00" in client.get("/bookings").text
    assert client.get("/api/v1/bookings", headers={"authorization": "Bearer api-ada"}).json()[0]["quote"]["amount"] == "0.00"


def test_a_driver_refused_a_full_time_is_offered_free_times_with_prices_and_books_one(scene, client):
    start = scene.clock.at + timedelta(hours=3)
    window = Span(start, start + timedelta(hours=1))
    with scene.transactions.begin() as store:
        for number in range(4):
            asked = ReserveRequest(SiteId(UUID(int=3)), "Type 2 11 kW", DriverId(UUID(int=1000 + number)), window)
            reserve(store, asked, scene.clock.at, scene.ids)
    refused = client.sign_in("bob").submit("/bookings", **booking(scene.clock.at, site="harbour"))
    assert refused.status_code == 409 and "These times are free:" in refused.text
    offer = refused.text.split('name="start" value="')[1].split('"')[0]
    assert 'about <span class="money">€' in refused.text
    assert client.submit("/bookings", **booking(scene.clock.at, site="harbour", start=offer, key="k2")).status_code == 303


def test_a_booking_changes_on_saving_and_stays_on_a_price_preview_or_invalid_input(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    where = first(client)
    assert "Change booking" in client.get(f"{where}/change").text
    shown = client.submit(f"{where}/change", day="2026-06-02", time="10:15", minutes="90", see="price")
    price = re.search(r'<span class="price money">(€[\d.]+)</span>', shown.text.split('id="chosen"')[1])[1]
    assert shown.status_code == 200 and "10:15 to 11:45" in shown.text and 'value="10:15"' in shown.text
    assert 0 < shown.text.index(">Save changes<") < shown.text.index('value="price"'), "Enter in a field changes it"
    assert "10:15" not in client.get("/bookings").text, "a price preview changes nothing"
    late = client.submit(f"{where}/change", day="2026-06-02", time="25:00", minutes=60)
    assert late.status_code == 400 and "is not a day and a time" in late.text
    for typed in ("", "an hour"):
        wrong = client.submit(f"{where}/change", day="2026-06-02", time="10:15", minutes=typed)
        assert wrong.status_code == 400 and 'id="e-minutes"' in wrong.text and "is not a whole number" in wrong.text
        assert 'value="10:15"' in wrong.text
    assert client.submit(f"{where}/change", day="2026-06-02", time="10:15", minutes=90).headers["location"] == "/bookings"
    page = client.get("/bookings").text
    assert "10:15" in page and "You changed the booking to 10:15." in page and f'about <span class="money">{price}</span>' in page


def test_a_booking_cancelled_in_another_tab_cannot_be_changed(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    where = first(client)
    assert ">Find a place</a>" not in client.get("/bookings").text
    client.submit(f"{where}/cancel")
    assert ">Find a place</a>" in client.get("/bookings").text, "no listed booking is upcoming"
    answer = client.submit(f"{where}/change", day="2026-06-02", time="10:15", minutes=90)
    assert answer.status_code == 409 and "This booking is already cancelled." in answer.text and "Save changes" not in answer.text


def test_a_charge_is_started_from_its_booking_and_the_booking_is_then_listed_first(scene, client):
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    client.submit("/bookings", **booking(scene.clock.at, start=instant_text(scene.clock.at + timedelta(days=2)), key="later"))
    client.submit(f"/bookings/{client.get('/bookings').text.split('/bookings/')[-1].split('/')[0]}/cancel")
    with scene.transactions.begin() as store:
        (made,) = store.bookings.live_of(scene.ada)
        scene.clock.at = made.window.start - timedelta(minutes=9)
        store.bookings.put(bind(made, scene.evse(1), "M-01", scene.clock.at))
        app = store.drivers.tokens_of(scene.ada)[0].uid
    for page in ("/bookings", "/charge"):
        assert f'name="evse" value="{scene.evse(1)}"' in (shown := client.get(page).text) and "Start charging at M-01" in shown
    sent = client.submit("/charges", evse=str(scene.evse(1)), site="market", key="k")
    assert sent.headers["location"] == "/charge" and "Start charging" not in client.get("/charge").text
    scene.say("CP-01", TransactionStarted(scene.clock.at, 1, "", app))
    shown = client.get("/bookings").text
    assert 0 < shown.index("Stay 1 hour longer") < shown.index("Cancelled") and "Start charging" not in shown


def test_another_drivers_booking_is_not_found(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    where = first(client)
    client.cookies.clear()
    client.sign_in("ada")
    assert client.get(f"{where}/change").status_code == client.get(f"{where}/calendar.ics").status_code == 404
    assert client.submit(f"{where}/change", day="2026-06-02", time="10:15", minutes=90).status_code == 404
    assert client.submit(f"{where}/longer", minutes=30, end="1780000000").status_code == 404


def test_an_extension_after_the_end_of_the_booked_time_counts_from_now(scene, client):
    window = Span(scene.clock.at + timedelta(minutes=1), scene.clock.at + timedelta(minutes=21))
    with scene.transactions.begin() as store:
        made = reserve(store, ReserveRequest(scene.site_id, KIND, scene.ada, window), scene.clock.at, scene.ids)
        app = store.drivers.tokens_of(scene.ada)[0].uid
    scene.say("CP-01", TransactionStarted(window.start, 1, "", app))
    with scene.transactions.begin() as store:
        begun = charge(store, store.bookings.booking(made.id).state.session_id, scene.ada, window.start)
    slow = replace(begun, ready_by=window.end + timedelta(hours=1), power_w=6_000, energy_wh=1_000)
    assert slow.expected_wh == 3_000, "the energy of the 20 minutes booked, not of the time until it is fully charged"
    scene.clock.at += timedelta(minutes=30, seconds=10)
    with scene.transactions.begin() as store:
        where = f"/charges/{store.bookings.booking(made.id).state.session_id}"
    shown = client.sign_in("ada").get(where).text
    assert 'href="/bookings">Stay longer</a>' in shown
    assert "Your time ended at 14:41." in shown and "€0.0476/min parked after charging" in shown
    with scene.transactions.begin() as store:
        join_queue(store, JoinQueue(scene.site_id, KIND, DriverId(UUID(int=1003))), scene.clock.at, scene.ids)
    assert "Your time ended at 14:41, and someone is waiting." in client.get(where).text
    for _ in range(2):
        sent = client.submit(f"/bookings/{made.id}/longer", minutes=15, end=int(window.end.timestamp()))
        assert sent.status_code == 303
    with scene.transactions.begin() as store:
        assert store.bookings.booking(made.id).window.end == scene.clock.at.replace(second=0) + timedelta(minutes=15)


def test_the_calendar_file_has_one_event_with_lines_of_at_most_75_bytes(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    answer = client.get(first(client) + "/calendar.ics")
    lines = answer.text.split("\r\n")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert {
        "BEGIN:VEVENT",
        "DTSTART:20260601T152000Z",
        "DTEND:20260601T162000Z",
        "SUMMARY:Charging at Market Square",
        "TRIGGER:-PT30M",
    } <= set(lines)
    assert all(len(line.encode()) <= 75 for line in lines)


def test_a_line_break_in_a_site_name_adds_no_line_to_the_calendar_file(scene):

    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    view = BookingView("1", "Ü" * 80 + "\r\nATTENDEE:x; y, z", "s", "UTC", "T2", at, at + timedelta(hours=1), "confirmed")
    lines = calendar_file(view, "Weg 1", at).split("\r\n")
    assert not [line for line in lines if line.startswith("ATTENDEE")] and all(len(line.encode()) <= 75 for line in lines)


def test_the_calendar_file_is_in_the_language_of_the_driver():
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    text = calendar_file(BookingView("1", "Hafen", "s", "UTC", "T2", at, at + timedelta(hours=1), "confirmed", "B1"), "Weg 1", at, "de")
    assert "SUMMARY:Laden bei Hafen" in text and "DESCRIPTION:T2\\, Ladepunkt B1" in text


def test_a_booking_in_the_repeated_hour_of_a_clock_change_keeps_its_start_when_lengthened():
    later = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time in Berlin
    window, _ = parse_window(ChangeForm("2026-10-25", "02:30", "90"), "Europe/Berlin", later)
    assert window.start == later and parse_local_time("2026-10-25", "02:30", "Europe/Berlin") == later - timedelta(hours=1)


@pytest.mark.parametrize(("minutes", "flexible"), [(9, 0), (10**15, 0), (60, 181), (60, 10**15)])
def test_a_change_with_an_invalid_duration_or_flexibility_is_refused(minutes: int, flexible: int):
    with pytest.raises(BadInput):
        parse_window(ChangeForm("2026-06-01", "12:00", str(minutes), flexible), "UTC", datetime(2026, 6, 1, 12, tzinfo=UTC))


def test_an_error_names_the_invalid_field_in_the_language_of_the_driver(scene, client):
    client.sign_in("bob")
    page = client.submit("/bookings", **booking(scene.clock.at, minutes="viel"))
    assert page.status_code == 400 and "The field “Stay, in minutes” must be a whole number in digits." in page.text
    client.submit("/language", language="de")
    page = client.submit("/bookings", **booking(scene.clock.at, minutes="viel"))
    assert "Ins Feld „Dauer, in Minuten“ gehört eine ganze Zahl in Ziffern." in page.text and "Expected" not in page.text


def test_a_local_time_skipped_by_the_clock_change_is_refused():
    with pytest.raises(BadInput, match="does not exist"):
        parse_local_time("2027-03-28", "02:30", "Europe/Berlin", datetime(2027, 3, 28, 0, 30, tzinfo=UTC))  # 01:30 before it is changed
    assert instant_text(parse_local_time("2027-03-28", "03:30", "Europe/Berlin")) == "2027-03-28T01:30:00Z"


def test_a_booking_whose_bay_is_offline_costs_nothing_and_the_bay_is_reported_blocked_once(scene, client):
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    with scene.transactions.begin() as store:
        (made,) = store.bookings.of_driver(scene.ada)
        at, start = made.window.start - timedelta(minutes=9), made.window.start
        store.bookings.put(mark_bay_unreachable(bind(made, scene.evse(1), "1", at), at, "1"))
    scene.clock.at = start + timedelta(minutes=5)
    shown = client.get("/bookings").text
    assert (
        "has lost its connection" in shown
        and "Start charging" not in shown
        and "too late to cancel" not in shown
        and "it costs at most" not in shown
    )
    (item,) = client.get("/api/v1/bookings", headers={"authorization": "Bearer api-ada"}).json()
    assert item["fee"] is None and parse_instant(item["free_until"]) == start + timedelta(minutes=15)
    assert "You pay nothing for this booking." in client.get(f"{first(client)}/cancel").text
    for answer in (200, 409):
        said = client.post(f"/api/v1/bookings/{made.id}/blocked", headers={"authorization": "Bearer api-ada"})
        assert said.status_code == answer
    assert "You reported bay" in (shown := client.get("/bookings").text) and "Someone is in my bay" not in shown


def test_the_change_form_says_that_prices_have_changed_since_the_booking(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    where = f"{first(client)}/change"
    assert "Prices have changed" not in client.get(where).text
    scene.clock.at += timedelta(minutes=2)
    flat = {**TARIFF, "elements": [TARIFF["elements"][0], TARIFF["elements"][3]]}  # without the higher evening price
    with scene.transactions.begin() as store:
        publish_tariff(store, Publication(TariffVersionId(UUID(int=77)), scene.site_id, flat, scene.clock.at, at=scene.clock.at))
        (made,) = store.bookings.of_driver(store.drivers.account_by_email("bob@example.org").driver_id)
    shown = client.get(where).text
    assert "Prices have changed since you booked." in shown and f"You were promised about €{made.quote.due.amount}" in shown


def test_a_driver_whose_earlier_charge_took_up_the_booking_can_announce_another_car_once(scene, client):
    window = Span(scene.clock.at + timedelta(hours=1), scene.clock.at + timedelta(hours=2))
    with scene.transactions.begin() as store:
        made = reserve(store, ReserveRequest(scene.site_id, KIND, scene.ada, window), scene.clock.at, scene.ids)
        app = store.drivers.tokens_of(scene.ada)[0].uid
    scene.say("CP-01", TransactionStarted(scene.clock.at, 1, "", app))
    scene.clock.at = window.start - timedelta(minutes=9)
    with scene.transactions.begin() as store:
        assert assign_early_arrivals(store, scene.site_id, scene.clock.at, scene.ids) == 1
    client.sign_in("ada")
    for answer in (303, 409):
        assert ("Another car is coming" in client.get("/bookings").text) is (answer == 303)
        assert client.submit(f"/bookings/{made.id}/other-car").status_code == answer
    assert "You have another car coming" in client.get("/bookings").text
