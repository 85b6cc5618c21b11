"""Money behind bookings, from the pages and by REST: said before, finished where the card is refused, shown after."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer
from forecourt.kernel import instant_text
from forecourt.payments import Accepted, Opened, OpenHold, PlaceHold, Rejected
from forecourt.reservations import BookingRules, DepositRule

from .apps import app_of
from .conftest import KIND, Browser
from .test_driver import booking
from .test_guest_visits import Cards

BOB = {"authorization": "Bearer api-bob"}


@pytest.fixture
def secured(scene):
    with scene.transactions.begin() as store:
        rules = BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=700)
        store.bookings.put_rules(store.stations.site_by_slug("market"), rules)
    return scene


def bank_says(scene, refused: str = "") -> None:
    """The provider's answers to what waits for it."""
    now = scene.clock.at
    with scene.transactions.begin() as store:
        items = store.outbox.claim("payment", now, 10, 60.0)
    for item in items:
        if isinstance(item.work, OpenHold):
            answer = Opened("pi_1", now, "https://provider.example/pay/1?key=k")
        else:
            held = Accepted("pi_1", now, now + timedelta(days=7)) if isinstance(item.work, PlaceHold) else Accepted("pi_1", now)
            answer = Rejected(refused) if refused else held
        with scene.transactions.begin() as store:
            apply_payment_answer(store, item, answer, now, scene.ids)


def test_the_deposit_and_its_release_are_shown_before_and_after_booking(secured, client) -> None:
    page = client.sign_in("bob").get("/sites/market").text
    assert "For your booking, we hold €7.00 on your card." in page and "it is released when you come or cancel in time" in page
    made = client.submit("/bookings", **booking(secured.clock.at))
    where = made.headers["location"]
    assert where.endswith("/deposit") and "asking your bank to hold" in client.get(where).text
    assert "Not paid yet" in client.get("/bookings").text
    bank_says(secured)
    assert "You have booked" in client.get(where).text and "is held on your card" in client.get("/bookings").text
    assert client.submit("/bookings", **booking(secured.clock.at)).headers["location"] == "/bookings"  # the same form again
    board = client.sign_in("ops").get("/console/bookings?site=market").text
    assert "€7.00" in board and "on the card" in board


def test_a_declined_deposit_leads_to_the_processors_page(secured) -> None:
    with Browser(app=app_of(secured.ports(payment_events=Cards(), card_key="pk_test_1"))) as client:
        _mends(secured, client)


def _mends(secured, client) -> None:
    where = client.sign_in("bob").submit("/bookings", **booking(secured.clock.at)).headers["location"]
    bank_says(secured, "authentication_required")
    page = client.get(where).text
    assert "Your bank needs to check that it is you" in page and "you have not booked yet" in page
    assert "Finish your booking" in client.get("/bookings").text
    assert client.submit(where, by="page").status_code == client.submit(where, by="page").status_code == 303
    bank_says(secured)
    assert "https://provider.example/pay/1?key=k&amp;back=" in client.get(where).text
    assert "Not paid yet" in client.sign_in("ops").get("/console/bookings?site=market").text


def test_quotes_over_rest_include_deposit_terms_and_bookings_the_deposit(secured, client) -> None:
    start = secured.clock.at + timedelta(hours=2)
    asked = {"site": "market", "kind": KIND, "start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
    quote = client.post("/api/v1/quotes", json=asked | {"energy_wh": 9000}, headers=BOB).json()
    assert quote["deposit"] | {"held_from": ""} == {"amount": {"amount": "7.00", "currency": "EUR"}, "way": "card", "held_from": ""}
    made = client.post("/api/v1/bookings", json=asked, headers=BOB).json()
    assert made["state"] == "unpaid" and made["deposit"]["step"] == "asked"
    bank_says(secured, "card_declined")
    seen = client.get(f"/api/v1/bookings/{made['id']}", headers=BOB).json()
    assert seen["deposit"]["step"] == "pay" and seen["deposit"]["finish"] == f"/bookings/{made['id']}/deposit"
    again = client.post(f"/api/v1/bookings/{made['id']}/deposit", json={"by": "stored"}, headers=BOB)
    assert again.status_code == 202 and again.json()["deposit"]["step"] == "asked"
    bank_says(secured)
    assert client.get(f"/api/v1/bookings/{made['id']}", headers=BOB).json()["state"] == "confirmed"


def test_a_driver_with_a_monthly_account_is_told_that_nothing_is_held(secured, client) -> None:
    with secured.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(secured.ada), pay_by=PayBy.ACCOUNT))
    client.sign_in("ada")
    assert "so nothing is held for a booking" in client.get("/sites/market").text
    assert client.submit("/bookings", **booking(secured.clock.at)).headers["location"] == "/bookings"


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"deposit": "fee"}, BookingRules(deposit=DepositRule.FEE)),
        ({"deposit": "amount", "deposit_amount": "12,50"}, BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=1250)),
        ({"deposit": "none", "deposit_amount": "7"}, BookingRules()),
        ({"deposit": "amount", "deposit_amount": "seven"}, None),
        ({"deposit": "all"}, None),
    ],
)
def test_the_operator_sets_the_deposit_rule(scene, client, fields, kept) -> None:
    numbers = {one.name: getattr(BookingRules(), one.name) for one in dataclass_fields(BookingRules) if not one.name.startswith("deposit")}
    answer = client.sign_in("ops").submit("/console/sites/market/booking-rules", **numbers, **fields)
    assert answer.status_code == (303 if kept else 400)
    with scene.transactions.begin() as store:
        assert store.bookings.rules(scene.site_id) == (kept or BookingRules())
    page = client.get("/console/queue?site=market").text
    assert "Deposit for a booking" in page and ("12.50" in page) == (kept is not None and kept.deposit_minor > 0)
