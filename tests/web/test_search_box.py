"""The console's search box finds any reference read out on the phone, and opens a single match directly."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.billing import printed_reference
from forecourt.kernel import OperatorId
from forecourt.payments import StoredCard
from forecourt.stations import EvseCode, code_from

from .balance_scene import paid_ahead
from .conftest import NOW


def stored(store, scene, last4):
    store.cards.put(StoredCard(UUID(int=1), scene.operator_id, scene.ada, "pm_1", NOW, "visa", last4))


def goes(client, typed):
    """The address the search redirects to; empty if it shows a list."""
    return client.get("/console/find", params={"q": typed}, follow_redirects=False).headers.get("location", "")


def test_a_search_with_a_single_result_opens_it_directly(lived, client):
    with lived.transactions.begin() as store:
        stored(store, lived, "9731")
        store.guests.put_code(EvseCode(code_from(7), lived.operator_id, lived.site_id, lived.evse(12), NOW))
        bill, booking = store.documents.of_driver(lived.ada)[0], store.bookings.live_of(lived.ada)[0]
        charge = store.sessions.session(lived.running[0])
        store.sessions.put(replace(charge, transaction="T-4711"))
        paid = paid_ahead(store, lived)
        pay_in = store.payments.payment(paid.top_up)
    client.sign_in("ops")
    ada, day = f"/console/drivers/{lived.ada}", booking.window.start.date()
    ways = {
        "lindgr": ada, "ADA@example": ada, "9731": ada, "04:CA:RD:05": f"/console/drivers/{UUID(int=1005)}",
        "T-4711": f"/console/sessions/{charge.id}", str(charge.id): f"/console/sessions/{charge.id}",
        f" {bill.number.lower()} ": f"/console/documents/{bill.number}",
        printed_reference(bill.number): f"/console/documents/{bill.number}",
        str(booking.id): f"/console/bookings?site=market&day={day}#b{booking.number}",
        "m-12": "/console/chargers/CP-12", code_from(7).lower(): "/console/chargers/CP-12", "cp-07": "/console/chargers/CP-07",
        "harbour": "/console/sites/harbour", pay_in.reference: f"/console/payments/{pay_in.id}",
    }  # fmt: skip
    assert {typed: goes(client, typed) for typed in ways} == ways


def test_several_results_are_listed_and_no_result_is_stated(lived, client):
    shown = client.sign_in("ops").get("/console/find", params={"q": "driver"}).text
    assert shown.count(">Driver<") == 20 and 'href="/console/drivers?q=driver">All drivers with that name' in shown
    assert "Nothing found" in client.get("/console/find", params={"q": "zz\0top%"}).text
    assert 'action="/console/find"' in client.get("/console").text and client.get("/console/find").status_code == 200


def test_a_number_matching_several_kinds_of_records_lists_each(lived, client):
    with lived.transactions.begin() as store:
        booking = store.bookings.live_of(lived.ada)[0]
        store.bookings.put(replace(booking, number=4242))
        stored(store, lived, "4242")
    shown = client.sign_in("ops").get("/console/find", params={"q": "4242"}).text
    assert "Bank card ending in 4242" in shown and f"#b{4242}" in shown


def test_a_guest_is_found_only_by_the_complete_email_address(lived, client):
    with lived.transactions.begin() as store:
        driver = store.drivers.driver(lived.ada)
        store.drivers.put_driver(replace(driver, guest=True, email="Guest@example.org"))
    assert f"/console/sessions/{lived.running[0]}" in client.sign_in("ops").get("/console/find?q=guest@EXAMPLE.org").text
    assert "Nothing found" in client.get("/console/find?q=guest@").text


@pytest.mark.parametrize("typed", ["9731", "lindgren", "CP-07", "m-12", "harbour", "number", "charge"])
def test_records_of_another_operator_are_not_found(lived, client, typed):
    with lived.transactions.begin() as store:
        stored(store, lived, "9731")
        named = {"number": store.documents.of_driver(lived.ada)[0].number, "charge": str(lived.running[0])}.get(typed, typed)
        ops = store.drivers.account_by_email("ops@example.org")
        rival = replace(store.stations.operator(ops.operator_id), id=OperatorId(UUID(int=9)), name="Rival")
        store.stations.put_operator(rival)
        store.drivers.put_account(replace(ops, operator_id=rival.id))
    assert "Nothing found" in client.sign_in("ops").get("/console/find", params={"q": named}).text


def test_the_search_over_rest_finds_the_same(lived, ops):
    (found,) = ops.get("/api/v1/find", params={"words": "lindgren"}).json()
    assert (found["what"], found["title"], found["page"]) == ("Driver", "Ada Lindgren", f"/console/drivers/{lived.ada}")
