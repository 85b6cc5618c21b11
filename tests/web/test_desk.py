"""Who has a driver on the phone sees at once what goes on with them, and a way from each to where it is acted on."""

from forecourt.kernel import Money
from forecourt.payments import DunningCase

from .conftest import NOW
from .prepaid import paid_ahead


def owes(store, scene, blocks):
    """A bill of Ada's that waits to be paid."""
    bill = store.documents.of_driver(scene.ada)[0]
    case = DunningCase(bill.id, scene.operator_id, scene.ada, bill.number, Money(777, "EUR"), NOW, blocks=blocks)
    store.dunning.put(case)
    return bill.number


def test_charge_booking_balance_and_debt_stand_on_the_drivers_page_and_lead_to_where_they_are_acted_on(lived, client):
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
    assert "€7.77" in page and "The app begins no charge now: what is owed blocks it." in page


def test_nothing_going_on_is_said_as_such(scene, client):
    page = client.sign_in("ops").get(f"/console/drivers/{scene.ada}").text
    assert [words for words in ("No charge runs.", "No booking to come.", "Nothing is owed.") if words not in page] == []
    assert "Prepaid balance" not in page and "The app begins a charge now." in page


def test_the_debts_of_one_driver_are_looked_at_alone(lived, client):
    with lived.transactions.begin() as store:
        number = owes(store, lived, blocks=False)
        bob = store.drivers.account_by_email("bob@example.org").driver_id
    assert number in client.sign_in("ops").get(f"/console/dunning?driver={lived.ada}").text
    assert number not in client.get(f"/console/dunning?driver={bob}").text and number in client.get("/console/dunning").text


def test_programs_are_told_the_same(lived, ops):
    with lived.transactions.begin() as store:
        number = owes(store, lived, blocks=True)
    told = ops.get(f"/api/v1/drivers/{lived.ada}/now").json()
    (debt,) = told["debts"]
    assert (debt["number"], debt["owed"], told["owed"]) == (number, {"amount": "7.77", "currency": "EUR"}, debt["owed"])
    assert ([one["id"] for one in told["charges"]], told["blocked"], told["balance"]) == ([str(lived.running[0])], True, None)
    assert [one["site"] for one in told["bookings"]] == ["market"]
