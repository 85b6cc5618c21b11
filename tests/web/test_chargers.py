"""Chargers in the console: added with a password that is shown once, given a new password, retired."""

import re
from dataclasses import replace

from argon2 import PasswordHasher

from forecourt.kernel import ChargerId
from forecourt.stations import Approval, ConnectorState, Inventory, InventoryPart

from .apps import app_of

FORM = {"id": "MS-30", "site": "market", "sockets": 1, "max_a-1": 32}


def known(scene, charger_id):
    with scene.transactions.begin() as store:
        return store.stations.charger(ChargerId(charger_id))


def opens(scene, charger_id, password):
    with scene.transactions.begin() as store:
        return PasswordHasher().verify(store.stations.secret_hash(ChargerId(charger_id)), password)


def password_on(page):
    return re.search(r'id="password">(\w{20})<', page)[1]


def test_a_charger_is_added_and_its_password_shown_once_with_the_ocpp_address(scene, client):
    shown = client.sign_in("ops").submit("/console/new-charger", **FORM)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert "ws://testserver.local:9000/ocpp" in shown.text and opens(scene, "MS-30", password_on(shown.text))
    assert password_on(shown.text) not in client.get("/console/chargers/MS-30").text
    with scene.transactions.begin() as store:
        evse = store.stations.evse_at(ChargerId("MS-30"), 1)
    assert (evse.label, evse.kind, evse.max_a, evse.phases) == ("MS-30", "Type 2 22 kW", 32, ("L1", "L2", "L3"))
    assert "Charger added" in client.get("/console/audit").text


def test_a_charger_under_no_power_limit_is_marked_so_until_the_site_has_a_limit(scene, client):
    words = "Not covered by any limit: MS-30."
    pages = ("/console/sites/market", "/console/sites/market/power", "/console/chargers/MS-30")
    assert words in client.sign_in("ops").submit("/console/new-charger", **FORM).text
    assert all(words in client.get(page).text for page in pages)
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(scene.site_id), power_limit_w=60_000))
    assert not any("Not covered by any limit" in client.get(page).text for page in pages)


def test_the_shown_ocpp_address_is_the_configured_one_with_its_security_profile(scene, make_client):
    with make_client(app=app_of(scene.ports(ocpp_url="wss://charge.example/ocpp"))) as client:
        shown = client.sign_in("ops").submit("/console/new-charger", **{**FORM, "id": "MS:30"}).text
    assert "wss://charge.example/ocpp/MS%3A30" in shown and "profile 2 (with TLS)" in shown and "Without TLS" not in shown


def test_a_charger_is_added_with_sockets_of_different_kinds(scene, client):
    second = {"plug-2": "IEC_62196_T2_COMBO", "max_a-2": 72, "kind-2": "Quick"}
    client.sign_in("ops").submit("/console/new-charger", **{**FORM, **second, "sockets": 2})
    with scene.transactions.begin() as store:
        found = [evse for evse in store.stations.evses(scene.site_id) if evse.charger_id == "MS-30"]
    assert [(one.label, one.kind, one.standard) for one in found] == [
        ("MS-30-1", "Type 2 22 kW", "IEC_62196_T2"),
        ("MS-30-2", "Quick", "IEC_62196_T2_COMBO"),
    ]


def test_one_more_socket_on_the_form_copies_the_last_and_keeps_the_input(scene, client):
    shown = client.sign_in("ops").submit("/console/new-charger", **FORM, do="more").text
    assert 'name="sockets" value="2"' in shown and 'value="MS-30"' in shown
    assert re.search(r'name="max_a-2"[^>]* value="32"', shown)
    assert known(scene, "MS-30") is None


def test_an_error_is_shown_at_its_field_and_the_form_keeps_its_input(scene, client):
    wrong = client.sign_in("ops").submit("/console/new-charger", **{**FORM, "sockets": 2, "max_a-2": "lots"})
    assert wrong.status_code == 400
    assert re.search(r'id="e-max_a-2">&#39;lots&#39; is not a whole number', wrong.text) and re.search(
        r'name="max_a-2"[^>]*value="lots"', wrong.text
    )
    assert re.search(r'name="max_a-1"[^>]*value="32"', wrong.text)
    assert known(scene, "MS-30") is None


def test_a_charger_name_that_is_taken_or_invalid_is_refused(client):
    client.sign_in("ops")
    for name, why in (("CP-01", "already in service"), ("MS 30", "is not a valid charger name"), ("M-01", "already has a socket M-01")):
        refused = client.submit("/console/new-charger", **{**FORM, "id": name})
        assert refused.status_code == 400 and why in refused.text, name


def test_a_charger_awaiting_approval_can_get_a_password_on_approval(lived, client):
    shown = client.sign_in("ops").submit("/console/new-charger", **{**FORM, "id": "NEW-77"}, secured="on")
    assert opens(lived, "NEW-77", password_on(shown.text))
    assert known(lived, "NEW-77").approval is Approval.APPROVED


def test_a_charger_without_a_password_is_marked_so_until_it_gets_one(scene, client):
    assert "This charger has no password." in client.sign_in("ops").get("/console/chargers/CP-05").text
    first = password_on(client.submit("/console/chargers/CP-05/password").text)
    second = password_on(client.submit("/console/chargers/CP-05/password").text)
    assert first != second and opens(scene, "CP-05", second)
    assert "This charger has no password." not in client.get("/console/chargers/CP-05").text


def test_retiring_a_charger_in_use_is_scheduled_for_a_day_and_called_off(lived, client):
    page = client.sign_in("ops").get("/console/chargers/CP-04/retire").text
    assert "A car is charging at CP-04." in page and 'action="/console/chargers/CP-04/retire-later"' in page
    wrong = client.submit("/console/chargers/CP-04/retire-later", from_day="2026-13-40")
    assert wrong.status_code == 400 and "is not a day" in wrong.text and 'value="2026-13-40"' in wrong.text
    assert client.submit("/console/chargers/CP-04/retire-later", from_day="2026-06-02", from_time="08:00").status_code == 303
    assert "This charger leaves service for good from Tue 2 Jun 2026, 08:00." in client.get("/console/chargers/CP-04").text
    assert client.submit("/console/chargers/CP-04/retire-later", do="stay").status_code == 303
    log = client.get("/console/audit").text
    assert "leaves service for good from" not in client.get("/console/chargers/CP-04").text
    assert "Charger scheduled to leave service" in log and "Charger kept in service" in log


def test_a_retired_charger_is_hidden_from_drivers_and_its_charges_stay(lived, client):
    assert "Its charges and bills are kept." in client.sign_in("ops").get("/console/chargers/CP-06/retire").text
    assert client.submit("/console/chargers/CP-06/retire").status_code == 303
    assert known(lived, "CP-06").approval is Approval.RETIRED
    assert client.get("/console/sites/market").text.count('class="bay bay-') == 23
    assert "M-06" not in client.get("/sites/market").text
    assert "M-06" in client.get("/console/sessions").text and "Out of service" in client.get("/console/chargers").text
    with lived.transactions.begin() as store:
        assert store.stations.socket(lived.evse(6)).state is ConnectorState.UNAVAILABLE


def test_a_charger_in_use_cannot_be_retired_at_once(lived, client):
    assert "A car is charging at CP-04." in client.sign_in("ops").get("/console/chargers/CP-04/retire").text
    assert client.submit("/console/chargers/CP-04/retire").status_code == 409
    assert known(lived, "CP-04").approval is Approval.APPROVED


def test_the_name_of_a_retired_charger_cannot_be_used_again(scene, client):
    client.sign_in("ops").submit("/console/chargers/CP-06/retire")
    refused = client.submit("/console/new-charger", **{**FORM, "id": "CP-06"})
    assert refused.status_code == 400 and "taken out of service for good" in refused.text


def test_the_charger_page_shows_the_reported_inventory_and_where_it_differs(scene, client):
    many = tuple(InventoryPart("EVSE/EvseId", "<" + "X" * 99, evse=number) for number in range(2, 200))
    said = Inventory(1, "F1").with_page((InventoryPart("EVSE/Power", "999", evse=1), *many), last=True)
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), inventory=said))
    shown = client.sign_in("ops").get("/console/chargers/CP-01").text
    assert "Reported by the charger" in shown and "Differs from what was entered." in shown and "can give 1.0 kW" in shown
    assert "&lt;XXX" in shown and len(shown) < 60_000
