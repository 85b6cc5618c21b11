"""The console's page of a driver, for phone support: current charges, bookings and debts, with links to their pages."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from forecourt.kernel import ChargerId, Money, PaymentId, SessionId, Span
from forecourt.payments import Declined, DunningCase, Payment
from forecourt.reservations import Broken, Kept
from forecourt.stations import ConnectionInfo, Contact, Maintenance, SecurityProfile

from .balance_scene import paid_ahead
from .conftest import NOW


def owes(store, scene, blocks):
    """An unpaid bill of Ada's in dunning."""
    bill = store.documents.of_driver(scene.ada)[0]
    case = DunningCase(bill.id, scene.operator_id, scene.ada, bill.number, Money(777, "EUR"), NOW, blocks=blocks)
    store.dunning.put(case)
    return bill.number


def test_the_driver_page_links_to_the_running_charge_booking_balance_and_debt_of_the_driver(lived, client):
    with lived.transactions.begin() as store:
        paid_ahead(store, lived)
        number, booking = owes(store, lived, blocks=True), store.bookings.live_of(lived.ada)[0]
    page = client.sign_in("ops").get(f"/console/drivers/{lived.ada}").text
    day = booking.window.start.strftime("%Y-%m-%d")
    ways = [
        f"/console/sessions/{lived.running[0]}",
        f"/console/bookings?site=market&amp;day={day}#b{booking.number}",
        f"/console/documents/{number}",
    ]
    ways += [f"/console/dunning?driver={lived.ada}", f"/console/ledger/entries?account=WALLET%3A{lived.ada}&amp;currency=EUR"]
    for way in ways:
        assert f'href="{way}"' in page and client.get(way.replace("&amp;", "&")).status_code == 200, way
    assert "€7.77" in page and "Cannot start a charge in the app now: it is blocked by a debt." in page


def became(lived, state):
    """Ada's booking, put into the given final state."""
    with lived.transactions.begin() as store:
        was = replace(store.bookings.live_of(lived.ada)[0], state=state)
        store.bookings.put(was)
    return was


def test_the_driver_page_shows_a_past_booking_with_its_outcome(lived, client):
    was = became(lived, Broken(NOW, "fault", Money(150, "EUR")))
    page = client.sign_in("ops").get(f"/console/drivers/{lived.ada}").text
    assert f"#b{was.number}" in page and "A charger failed and no other bay was free. Credit: €1.50." in page


def test_the_pages_of_a_booking_a_bill_and_a_payment_link_to_the_driver(lived, client):
    was = became(lived, Kept(SessionId(lived.running[0]), NOW))
    with lived.transactions.begin() as store:
        number = store.documents.of_driver(lived.ada)[0].number
        declined = Declined(Money(100, "EUR"), NOW, "no")
        store.payments.put(Payment(PaymentId(UUID(int=9)), lived.operator_id, lived.ada, "pm_ada", "EUR", NOW, declined))
    day = f"/console/bookings?site=market&day={was.window.start:%Y-%m-%d}"
    for page in (day, f"/console/documents/{number}", f"/console/payments/{UUID(int=9)}"):
        assert f'href="/console/drivers/{lived.ada}"' in client.sign_in("ops").get(page).text, page
    assert f'href="/console/sessions/{lived.running[0]}">Session' in client.get(day).text


def test_the_charger_page_names_the_driver_charging_there_and_links_to_the_session(lived, client):
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
    page = client.sign_in("ops").get(f"/console/chargers/{session.charger_id}").text
    assert f'<a href="/console/sessions/{session.id}"><strong>Ada Lindgren is charging' in page


def test_the_charger_page_shows_planned_maintenance_of_its_sockets(lived, client):
    with lived.transactions.begin() as store:
        site, label = store.stations.site(lived.site_id), store.stations.evse(lived.evse(10)).label
        week = timedelta(days=7)
        works = (
            Maintenance(Span(NOW - 2 * week, NOW - week), (), "old"),
            Maintenance(Span(NOW + week, NOW + 2 * week), (label,), "cables"),
        )
        store.stations.put_site(replace(site, maintenance=works))
    page = client.sign_in("ops").get("/console/chargers/CP-10").text
    assert "from Mon 8 Jun 2026, 14:20 to Mon 15 Jun 2026, 14:20: cables" in page and ": old" not in page
    assert "cables" not in client.get("/console/chargers/CP-12").text


def test_the_charger_page_shows_since_when_it_is_offline_or_that_it_never_connected(lived, client):
    with lived.transactions.begin() as store:
        charger = replace(store.stations.charger(ChargerId("CP-10")), connected=False)
        store.stations.put_charger(replace(charger, contact=Contact(NOW), last_connection=ConnectionInfo(SecurityProfile.PASSWORD)))
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-11")), connected=False, last_connection=ConnectionInfo()))
    assert "Offline since Mon 1 Jun 2026, 14:20." in client.sign_in("ops").get("/console/chargers/CP-10").text
    assert "Not connected yet." in client.get("/console/chargers/CP-11").text


def test_the_page_of_a_driver_without_charges_bookings_or_debts_shows_none(scene, client):
    page = client.sign_in("ops").get(f"/console/drivers/{scene.ada}").text
    assert [words for words in ("No charge running.", "No upcoming bookings.", "Nothing owed.") if words not in page] == []
    assert "Prepaid balance" not in page and "Can start a charge in the app now." in page


def test_the_dunning_page_is_filtered_by_driver(lived, client):
    with lived.transactions.begin() as store:
        number = owes(store, lived, blocks=False)
        bob = store.drivers.account_by_email("bob@example.org").driver_id
    assert number in client.sign_in("ops").get(f"/console/dunning?driver={lived.ada}").text
    assert number not in client.get(f"/console/dunning?driver={bob}").text and number in client.get("/console/dunning").text


def test_the_current_charges_bookings_and_debts_of_a_driver_are_read_over_rest(lived, ops):
    with lived.transactions.begin() as store:
        number = owes(store, lived, blocks=True)
    told = ops.get(f"/api/v1/drivers/{lived.ada}/now").json()
    (debt,) = told["debts"]
    assert (debt["number"], debt["owed"], told["owed"]) == (number, {"amount": "7.77", "currency": "EUR"}, debt["owed"])
    assert ([one["id"] for one in told["charges"]], told["blocked"], told["balance"]) == ([str(lived.running[0])], True, None)
    assert [one["site"] for one in told["bookings"]] == ["market"]
