"""Drivers in the console: found by their card, enrolled, given cards; a lost card is blocked, and its driver cannot unblock it."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import GroupMember, PayBy, TokenStatus, token_uid
from forecourt.flows.billing import set_payer
from forecourt.flows.charging import accept
from forecourt.flows.desk import Staff, account_by_password_key, issue_password_link
from forecourt.flows.prices import join_group, leave_group
from forecourt.flows.privacy import erase_driver
from forecourt.gateway.dialects import CardQuery
from forecourt.kernel import ChargerId, DocumentId, DriverId, Money, PaymentId
from forecourt.payments import Declined, Payment
from forecourt.stations import CardPresented, Verdict
from gateway.decoding import decode16, decode201

from .conftest import NOW

SIX = f"/console/drivers/{UUID(int=1005)}"
LEA = {"name": "Lea Moreau", "email": "Lea@example.org", "pay_by": "ACCOUNT", "language": "fr"}


def card(scene, uid):
    with scene.transactions.begin() as store:
        return store.drivers.token(scene.operator_id, token_uid(uid))


def test_a_driver_is_found_by_card_number(client):
    found = client.sign_in("ops").get("/console/drivers?q=04card05").text
    assert SIX in found and found.count('<td class="lead') == 1
    assert "No drivers found" in client.get("/console/drivers?q=04CARD99").text


def test_drivers_are_found_by_part_of_name_or_email(client):
    client.sign_in("ops")
    assert "Ada Lindgren" in client.get("/console/drivers?q=lindg").text and "Ada Lindgren" in client.get("/console/drivers?q=ADA@").text


def test_a_driver_is_enrolled_on_account_and_sets_a_password_by_a_link_shown_once(scene, client):
    shown = client.sign_in("ops").submit("/console/drivers", **LEA)
    (key,) = re.findall(r"/password/([^<\s]+)</code>", shown.text)
    with scene.transactions.begin() as store:
        account = account_by_password_key(store, scene.ports().secret_key, key, NOW)
        driver = store.drivers.driver(account.driver_id)
    assert (driver.name, driver.email, driver.pay_by, driver.language) == ("Lea Moreau", "lea@example.org", PayBy.ACCOUNT, "fr")
    assert shown.headers["cache-control"] == "no-store" and "/password/" not in client.get(f"/console/drivers/{driver.id}").text
    assert "Driver added" in client.get("/console/audit").text


def link_of(page):
    (key,) = re.findall(r"/password/([^<\s]+)</code>", page.text)
    return key


def test_correcting_a_new_drivers_email_invalidates_the_earlier_link(scene, client):
    """Else bills go to a stranger, who could choose the password too."""
    first = client.sign_in("ops").submit("/console/drivers", **LEA)
    (at,) = re.findall(r'action="(/console/drivers/[^"/]+/invite)"', first.text)
    again = client.submit(at, email="lea.moreau@example.org")
    with scene.transactions.begin() as store:
        accounts = [account_by_password_key(store, scene.ports().secret_key, link_of(page), NOW) for page in (first, again)]
        assert accounts[0] is None and store.drivers.driver(accounts[1].driver_id).email == "lea.moreau@example.org"
    taken = client.submit(at, email="ada@example.org")
    assert taken.status_code == 409 and "an account with this email" in taken.text
    assert "Driver invited again" in client.get("/console/audit").text


def test_staff_cannot_change_the_email_of_a_driver_who_has_set_a_password(scene, client):
    page = client.sign_in("ops").get(f"/console/drivers/{scene.ada}").text
    refused = client.submit(f"/console/drivers/{scene.ada}/invite", email="thief@example.org")
    assert "/invite" not in page and refused.status_code == 409
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).email == "ada@example.org"


def test_invalid_driver_details_are_marked_and_all_entries_stay(client):
    client.sign_in("ops")
    for field, typed, why in (
        ("email", "ada@example.org", "an account with this email"),
        ("email", "lea", "email"),
        ("name", " ", "name"),
    ):
        wrong = client.submit("/console/drivers", **{**LEA, field: typed})
        assert wrong.status_code in (400, 409) and re.search(rf'id="e-{field}">[^<]*{why}', wrong.text), typed
        assert 'value="fr" selected' in wrong.text


def test_staff_assign_a_new_card_and_one_of_another_driver_is_refused(scene, client):
    assert client.sign_in("ops").submit(f"{SIX}/cards", uid="new001", label="Van").status_code == 303
    assert card(scene, "NEW001").driver_id == UUID(int=1005)
    taken = client.submit(f"{SIX}/cards", uid="04CARD06", label="Van")
    assert taken.status_code == 409 and 'value="04CARD06"' in taken.text and "already registered" in taken.text


def test_changing_a_drivers_name_and_payment_method_is_logged(scene, client):
    assert client.sign_in("ops").submit(f"{SIX}/mend", name=" Lea Moreau ", pay_by="CARD").status_code == 303
    with scene.transactions.begin() as store:
        driver = store.drivers.driver(UUID(int=1005))
    assert (driver.name, driver.pay_by) == ("Lea Moreau", PayBy.CARD)
    log = client.get("/console/audit").text
    assert "name changed" in log and "payment method changed" in log and "before by account" in log
    assert client.submit(f"{SIX}/mend", name=" ", pay_by="CARD").status_code == 400


def test_the_payment_method_cannot_change_during_a_charge_or_in_a_fleet(scene, client):
    """What began is paid as it began."""
    scene.charge(1, "04CARD05", NOW - timedelta(minutes=30), 30, 7_200)
    with scene.transactions.begin() as store:
        store.drivers.put_member(GroupMember(scene.operator_id, "vans", DriverId(UUID(int=1006)), NOW - timedelta(days=1)))
        store.statements.put_payer(scene.operator_id, "vans", scene.ada)
    for number, why in ((1005, "A charge is running"), (1006, "A fleet pays")):
        refused = client.sign_in("ops").submit(f"/console/drivers/{UUID(int=number)}/mend", name="Lea", pay_by="CARD")
        assert refused.status_code == 409 and why in refused.text
        with scene.transactions.begin() as store:
            kept = store.drivers.driver(DriverId(UUID(int=number)))
        assert kept.pay_by is PayBy.ACCOUNT and kept.name != "Lea"


def test_a_card_of_another_driver_is_moved_only_after_confirmation(scene, client):
    taken = client.sign_in("ops").submit(f"{SIX}/cards", uid="04card06", label="Van").text
    assert f'href="/console/drivers/{UUID(int=1006)}">Driver 7</a>' in taken and card(scene, "04CARD06").driver_id == UUID(int=1006)
    assert client.submit(f"{SIX}/cards", uid="04card06", label="Van", do="move").status_code == 303
    assert (card(scene, "04CARD06").driver_id, card(scene, "04CARD06").label) == (UUID(int=1005), "Van")
    assert "Card moved to another driver" in client.get("/console/audit").text


def test_a_card_blocked_by_staff_cannot_be_unblocked_by_its_driver(scene, client):
    with scene.transactions.begin() as store:
        ada = store.drivers.driver(scene.ada)
    client.sign_in("ops").submit(f"/console/drivers/{ada.id}/cards", uid="ADA1")
    client.submit(f"/console/drivers/{ada.id}/cards/state", uid="ADA1", do="block")
    assert card(scene, "ADA1").status is TokenStatus.BLOCKED
    client.sign_in("ada").submit("/account/cards", uid="ada1", label="Mine")
    assert (card(scene, "ADA1").status, card(scene, "ADA1").label) == (TokenStatus.BLOCKED, "Mine")
    client.sign_in("ops").submit(f"/console/drivers/{ada.id}/cards/state", uid="ADA1", do="unblock")
    assert card(scene, "ADA1").status is TokenStatus.ACTIVE
    assert [word for word in ("Card added", "Card blocked", "Card unblocked") if word not in client.get("/console/audit").text] == []


def test_after_erasure_a_drivers_cards_stay_blocked_and_the_log_does_not_name_them(scene, client):
    client.sign_in("ops").submit("/console/drivers", **LEA)
    with scene.transactions.begin() as store:
        lea = store.drivers.account_by_email("lea@example.org").driver_id
    client.submit(f"/console/drivers/{lea}/cards", uid="LEA1")
    with scene.transactions.begin() as store:
        by = Staff(store.drivers.driver(lea).operator_id, "ops", NOW, scene.ids)
        issue_password_link(store, "lea@example.org", NOW, b"key", NOW, scene.ids)
        join_group(store, by, "lea@example.org", "vans")
        set_payer(store, by, "vans", "lea@example.org")
        set_payer(store, by, "vans", "")
        leave_group(store, replace(by, at=NOW + timedelta(seconds=1)), "lea@example.org", "vans")
    assert client.get("/console/audit").text.count("Lea Moreau") > 3
    with scene.transactions.begin() as store:
        erase_driver(store, lea, NOW, scene.ids)
    assert "This driver has closed the account." in client.get(f"/console/drivers/{lea}").text
    assert client.submit(f"/console/drivers/{lea}/cards/state", uid="LEA1", do="unblock").status_code == 409
    assert card(scene, "LEA1").status is TokenStatus.BLOCKED
    assert "lea@example.org" not in client.get("/console/audit").text + client.get("/console/drivers").text
    with scene.transactions.begin() as store:
        assert "lea@example.org" not in str(store.audit.recent())


@pytest.mark.parametrize(
    ("card", "driver", "says"),
    [
        ({}, {}, "Can start a charge now."),
        ({"status": TokenStatus.BLOCKED}, {}, "Cannot start a charge now: it is blocked."),
        ({"valid_until": NOW - timedelta(days=1)}, {}, "it has expired."),
        ({}, {"pay_by": PayBy.CARD}, "no payment card is stored."),
        ({}, {"pay_by": PayBy.WALLET}, "the prepaid balance is too low"),
        ({}, {"pay_by": PayBy.WALLET, "payment_method": "pm_1"}, "Can start a charge now."),
    ],
)
def test_the_reason_a_card_is_refused_is_shown_beside_it(scene, client, card, driver, says):
    """As the charger is told, which is asked beside it; found by the card's number."""
    with scene.transactions.begin() as store:
        known = store.drivers.token(scene.operator_id, token_uid("04CARD05"))
        store.drivers.put_token(replace(known, **card))
        store.drivers.put_driver(
            replace(store.drivers.driver(known.driver_id), **{"pay_by": PayBy.ACCOUNT, "payment_method": "", **driver})
        )
    ops = client.sign_in("ops")
    assert f"/console/drivers/{known.driver_id}" in ops.get("/console/drivers?q=04card05").text
    assert says in ops.get(f"/console/drivers/{known.driver_id}").text
    with scene.transactions.begin() as store:
        (told,) = accept(store, [CardPresented(ChargerId("CP-05"), scene.operator_id, scene.site_id, "04CARD05", scene.clock.now())])
    assert (told.verdict is Verdict.ACCEPTED) == says.startswith("Can start")


def test_the_debt_that_blocks_a_card_is_shown(scene, client):
    with scene.transactions.begin() as store:
        known = store.drivers.token(scene.operator_id, token_uid("04CARD05"))
        money, paid = Money(500, "EUR"), PaymentId(UUID(int=9))
        declined = Declined(money, NOW, "card_declined")
        payment = Payment(paid, scene.operator_id, known.driver_id, "pm_1", "EUR", NOW, declined, document_id=DocumentId(UUID(int=9)))
        store.payments.put(payment)
    assert "blocked by a debt" in client.sign_in("ops").get(f"/console/drivers/{known.driver_id}").text


def test_a_vehicle_contract_is_assigned_like_a_card_and_works_only_as_a_contract(scene, client):
    """Its id is no secret: typed in at a charger, or read as a card, it is nobody's."""
    queries = [decode201("Authorize", {"idToken": {"idToken": "DE8AACA2B3C4D5X", "type": kind}}) for kind in ("eMAID", "KeyCode")]
    queries.append(decode201("Authorize", {"idToken": {"idToken": "EMAID:DE8AACA2B3C4D5", "type": "KeyCode"}}))
    queries.append(decode16("Authorize", {"idTag": "EMAID:DE8AACA2B3C4D5"}))
    asked = [one.token for one in queries if isinstance(one, CardQuery)]
    assert client.sign_in("ops").submit(f"{SIX}/cards", uid="EMAID:DE-8AA-CA2B3C4D5-X", label="Kona").status_code == 303
    assert "EMAID:DE8AACA2B3C4D5" in client.get(SIX).text and "Can start a charge now" in client.get(SIX).text
    assert SIX in client.get("/console/drivers?q=emaid:de8aaca2b3c4d5").text
    for expected in ([Verdict.ACCEPTED, *[Verdict.INVALID] * 3], [Verdict.BLOCKED, *[Verdict.INVALID] * 3]):
        with scene.transactions.begin() as store:
            shown = [CardPresented(ChargerId("CP-05"), scene.operator_id, scene.site_id, one, scene.clock.now()) for one in asked]
            assert [one.verdict for one in accept(store, shown)] == expected
        client.submit(f"{SIX}/cards/state", uid="EMAID:DE8AACA2B3C4D5", do="block")


def test_an_invalid_contract_id_is_refused(client):
    refused = client.sign_in("ops").submit(f"{SIX}/cards", uid="EMAID:DE-8AA-1", label="")
    assert refused.status_code == 400 and "is not a contract" in refused.text


def test_a_card_cannot_be_blocked_on_another_drivers_page(scene, client):
    assert client.sign_in("ops").submit(f"{SIX}/cards/state", uid="04CARD06", do="block").status_code == 404
    assert card(scene, "04CARD06").status is TokenStatus.ACTIVE
