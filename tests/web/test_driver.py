"""The driver's way: find, book, charge, receipt; without JavaScript."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest

from forecourt.drivers import Pace, TokenKind, TokenStatus
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import invoice_no_show
from forecourt.flows.desk import choose_password
from forecourt.kernel import BookingId, Money, SessionId, Span, TokenUid, instant_text, parse_instant
from forecourt.offers import Claim, Coupon, DiscountRule
from forecourt.payments import Rejected
from forecourt.stations import ChargingState, StopCharge, TransactionUpdated
from forecourt.web.frame.idempotency import submission_key

from .conftest import KIND


def booking(now, **changes):
    start = instant_text(now + timedelta(hours=3))
    return {"site": "market", "kind": "Type 2 11 kW", "start": start, "minutes": 60, "energy": 10, "key": "k1", **changes}


def test_the_site_list_shows_free_bays_and_the_cost_of_a_charge(lived, client):
    page = client.get("/?energy=20").text
    assert "13 of 24 free now" in page and "€10.35" in page


def test_the_site_page_explains_its_price_line_by_line(lived, client):
    page = client.get("/sites/market?energy=20").text
    assert "20.0 kWh" in page and "€0.41/kWh" in page and "VAT" in page and "If you do not come, it costs €4.76, VAT included." in page


def test_the_booking_choices_survive_sign_in_and_sign_up(scene, client):
    """The slot, the stay, the energy and the leeway go along to the sign-in, on to the sign-up, and come back."""
    start = instant_text(scene.clock.at + timedelta(days=2, hours=2, minutes=10))
    chosen = {"site": "market", "kind": "Type 2 11 kW", "start": start, "minutes": 180, "energy": 33, "flexible": 30}
    way = client.submit("/bookings/sign-in", **chosen).headers["location"]
    assert way.startswith("/login?back=/sites/market%3F")
    back = unescape(re.findall(r'name="back" value="([^"]+)"', client.get(way).text)[1])  # after the theme's form
    assert f"/register?back={quote(back)}" in client.get(way).text
    page = client.submit("/login", email="bob@example.org", password="correct horse battery", back=back)
    place = client.get(page.headers["location"]).text
    assert re.search(rf'value="{re.escape(start.replace("Z", "+00:00"))}" required checked', place)
    for option in ('value="180" selected', 'value="33" selected', 'value="30" selected'):
        assert option in place


def test_the_price_of_a_selected_slot_is_shown_before_booking(scene, client):
    chosen = {"site": "market", "kind": KIND, "start": "2026-06-01T14:30:00+00:00", "minutes": "120", "energy": "12"}
    where = client.sign_in("bob").submit("/bookings/times", **chosen, see="price").headers["location"]
    shown = client.get(where).text.split('<div id="chosen"')[1]
    assert where.endswith("#chosen") and '<span class="price money">€9.69</span>' in shown and "For 12.0 kWh." in shown
    assert "Mon 1 Jun 2026, 16:30 to 18:30" in shown
    assert 0 < shown.index(">Book</button>") < shown.index("Show the price"), "Enter in a field presses the first"
    client.submit("/bookings", **chosen, key="b1")
    assert 'about <span class="money">€9.69</span>' in client.get("/bookings").text
    for minutes, energy, said in ((60, 60, "For 11.0 kWh: as much of the 60.0 kWh you need as this time allows."), (0, 12, "")):
        shown = client.get(f"/sites/market?{urlencode({**chosen, 'minutes': minutes, 'energy': energy})}").text
        assert said in shown and ("price money" in shown.split('<div id="chosen"')[1]) is bool(said)


def test_a_refused_booking_keeps_the_chosen_day_and_options(scene, client):
    client.sign_in("bob")
    start = instant_text(scene.clock.at + timedelta(days=2, hours=2))
    page = client.submit("/bookings", **booking(scene.clock.at, start=start, minutes=240, energy=40, kind="none such")).text
    assert 'value="240" selected' in page and 'value="40" selected' in page and 'value="2026-06-03" selected' in page


def test_a_driver_books_and_cancels_without_scripts(scene, client):
    client.sign_in("bob")
    assert client.submit("/bookings", **booking(scene.clock.at)).headers["location"] == "/bookings"
    page = client.get("/bookings").text
    assert "Booked." in page and "Market Square" in page
    cancel = page.split('href="/bookings/')[1].split('"')[0]
    assert "Cancel this booking?" in client.get(f"/bookings/{cancel}").text
    assert client.submit(f"/bookings/{cancel}").status_code == 303
    assert "Booking cancelled." in client.get("/bookings").text
    assert client.get(f"/bookings/{cancel}", follow_redirects=False).headers["location"] == "/bookings"  # from another tab


def test_the_cancellation_fee_is_shown_with_the_booking_and_when_cancelling(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    page = client.get("/bookings").text
    assert "Free cancellation until" in page and "After that, or if you do not come, it costs at most" in page
    (made,) = client.get("/api/v1/bookings").json()
    scene.clock.at = parse_instant(made["free_until"]) + timedelta(minutes=1)
    assert "It is too late to cancel for free" in client.get("/bookings").text
    asked = re.search(r"Cancelling costs €(\d+\.\d\d), VAT included", client.get(f"/bookings/{made['id']}/cancel").text)
    client.submit(f"/bookings/{made['id']}/cancel")
    with scene.transactions.begin() as store:
        bill = invoice_no_show(store, BookingId(UUID(made["id"])), scene.clock.at, scene.ids)
    (over,) = client.get("/api/v1/bookings").json()
    assert (asked[1], over["fee_receipt"]) == (over["fee"]["amount"], bill.number) and bill.gross.minor == round(100 * float(asked[1]))
    page = client.get("/bookings").text
    assert "You cancelled too late to cancel for free" in page and f'href="/receipts/{bill.number}"' in page
    assert "<dt>Booking</dt>" in client.get(f"/receipts/{bill.number}").text


def test_a_cancellation_sent_after_the_free_period_asks_to_confirm_the_fee(scene, client):
    """The page was opened in time and said that it costs nothing."""
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    (made,) = client.get("/api/v1/bookings").json()
    cancel = f"/bookings/{made['id']}/cancel"
    scene.clock.at = parse_instant(made["free_until"])
    page = client.get(cancel).text
    told = re.search(r'name="costs" value="(\d*)"', page)[1]
    assert "You pay nothing" in page and told == ""
    scene.clock.at += timedelta(seconds=1)
    refused = client.submit(cancel, costs=told)
    fee = made["fee"]["amount"]
    assert refused.status_code == 409 and f"Cancelling now costs €{fee}" in refused.text
    assert client.get("/api/v1/bookings").json()[0]["state"] == "confirmed"
    told = re.search(r'name="costs" value="(\d*)"', refused.text)[1]
    assert client.submit(cancel, costs=told).status_code == 303
    with scene.transactions.begin() as store:
        bill = invoice_no_show(store, BookingId(UUID(made["id"])), scene.clock.at, scene.ids)
    assert str(bill.gross.minor) == told and bill.gross.minor == round(100 * float(fee))


def test_a_booking_past_its_change_period_shows_no_change_form(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    (made,) = client.get("/api/v1/bookings").json()
    assert "Arrive at" in client.get(f"/bookings/{made['id']}/change").text
    scene.clock.at = parse_instant(made["free_until"]) + timedelta(minutes=1)
    page = client.get(f"/bookings/{made['id']}/change")
    assert page.status_code == 409 and "too late to change" in page.text and "Arrive at" not in page.text


def test_a_driver_without_a_bay_at_the_booked_time_is_told_and_sees_no_fee(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    (made,) = client.get("/api/v1/bookings").json()
    assert f"/bookings/{made['id']}/change" in client.get("/bookings").text
    scene.clock.at = parse_instant(made["start"])
    with scene.transactions.begin() as store:  # made just now: no fee yet, and yet no time to change it
        (mine,) = store.bookings.live_at(scene.site_id)
        store.bookings.put(replace(mine, made_at=scene.clock.at))
    page = client.get("/bookings").text
    assert f"/bookings/{made['id']}/change" not in page
    assert "No bay is free for you yet" in page and "<strong>17:35</strong>" in page
    assert "too late" not in page and "we choose your bay" not in page


def test_a_booking_states_the_energy_possible_when_less_than_requested(scene, client):
    client.sign_in("bob")
    client.submit("/bookings", **booking(scene.clock.at, minutes=60, energy=60))
    assert "for 11.0 kWh, as much of the 60.0 kWh you asked for as this time allows" in client.get("/bookings").text


def test_a_shortfall_below_the_displayed_precision_is_not_mentioned(scene, client):
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at, minutes=76, energy=14))  # 13.984 kWh
    assert "for 14.0 kWh" in (page := client.get("/bookings").text) and "as this time allows" not in page


def test_a_driver_without_a_stored_card_is_linked_to_adding_one(scene, client):
    client.submit("/register", name="Eve", email="eve@example.org", password="a long enough one")
    client.submit("/bookings", **booking(scene.clock.at))
    refused = client.submit("/charges", evse=str(scene.evse(3)), site="market", key="s1")
    assert refused.status_code == 409 and "Your account has no stored card." in refused.text
    for shown in (refused, *map(client.get, ("/bookings", "/charge", "/sites/market"))):
        assert re.search(r'<a href="/cards\?back=/[a-z/]*">Add a card</a>', shown.text)
    assert "<dd>card</dd>" in client.get("/account").text, "not a stored card"
    assert "Add a card" not in client.sign_in("ada").get("/sites/market").text


def test_a_car_drawing_no_power_is_shown_with_its_parking_cost(lived, client):
    page = f"/charges/{lived.running[0]}"
    assert "is not taking power" not in client.sign_in("ada").get(page).text
    with lived.transactions.begin() as store:
        transaction = store.sessions.session(lived.running[0]).transaction
    lived.say("CP-04", TransactionUpdated(lived.clock.at, 1, transaction, None, (), ChargingState.SUSPENDED_EV))
    assert "Your car is not taking power." in (shown := client.get(page).text) and "€0.0476/min parked after charging" in shown


def test_a_booking_form_sent_twice_books_once(scene, client):
    client.sign_in("bob")
    for _ in range(2):
        assert client.submit("/bookings", **booking(scene.clock.at)).status_code == 303
    with scene.transactions.begin() as store:
        assert len(store.bookings.live_at(scene.site_id)) == 1


def test_a_refused_booking_shows_the_reason_on_the_site_page(scene, client):
    client.sign_in("bob")
    client.submit("/bookings", **booking(scene.clock.at))
    again = client.submit("/bookings", **booking(scene.clock.at, key="k2"))
    assert again.status_code == 409 and "You already have a booking at that time." in again.text and "Market Square" in again.text


@pytest.mark.parametrize("changes", [{"start": "tomorrow"}, {"minutes": 1}, {"energy": 9000}, {"site": "nowhere"}, {"kind": "steam"}])
def test_a_malformed_booking_is_refused_with_an_explanation(scene, client, changes):
    answer = client.sign_in("bob").submit("/bookings", **booking(scene.clock.at, **changes))
    assert answer.status_code in {400, 404} and "<h1>" in answer.text


def test_a_running_charge_shows_energy_power_and_cost(lived, client):
    page = client.sign_in("ada").get("/charge").text
    assert "9.15" in page and "€5.06" in page and "5.0 kW" in page and "Line: cost so far, EUR" in page and 'aria-live="polite"' in page


def test_a_charge_of_another_driver_answers_404(lived, client):
    charge = lived.running[0]
    assert client.sign_in("bob").get(f"/charges/{charge}").status_code == 404
    assert client.submit(f"/charges/{charge}/stop").status_code == 404


def test_stopping_twice_sends_one_order(lived, client):
    client.sign_in("ada")
    for _ in range(2):
        assert client.submit(f"/charges/{lived.running[0]}/stop").status_code == 303
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
        stops = [one for one in store.outbox.history(session.charger_id) if type(one.item.work.order).__name__ == "StopCharge"]
    assert len(stops) == 1


def test_an_undelivered_stop_is_reported_and_can_be_sent_again(lived, client):
    """The charge goes on and costs money: a second press must not be for nothing."""
    client.sign_in("ada")
    page = f"/charges/{lived.running[0]}"
    client.submit(f"{page}/stop")
    assert "We have asked the charger to end the charge." in client.get(page).text
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
        (stop,) = [one.item for one in store.outbox.history(session.charger_id) if isinstance(one.item.work.order, StopCharge)]
        store.outbox.done(stop.id, lived.clock.at, "UNREACHABLE")
    assert "Not stopped." in client.get(page).text
    lived.clock.at += timedelta(seconds=20)
    client.submit(f"{page}/stop")
    assert "We have asked the charger to end the charge." in client.get(page).text
    with lived.transactions.begin() as store:
        assert [one.done_at is None for one in store.outbox.history(session.charger_id)][:1] == [True]


def test_a_driver_enters_energy_and_departure_and_sees_when_the_car_is_ready(lived, client):
    client.sign_in("ada").submit(f"/charges/{lived.running[0]}/need", energy="20", departure="18:15")
    page = client.get(f"/charges/{lived.running[0]}").text
    assert "18:15" in page and "20.0 kWh" in page and "Ready by" in page


def test_an_early_departure_shows_the_energy_expected_by_then(lived, client):
    client.sign_in("ada").submit(f"/charges/{lived.running[0]}/need", energy="40", departure="15:20")
    page = client.get(f"/charges/{lived.running[0]}").text
    assert "When you leave" in page and "about 14.2 kWh" in page and "Ready by" not in page


def test_a_driver_chooses_cheapest_hours_and_an_energy_limit(lived, client):
    """It is afternoon; the day's dearest hours begin at 17:00, the cheapest at 22:00."""
    charge = f"/charges/{lived.running[0]}"
    client.sign_in("ada").submit(f"{charge}/need", energy="20,5", departure="07:30", pace="CHEAP", stop="on")
    page = client.get(charge).text
    assert "at most 21.0 kWh" in page and "07:30" in page and 'value="CHEAP" selected' in page
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
        need = store.drivers.need(session.driver_id, session.site_id)
    assert (need.energy_wh, need.stop_there, need.pace) == (21_000, True, Pace.CHEAP)


def test_needs_of_the_last_charge_are_prefilled_but_apply_only_when_submitted(lived, client):
    charge = f"/charges/{lived.running[0]}"
    client.sign_in("ada").submit(f"{charge}/need", energy="21", departure="18:15", stop="on")
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
        store.drivers.put_need(replace(store.drivers.need(session.driver_id, session.site_id), over=True))  # of the charge before
    page = client.get(charge).text
    assert 'value="21"' in page and 'value="18:15"' in page and "from your last visit" in page
    assert "at most" not in page and "Ready by" not in page


def test_a_target_battery_level_is_entered_and_the_battery_size_remembered(lived, client):
    charge = f"/charges/{lived.running[0]}"
    client.sign_in("ada").submit(f"{charge}/need", target="80", level="40", size="58")
    page = client.get(charge).text
    assert "80 %, " in page and 'name="size" type="text" value="58"' in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"pace": "CHEAP"}, "we need to know when you leave"),
        ({"pace": "GREEN", "departure": "18:00"}, "no sun of its own"),
        ({"energy": "lots"}, "is not a number"),
        ({"energy": "2000"}, "2000 kWh is not a possible charge. Give at most 200 kWh."),
        ({"target": "80"}, "The battery size is missing"),
        ({"target": "80", "size": "60", "level": "85"}, "already at 85 %"),
        ({"stop": "on"}, "You have not said where to stop"),
        ({"departure": "late"}, "is not a time"),
    ],
)
def test_invalid_charging_needs_are_marked_and_all_entries_stay(lived, client, words, said):
    answer = client.sign_in("ada").submit(f"/charges/{lived.running[0]}/need", **words)
    assert answer.status_code == 400 and said in answer.text
    assert all(f'value="{typed}"' in answer.text for name, typed in words.items() if name in ("energy", "target", "size", "level"))


def test_the_price_of_a_booking_is_explained_line_by_line(scene, client):
    """The start, 5.52 kWh before five and 6.48 after it, and 55 minutes parked: 0.50 + 2.2632 + 3.1752 + 2.20 = 8.14, with 19 % 9.69."""
    client.sign_in("bob").submit("/bookings", site="market", kind=KIND, start="2026-06-01T14:30:00Z", minutes="120", energy="12", key="b1")
    page = unescape(client.get("/bookings").text)
    assert "How this is calculated" in page and "At full power your car has its 12.0 kWh by 17:35." in page
    assert page.count("€9.69") == 2 and "Parked after charging" in page and "55 min" in page


def test_a_start_from_the_page_first_places_a_hold(lived, client):
    client.sign_in("bob")
    answer = client.submit("/charges", evse=str(lived.evse(3)), site="market", key="s1")
    assert answer.headers["location"] == "/charge"
    page = client.get("/charge").text
    assert '<noscript><p class="soft small">' in page and '<a href="/charge">Refresh this page</a>' in page
    assert "We are asking your bank to hold" in page and 'hx-sse:connect="/charge/live"' in page and "You are not charging" not in page


def test_a_failed_start_is_explained_for_half_an_hour(scene, client):
    client.sign_in("bob").submit("/charges", evse=str(scene.evse(3)), site="market", key="s1")
    with scene.transactions.begin() as store:
        (item,) = store.outbox.claim("payment", scene.clock.at, 10, 60)
        apply_payment_answer(store, item, Rejected("authentication_required"), scene.clock.at, scene.ids)
    page = client.get("/charge").text
    assert "Your bank needs to check that it is you" in page and "charging will not start" in page and "Try the stored card again" in page
    scene.clock.at += timedelta(minutes=31)
    assert "You are not charging" in client.get("/charge").text


def test_a_start_at_an_occupied_bay_is_refused(lived, client):
    answer = client.sign_in("bob").submit("/charges", evse=str(lived.evse(1)), site="market", key="s2")
    assert answer.status_code == 409 and "already in use" in answer.text


def test_only_the_owner_sees_a_receipt_and_its_pdf(lived, client):
    receipt = client.sign_in("ada").get("/receipts/INV-2026-000003")
    assert receipt.status_code == 200 and "Why" in receipt.text and "DE123456789" in receipt.text
    assert client.get("/receipts/INV-2026-000003.pdf").content.startswith(b"%PDF")
    assert client.get("/receipts/INV-2026-000001").status_code == 404
    assert client.sign_in("bob").get("/receipts/INV-2026-000003.pdf").status_code == 404


def test_a_charge_at_an_offline_charger_states_since_when_and_shows_no_current_power(lived, client):
    charge = lived.running[0]
    with lived.transactions.begin() as store:
        charger = store.stations.charger(store.sessions.session(SessionId(charge)).charger_id)
        silent = charger.contact.after_change(connected=False, at=lived.clock.at - timedelta(minutes=33))
        store.stations.put_charger(replace(charger, connected=False, contact=silent))
    shown = client.sign_in("ada").get(f"/charges/{charge}").text
    assert "We have had no contact with the charger since 13:47." in shown and "Offline" in shown
    assert '<dt>Power</dt><dd class="num">not known</dd>' in shown and "Ready by" not in shown


def test_an_api_token_is_shown_once_works_and_can_be_revoked(scene, client):
    page = client.sign_in("ada").submit("/account/tokens", label="Home server").text
    secret = page.split("not shown again.</strong><code>")[1].split("<")[0]
    assert secret not in client.get("/account").text
    bearer = {"authorization": f"Bearer {secret}"}
    assert client.post("/account/tokens", data={"label": "Another"}, headers=bearer).status_code == 403
    assert client.get("/api/v1/bookings", headers=bearer).status_code == 200
    digest = client.get("/account").text.split("/account/tokens/")[-1].split("/")[0]
    for part in client.get("/account").text.split("/account/tokens/")[1:]:
        digest = part.split("/")[0]
        if "/revoke" in part[:90]:
            client.submit(f"/account/tokens/{digest}/revoke")
    assert client.get("/api/v1/bookings", headers=bearer).status_code == 401


def test_an_api_token_form_sent_twice_creates_one_token_and_shows_its_secret_both_times(client):
    key = re.search(r'name="key" value="([^"]+)"', client.sign_in("ada").get("/account").text)[1]
    first, second = (client.submit("/account/tokens", label="Wall display", key=key).text for _ in range(2))
    told = [page.split("not shown again.</strong><code>")[1].split("<")[0] for page in (first, second)]
    assert told[0] == told[1] and second.count("Wall display <") == 1
    assert client.get("/api/v1/bookings", headers={"authorization": f"Bearer {told[1]}"}).status_code == 200


def test_an_api_token_requested_during_a_password_reset_is_not_created(scene, client, monkeypatch):
    def meanwhile(*asked: object) -> str:
        with scene.transactions.begin() as store:
            ada = store.drivers.account_by_email("ada@example.org")
            choose_password(store, ada, "another", scene.clock.at, scene.ids)
        return submission_key(*asked)

    monkeypatch.setattr("forecourt.web.money.own_account.submission_key", meanwhile)
    assert "not shown again" not in client.sign_in("ada").submit("/account/tokens", label="Thief").text
    with scene.transactions.begin() as store:
        assert list(store.drivers.sign_ins(store.drivers.account_by_email("ada@example.org").id)) == []


def test_a_charging_card_is_linked_once_and_stays_with_its_owner(scene, client):
    assert "You have no charging card." in client.sign_in("ada").get("/account").text, "what the app starts by is none"
    client.submit("/account/cards", uid="04fe12ab", label="Key ring")
    assert "04FE12AB" in client.get("/account").text
    refused = client.sign_in("bob").submit("/account/cards", uid="04FE12AB", label="Found it")
    assert refused.status_code == 409 and 'value="04FE12AB"' in refused.text and 'value="Found it"' in refused.text


def test_probing_for_other_drivers_card_numbers_is_rate_limited(client):
    client.sign_in("ada").submit("/account/cards", uid="04FE12AB")
    tried = [client.sign_in("bob").submit("/account/cards", uid="04FE12AB").status_code for _ in range(11)]
    assert tried == [409] * 10 + [429]
    assert client.submit("/account/cards", uid="04FE12AC").status_code == 429, "nor is one of his own looked at"


def test_a_driver_can_block_a_lost_card_and_only_staff_unblock_it(scene, client):
    ada = client.sign_in("ada")
    ada.submit("/account/cards", uid="04FE12AB", label="Key ring")
    assert client.sign_in("bob").submit("/account/cards/block", uid="04FE12AB").status_code == 404
    client.sign_in("ada")
    assert client.submit("/account/cards/block", uid="04fe12ab").status_code == 303 and "Blocked" in client.get("/account").text
    client.submit("/account/cards", uid="04FE12AB", label="Found again")
    with scene.transactions.begin() as store:
        assert store.drivers.token(scene.operator_id, TokenUid("04FE12AB")).status is TokenStatus.BLOCKED
        app = next(one for one in store.drivers.tokens_of(scene.ada) if one.kind is TokenKind.APP)
    assert client.submit("/account/cards/block", uid=app.uid).status_code == 404, "the app goes on charging"


def test_live_updates_of_another_drivers_charge_answer_404(lived, client):
    assert client.sign_in("bob").get(f"/charges/{lived.running[0]}/live").status_code == 404


def test_a_randomly_delayed_charge_states_until_when_and_can_begin_at_once(lived, client):
    running, evse_id = lived.running[0], lived.evse(4)
    with lived.transactions.begin() as store:
        kept = store.plans.grant(evse_id)
        store.plans.put_grant(replace(kept, session_id=running, raise_from=lived.clock.now() + timedelta(minutes=4)))
    page = client.sign_in("ada").get(f"/charges/{running}").text
    assert "More power from" in page and "14:24:00" in page
    assert client.submit(f"/charges/{running}/at-once").status_code == 303
    with lived.transactions.begin() as store:
        assert store.plans.grant(evse_id).at_once
    assert "More power from" not in client.get(f"/charges/{running}").text


def test_late_in_the_evening_tomorrows_slots_are_shown(scene, client):
    """23:40 at the site; who asks for today is told that nothing is left."""
    scene.clock.at = scene.clock.at.replace(hour=21, minute=40)
    page = client.get("/sites/market").text
    assert '<option value="2026-06-02" selected' in page and "No times are left" not in page
    assert "No times are left" in client.get("/sites/market?day=2026-06-01").text


def test_a_form_with_an_expired_token_is_reported_as_not_accepted(scene, client):
    page = client.sign_in("bob").post("/queue", data={"site": "market", "kind": KIND, "_csrf": "old"})
    assert page.status_code == 403 and "Your form was not accepted" in page.text and "Not allowed" not in page.text


def test_a_booking_shows_the_discounts_that_apply_today(scene, client):
    client.sign_in("ada").submit("/bookings", **booking(scene.clock.at))
    with scene.transactions.begin() as store:
        (made,) = store.bookings.of_driver(scene.ada)
        whole = made.quote.gross
        term = Span(scene.clock.at, scene.clock.at + timedelta(days=9))
        store.coupons.put(Coupon(UUID(int=70), scene.operator_id, "SPRING", "Spring", DiscountRule(amount=Money(100, "EUR")), term))
        store.coupons.put_claim(Claim(UUID(int=71), scene.operator_id, UUID(int=70), scene.ada, scene.clock.at))
    shown = client.get("/bookings").text
    assert f'about <span class="money">€{(whole - Money(100, "EUR")).amount}' in shown and "Taken off as of now" in shown
    with scene.transactions.begin() as store:
        claim = store.coupons.claim(UUID(int=71))
        store.coupons.put_claim(replace(claim, used_by=UUID(int=72)))
    shown = client.get("/bookings").text
    assert f'about <span class="money">€{whole.amount}' in shown and "Taken off" not in shown
