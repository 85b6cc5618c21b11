"""A fleet's own pages: who pays for it sees what it pays for, and nothing else; and looks after its drivers and their cards."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.drivers import Account, GroupMember, Limits, PayBy, Role, Token, TokenKind
from forecourt.flows.billing import CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.prices import join_group, leave_group
from forecourt.kernel import DriverId, Money, TokenUid
from forecourt.notices import NoticeKind
from forecourt.stations import StopCharge

from .conftest import NOW, Browser, Scene

VAN, OTHER = DriverId(UUID(int=1007)), DriverId(UUID(int=1008))
CARD = TokenUid("04CARD07")


@pytest.fixture
def fleet(scene: Scene) -> Scene:
    """Ada pays for Driver 8, who charged with a card of her fleet two hours ago; before that, and Driver 9, privately."""
    with scene.transactions.begin() as store:
        store.statements.put_payer(scene.operator_id, "vans", scene.ada)
        for driver_id, uid in ((VAN, CARD), (OTHER, TokenUid("04CARD08"))):
            store.drivers.put_driver(replace(store.drivers.driver(driver_id), pay_by=PayBy.ACCOUNT))
            store.drivers.put_token(Token(uid, scene.operator_id, driver_id, TokenKind.RFID, label="Van 7"))
        store.drivers.put_member(GroupMember(scene.operator_id, "vans", VAN, NOW - timedelta(hours=4)))
    scene.charge(9, CARD, NOW - timedelta(hours=9), 60, 7_200, end=True)
    scene.charge(10, CARD, NOW - timedelta(hours=3), 60, 7_200, end=True)
    scene.charge(11, TokenUid("04CARD08"), NOW - timedelta(hours=3), 60, 7_200, end=True)
    return scene


def named(fleet: Scene, centre: str) -> None:
    with fleet.transactions.begin() as store:
        (stay,) = store.drivers.groups_of(VAN)
        store.drivers.put_member(replace(stay, cost_centre=centre))


def billed(fleet: Scene, driver_id: DriverId) -> list[Money]:
    fleet._bill()
    with fleet.transactions.begin() as store:
        return [one.due for one in store.documents.of_driver(driver_id)]


def test_the_fleet_page_and_csv_sum_to_the_bills_and_show_no_private_charges(client: Browser, fleet: Scene) -> None:
    named(fleet, "North")
    paid, _ = billed(fleet, VAN)
    page = client.sign_in("ada").get("/fleet").text
    assert f"{paid.amount}" in page and "North" in page and "Van 7 …RD07" in page and "Driver 9" not in page
    rows = list(csv.DictReader(io.StringIO(client.get("/fleet/charges.csv").text)))
    assert [(one["driver"], one["cost_centre"], one["due"]) for one in rows] == [("Driver 8", "North", str(paid.amount))]
    with fleet.transactions.begin() as store:
        mine, before = store.documents.of_driver(VAN)
        (theirs,) = store.documents.of_driver(OTHER)
        assert mine.content.parties.buyer.name == store.drivers.driver(fleet.ada).name
    answers = [client.get(f"/receipts/{one.number}").status_code for one in (mine, before, theirs)]
    assert answers == [200, 404, 404] and "complaint" not in client.get(f"/receipts/{mine.number}").text


def read(client: Browser, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).text)))


def test_totals_by_cost_centre_driver_card_and_site_each_equal_the_bills(client: Browser, fleet: Scene) -> None:
    """Added up a second time from the documents, of which one is taken back and one is for no cost centre."""
    billed(fleet, VAN)
    named(fleet, "North")
    for hours, power_w in ((1.9, 7_200), (1.3, 9_300), (0.7, 11_100)):
        fleet.charge(10, CARD, NOW - timedelta(hours=hours), 30, power_w, end=True)
    billed(fleet, VAN)
    with fleet.transactions.begin() as store:
        bills = [one for one in store.documents.of_driver(VAN) if one.parties.used_by]
        issue_credit_note(store, Staff(fleet.operator_id, "ops", NOW, fleet.ids), CreditRequest(bills[0].id, 0, "Wrong bay"))
        bills = [(one, -1 if one.kind == "CREDIT_NOTE" else 1) for one in store.documents.of_driver(VAN) if one.parties.used_by]
    rows = read(client.sign_in("ada"), "/fleet/sums.csv")
    for kind in ("month", "cost_centre", "driver", "card", "site"):
        for column, amount in (("net", "net"), ("vat", "tax"), ("gross", "gross"), ("due", "due")):
            told = sum(Decimal(one[column]) for one in rows if one["by"] == kind)
            assert told == sum(sign * getattr(one, amount).amount for one, sign in bills)
    north = sum(sign * one.due.amount for one, sign in bills if one.parties.used_by.cost_centre == "North")
    assert {one["name"]: Decimal(one["due"]) for one in rows if one["by"] == "cost_centre"}["North"] == north > 0
    listed = sum(Decimal(one["due"]) for one in read(client, "/fleet/charges.csv") if one["cost_centre"] == "North")
    asked = client.get("/api/v1/fleet/sums", headers={"authorization": "Bearer api-ada"}).json()
    assert listed == north and [(one["by"], one["name"], one["tax"]["amount"]) for one in asked] == [
        (one["by"], one["name"], one["vat"]) for one in rows
    ]
    assert len(bills) == 5 and f"{north}" in client.get("/fleet").text


@pytest.mark.parametrize("by", ["cost_centre", "driver", "card", "site", "month", "nothing"])
def test_the_fleet_page_shows_one_grouping_at_a_time(client: Browser, fleet: Scene, by: str) -> None:
    paid, _ = billed(fleet, VAN)
    page = client.sign_in("ada").get(f"/fleet?by={by}").text
    shown = page.partition('id="sums"')[2].partition("</table>")[0]
    assert f"{paid.amount}" in shown and shown.count('aria-current="true"') == 1
    assert {"month": "June 2026", "site": "Market", "nothing": "Without a cost centre"}.get(by, "") in shown


def test_a_fleet_driver_is_added_with_a_new_email_and_given_a_card(client: Browser, fleet: Scene) -> None:
    client.sign_in("ada")
    assert client.submit("/fleet/drivers", name="Vic", email="bob@example.org").status_code == 409, "private accounts stay private"
    assert client.submit("/fleet/drivers", name="Vic", email="vic@vans.example").status_code == 303
    with fleet.transactions.begin() as store:
        account = store.drivers.account_by_email("vic@vans.example")
        vic = store.drivers.driver(account.driver_id)
        assert vic.pay_by is PayBy.ACCOUNT and store.statements.payer_of(vic.id, NOW) == fleet.ada and not account.password_hash
        (letter,) = store.notices.all_of(vic.id)
        assert letter.kind is NoticeKind.SIGN_UP
    for path, form in (("cards", {}), ("centre", {"centre": "South"}), ("cards/state", {"do": "block"})):
        assert client.submit(f"/fleet/drivers/{vic.id}/{path}", uid="04VIC", **form).status_code == 303
    page = client.get(f"/fleet/drivers/{vic.id}").text
    assert "04VIC" in page and "South" in page and "Unblock" in page
    assert client.submit(f"/fleet/drivers/{OTHER}/cards", uid="04X").status_code == 404


def test_a_removed_fleet_driver_is_no_longer_billed_to_the_fleet_and_can_charge_privately(client: Browser, fleet: Scene) -> None:
    client.sign_in("ada").submit(f"/fleet/drivers/{VAN}/leave")
    with fleet.transactions.begin() as store:
        assert store.drivers.token(fleet.operator_id, CARD).status == "BLOCKED" and store.drivers.driver(VAN).pay_by is PayBy.CARD
    assert client.get(f"/fleet/drivers/{VAN}").status_code == 404
    paid, _ = billed(fleet, VAN)
    with fleet.transactions.begin() as store:
        newest, oldest = store.documents.of_driver(VAN)
        assert newest.content.parties.used_by.payer_id == fleet.ada, "it had begun before"
        assert oldest.content.parties.used_by is None
    assert f"{paid.amount}" in client.get("/fleet").text


def test_fleet_limits_are_stored_as_entered_and_an_invalid_one_stores_none(client: Browser, fleet: Scene) -> None:
    client.sign_in("ada")
    for form in ({"charge": "12,50", "month": "100"}, {"day": "30", "uid": CARD}):
        assert client.submit(f"/fleet/drivers/{VAN}/limits", **form).status_code == 303
    refused = client.submit(f"/fleet/drivers/{VAN}/limits", charge="1.250", month="77.70")
    assert refused.status_code == 400 and 'value="1.250"' in refused.text and 'value="77.70"' in refused.text
    assert client.submit(f"/fleet/drivers/{VAN}/limits", charge="0").status_code == 400
    refused = client.submit(f"/fleet/drivers/{VAN}/centre", centre="x" * 41, uid=CARD)
    assert refused.status_code == 400 and f'value="{"x" * 41}"' in refused.text and "can have at most 40 characters" in refused.text
    with fleet.transactions.begin() as store:
        (stay,), card = store.drivers.groups_of(VAN), store.drivers.token(fleet.operator_id, CARD)
    assert stay.limits == Limits(charge=Money(1250, "EUR"), month=Money(10000, "EUR")) and card.limits == Limits(day=Money(3000, "EUR"))
    assert 'value="12.50"' in client.get(f"/fleet/drivers/{VAN}").text


def test_the_driver_list_shows_used_limits_and_blocked_cards(client: Browser, fleet: Scene) -> None:
    paid, _ = billed(fleet, VAN)
    client.sign_in("ada").submit(f"/fleet/drivers/{VAN}/limits", month="100", day="50")
    client.submit(f"/fleet/drivers/{VAN}/cards/state", uid=CARD, do="block")
    listed = client.get("/fleet").text
    assert f"1 card, 1 blocked · €{paid.amount} of €100.00 this month · €{paid.amount} of €50.00 today" in listed
    assert client.get(f"/fleet/drivers/{VAN}").text.count(f"€{paid.amount} used.") == 2
    shown = client.submit(f"/fleet/drivers/{VAN}/limits", day="0").text
    assert "is not an amount in EUR" in shown.partition("e-day-driver")[2].partition("<")[0]


def test_a_fleet_payer_can_stop_charges_on_its_account_only(client: Browser, fleet: Scene) -> None:
    """Such as with a card that is lost."""
    for bay, uid in ((9, CARD), (10, "04CARD08")):
        fleet.charge(bay, uid, NOW - timedelta(minutes=30), 25, 7_200)
    with fleet.transactions.begin() as store:
        (mine,), (theirs,) = (store.sessions.open_of(one) for one in (VAN, OTHER))
    stop = f"/fleet/drivers/{VAN}/charges"
    assert f"{stop}/{mine.id}/stop" in client.sign_in("ada").get(f"/fleet/drivers/{VAN}").text
    asked = [client.submit(f"{stop}/{one.id}/stop").status_code for one in (mine, theirs, mine)]
    assert asked == [303, 404, 303] and client.submit(f"/fleet/drivers/{OTHER}/charges/{theirs.id}/stop").status_code == 404
    with fleet.transactions.begin() as store:
        ordered = [one.work for one in store.outbox.open_items("charger", 100) if isinstance(one.work.order, StopCharge)]
    assert [one.charger_id for one in ordered] == [mine.charger_id]
    assert "Charge stopped by the payer of a fleet" in client.sign_in("ops").get("/console/audit").text


def cards_state(fleet: Scene) -> str:
    with fleet.transactions.begin() as store:
        return store.drivers.token(fleet.operator_id, CARD).status


def test_a_fleet_payer_can_unblock_only_cards_it_blocked_itself(client: Browser, fleet: Scene) -> None:
    mine, theirs = f"/fleet/drivers/{VAN}", f"/console/drivers/{VAN}/cards/state"
    client.sign_in("ada").submit(f"{mine}/cards/state", uid=CARD, do="block")
    assert "Unblock card" in client.get(mine).text
    assert client.submit(f"{mine}/cards/state", uid=CARD, do="unblock").status_code == 303 and cards_state(fleet) == "ACTIVE"
    client.submit(f"{mine}/cards/state", uid=CARD, do="block")
    client.sign_in("ops").submit(theirs, uid=CARD, do="block")
    client.sign_in("ada").submit(f"{mine}/cards/state", uid=CARD, do="block")
    shown = client.get(mine).text
    assert "only the operator can unblock it" in shown and "Unblock card" not in shown
    refused = client.submit(f"{mine}/cards/state", uid=CARD, do="unblock")
    assert refused.status_code == 409 and "You did not block this card" in refused.text and cards_state(fleet) == "BLOCKED"
    client.sign_in("ops").submit(theirs, uid=CARD, do="unblock")
    assert cards_state(fleet) == "ACTIVE"


@pytest.mark.parametrize(("own", "after"), [(True, PayBy.ACCOUNT), (False, PayBy.CARD)])
def test_a_removed_driver_gets_back_the_monthly_account_the_operator_had_granted(client: Browser, fleet: Scene, own, after) -> None:
    """Whoever got it with a fleet keeps none, also where the operator has moved them to another since."""
    client.sign_in("ada").submit("/fleet/drivers", name="Vic", email="vic@vans.example")
    with fleet.transactions.begin() as store:
        vic = store.drivers.account_by_email("vic@vans.example").driver_id
        email, driver = ("d9@example.org", OTHER) if own else ("vic@vans.example", vic)
        if own:
            store.drivers.put_account(Account(UUID(int=99), fleet.operator_id, email, Role.DRIVER, "hash", OTHER))
        by = Staff(fleet.operator_id, "ops", NOW, fleet.ids)
        leave_group(store, by, email, "vans")
        join_group(store, replace(by, at=NOW + timedelta(seconds=1)), email, "vans")
    fleet.clock.at = NOW + timedelta(seconds=2)
    assert client.submit(f"/fleet/drivers/{driver}/leave").status_code == 303
    with fleet.transactions.begin() as store:
        assert store.drivers.driver(driver).pay_by is after and not store.statements.payer_of(driver, NOW + timedelta(seconds=3))


def test_a_fleet_payers_program_manages_its_drivers_over_rest(client: Browser, fleet: Scene) -> None:
    def does(method: str, path: str, **sent: object) -> tuple[int, object]:
        answer = client.request(method, f"/api/v1/fleet/{path}", headers={"authorization": "Bearer api-ada"}, **sent)
        return answer.status_code, answer.json() if answer.content else None

    vic = {"name": "Vic", "email": "vic@vans.example"}
    status, made = does("POST", "drivers", json=vic)
    assert status == 201 and does("POST", "drivers", json=vic)[0] == 409
    here = f"drivers/{made['id']}"
    _, set_up = does("PUT", here, json={"cost_centre": "North", "limits": {"day": "20", "month": "150.50"}})
    assert does("PUT", here, json={}) == (200, set_up), "what is left out stays"
    assert (set_up["cost_centre"], set_up["limits"]["charge"], set_up["limits"]["month"]["amount"]) == ("North", None, "150.50")
    _, with_card = does("PUT", f"{here}/cards/04vic1", json={"label": "Van 9", "limits": {"charge": "30"}})
    assert does("PUT", f"{here}/cards/04VIC1", json={"blocked": True})[1]["cards"] == [with_card["cards"][0] | {"blocked": True}]
    assert does("PUT", f"{here}/cards/{CARD}", json={})[0] == 409, "somebody else's"
    assert does("PUT", f"{here}", json={"limits": {"day": "-5"}})[0] == does("PUT", here, json={"budget": 5})[0] == 400
    assert [one["name"] for one in does("GET", "drivers")[1]] == ["Driver 8", "Vic"]
    assert does("DELETE", here) == (204, None) and does("DELETE", here)[0] == does("GET", here)[0] == 404
    assert does("GET", f"drivers/{OTHER}")[0] == does("PUT", f"drivers/{OTHER}/cards/{CARD}", json={})[0] == 404


def test_a_fleet_payers_program_reads_its_charges_and_nothing_private(client: Browser, fleet: Scene) -> None:
    named(fleet, "North")
    paid, _ = billed(fleet, VAN)
    ada, bob = ({"authorization": f"Bearer api-{who}"} for who in ("ada", "bob"))
    (row,) = client.get("/api/v1/fleet/charges", headers=ada).json()
    assert (row["driver"], row["cost_centre"], row["due"]["amount"]) == ("Driver 8", "North", str(paid.amount))
    assert client.get("/api/v1/fleet/charges?month=2026-05", headers=ada).json() == []
    assert client.get("/api/v1/fleet/charges?month=May", headers=ada).status_code == 400
    assert client.get("/api/v1/fleet/charges", headers=bob).status_code == 404


def test_a_fleet_driver_sees_on_each_page_that_the_fleet_pays(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        store.statements.put_payer(scene.operator_id, "north", OTHER)
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.ACCOUNT))
        store.drivers.put_member(GroupMember(scene.operator_id, "north", scene.ada, NOW - timedelta(days=1)))
        app = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(5, app, NOW - timedelta(hours=3), 60, 7_200, end=True)
    scene._bill()
    scene.charge(4, app, NOW - timedelta(minutes=30), 30, 7_200)
    with scene.transactions.begin() as store:
        (running,), (bill,) = store.sessions.open_of(scene.ada), store.documents.of_driver(scene.ada)
    assert "It is on the monthly statement of Driver 9." in client.sign_in("ada").get(f"/receipts/{bill.number}").text
    for path in ("/sites/market", "/bookings", f"/charges/{running.id}", "/wallet", "/account"):
        shown = client.get(path).text
        assert "Driver 9" in shown and "you pay" not in shown.lower(), path
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.CARD))
    assert "Driver 9" not in client.get("/bookings").text, "who pays by card pays"
