"""The queue from the pages and over REST."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import PayBy, TokenStatus
from forecourt.flows.bookings import JoinQueue, advance_queue, join_queue
from forecourt.flows.chargers import describe_bay, give_codes
from forecourt.flows.desk import Staff
from forecourt.kernel import DriverId
from forecourt.stations import BayTraits, ConnectorState, Feature, Socket

from .conftest import HARBOUR, KIND, Scene


def fill(scene: Scene, state: ConnectorState = ConnectorState.OCCUPIED, bays: tuple[int, ...] = (1, 2, 3, 4)) -> None:
    """The small site has four bays."""
    with scene.transactions.begin() as store:
        for number in bays:
            store.stations.put_socket(Socket(scene.evse(500 + number), state, at=scene.clock.at))


def tick(scene: Scene, minutes: int = 0) -> None:
    scene.clock.at += timedelta(minutes=minutes)
    with scene.transactions.begin() as store:
        advance_queue(store, HARBOUR, scene.clock.at, scene.ids)


def others_join(scene: Scene, *numbers: int) -> None:
    for number in numbers:
        with scene.transactions.begin() as store:
            join_queue(store, JoinQueue(HARBOUR, KIND, DriverId(UUID(int=1000 + number))), scene.clock.at, scene.ids)


def test_a_vehicle_height_can_be_given_for_bookings_and_the_queue_and_an_invalid_one_is_refused(scene, client):
    fill(scene)
    with scene.transactions.begin() as store:
        describe_bay(store, Staff(scene.operator_id, "ops", scene.clock.at, scene.ids), scene.evse(501), BayTraits((), 190))
    page = client.sign_in("bob").get("/sites/harbour").text
    assert page.count('id="f-height"') == page.count('id="f-queue-height"') == 1
    refused = client.submit("/queue", site="harbour", kind=KIND, height="2 m")
    assert refused.status_code == 400 and 'id="e-queue-height"' in refused.text and refused.text.count('value="2 m"') == 2


def test_a_driver_joins_where_every_bay_is_in_use_and_is_called(scene, client):
    fill(scene)
    client.sign_in("bob")
    assert "Join the queue" in client.get("/sites/harbour").text
    where = client.submit("/queue", site="harbour", kind=KIND).headers["location"]
    assert client.submit("/queue", site="harbour", kind=KIND).headers["location"] == where
    assert "You are next" in client.get(where).text
    fill(scene, ConnectorState.AVAILABLE, (2,))
    tick(scene, 3)
    page = client.get("/queue").text
    assert "It is your turn" in page and "H-2" in page and "14:33" in page
    tick(scene, 11)
    over = client.get("/queue")
    assert over.url.path == where and "Your turn is over" in over.text and "Join again" in over.text
    tick(scene, 12 * 60)
    assert client.get("/queue").url.path == "/"


def test_a_bay_held_for_another_driver_shows_until_when_and_what_to_do_instead(scene, client):
    fill(scene)
    client.sign_in("bob").submit("/queue", site="harbour", kind=KIND)
    fill(scene, ConnectorState.AVAILABLE, (2,))
    tick(scene, 3)
    started, kept = 'name="evse" value="' + str(scene.evse(502)), "reserved for someone else, until 14:33 if they do not come"
    page = client.get("/sites/harbour").text
    assert "reserved for you until 14:33" in page and started in page and kept not in page
    page = client.sign_in("ada").get("/sites/harbour").text
    assert kept in page and started not in page and 'href="#wait"' in page
    with scene.transactions.begin() as store:
        give_codes(store, Staff(scene.operator_id, "ops", scene.clock.at, scene.ids), HARBOUR)
        code = store.guests.code_of(scene.evse(502)).code
    page = client.get(f"/e/{code}").text
    assert "Start at bay H-2" not in page and "/sites/harbour#sockets" in page
    assert "Start at bay H-2" in client.sign_in("bob").get(f"/e/{code}").text
    fill(scene, ConnectorState.AVAILABLE, (3,))
    page = client.sign_in("ada").get("/sites/harbour").text
    assert kept in page and started not in page and "Start at one of the other bays" in page


def test_joining_the_queue_is_refused_while_a_bay_is_free(scene, client):
    client.sign_in("bob")
    assert "Join the queue" not in client.get("/sites/harbour").text
    refused = client.submit("/queue", site="harbour", kind=KIND)
    assert refused.status_code == 409 and "A bay is free now" in refused.text


def test_a_driver_lets_others_go_first_and_leaves_the_queue(scene, client):
    fill(scene)
    client.sign_in("bob")
    where = client.submit("/queue", site="harbour", kind=KIND).headers["location"]
    assert "Let the next driver go first" not in client.get(where).text
    others_join(scene, 1)
    assert client.submit(f"{where}/pass").status_code == 303
    assert "1 ahead of you" in client.get(where).text
    assert client.submit(f"{where}/leave").headers["location"] == "/sites/harbour"
    assert "You have left the queue" in client.get(where).text


def test_a_queue_ticket_of_another_driver_answers_404(scene, client):
    fill(scene)
    where = client.sign_in("bob").submit("/queue", site="harbour", kind=KIND).headers["location"]
    client.cookies.clear()
    client.sign_in("ada")
    for answer in (client.get(where), client.get(f"{where}/live"), client.submit(f"{where}/pass"), client.submit(f"{where}/leave")):
        assert answer.status_code == 404


def test_a_start_is_refused_at_a_bay_that_is_held_for_the_next_in_the_queue(scene, client):
    fill(scene)
    others_join(scene, 1)
    fill(scene, ConnectorState.AVAILABLE, (1,))
    tick(scene, 1)
    assert "No bay free now" in client.get("/sites/harbour").text, "it is kept for who was called, also where its charger cannot say so"
    refused = client.sign_in("bob").submit("/charges", evse=str(scene.evse(501)), site="harbour", key="k")
    assert refused.status_code == 409 and "Others are waiting for a bay here" in refused.text


def test_the_console_shows_who_waits_and_the_days_outcome_of_the_queue(scene, client):
    fill(scene)
    others_join(scene, 1, 2)
    fill(scene, ConnectorState.AVAILABLE, (1,))
    tick(scene, 6)
    page = client.sign_in("ops").get("/console/queue?site=harbour").text
    assert "Driver 2" in page and "Driver 3" in page and "H-1" in page
    assert "6 min" in page and "unexplained" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_queue_over_rest_requires_a_token(client, method):
    answer = client.get("/api/v1/queue") if method == "get" else client.post("/api/v1/queue", json={"site": "harbour", "kind": KIND})
    assert answer.status_code in (401, 403)


def test_a_program_joins_reads_and_leaves_the_queue_over_rest(scene, client):
    fill(scene)
    head = {"authorization": "Bearer api-bob"}
    assert client.get("/api/v1/queue", headers=head).json() == []
    made = client.post("/api/v1/queue", headers=head, json={"site": "harbour", "kind": KIND})
    again = client.post("/api/v1/queue", headers=head, json={"site": "harbour", "kind": KIND})
    assert made.status_code == 201 and made.json()["id"] == again.json()["id"]
    assert made.json()["state"] == "waiting" and made.json()["ahead"] == 0 and made.json()["give_or_take_s"] >= 900
    assert client.post("/api/v1/queue", headers=head, json={"site": "harbour", "kind": KIND, "first": True}).status_code == 400
    fill(scene, ConnectorState.AVAILABLE, (3,))
    tick(scene, 1)
    (called,) = client.get("/api/v1/queue", headers=head).json()
    assert (called["state"], called["bay"]) == ("called", "H-3")
    where = f"/api/v1/queue/{called['id']}"
    assert client.post(f"{where}/pass", headers=head).json()["code"] == "nobody_behind"
    assert client.get(where, headers={"authorization": "Bearer api-ada"}).status_code == 404
    assert [client.delete(where, headers=head).json()["state"] for _ in range(2)] == ["left", "left"]


def test_booking_rules_are_stored_and_logged_or_refused_with_a_reason(scene, client):
    client.sign_in("ops")
    wanted = {"held_back": 1, "free_cancel_min": 30, "walk_in_min": 20, "plug_in_min": 5, "member_lead_min": 0}
    wanted |= {"broken_credit_percent": 25, "too_busy_percent": 80, "others_power_percent": 60}
    assert client.submit("/console/sites/harbour/booking-rules", **wanted).status_code == 303
    with scene.transactions.begin() as store:
        kept = store.bookings.rules(HARBOUR)
    assert (kept.plug_in_min, kept.others_power_percent) == (5, 60)
    assert "plug_in_min 10 → 5" in client.get("/console/audit").text
    for wrong in ("61", "-1", "many"):
        refused = client.submit("/console/sites/harbour/booking-rules", **{**wanted, "walk_in_min": 77, "plug_in_min": wrong})
        assert f'value="{wrong}"' in refused.text and 'value="77"' in refused.text and 'id="e-plug_in_min"' in refused.text
        assert refused.status_code in (400, 422) and "Rules for bookings" in refused.text


def test_a_blocked_driver_who_joins_the_queue_is_refused_and_linked_to_their_debts(scene, client):
    fill(scene)
    with scene.transactions.begin() as store:
        (app,) = store.drivers.tokens_of(scene.ada)
        store.drivers.put_token(replace(app, status=TokenStatus.BLOCKED))
    refused = client.sign_in("ada").submit("/queue", site="harbour", kind=KIND)
    assert refused.status_code == 403 and 'href="/dues"' in refused.text and "Harbour Car Park" in refused.text


def test_a_waiting_driver_with_too_low_a_balance_is_warned(scene, client):
    fill(scene)
    where = client.sign_in("ada").submit("/queue", site="harbour", kind=KIND).headers["location"]
    assert "balance is too low" not in client.get(where).text
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.WALLET, payment_method=""))
    shown = client.get(where).text
    assert "Your balance is too low to start a charge." in shown and 'href="/wallet"' in shown


def widen(scene: Scene, number: int) -> None:
    with scene.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(scene.evse(500 + number)), bay=BayTraits((Feature.ACCESSIBLE,))))


def test_a_wheelchair_user_can_queue_for_an_accessible_bay_while_another_bay_is_free(scene, client):
    fill(scene)
    widen(scene, 1)
    fill(scene, ConnectorState.AVAILABLE, (2,))
    client.sign_in("bob")
    assert "Join the queue" not in client.get("/sites/harbour").text
    assert "Every bay that meets your needs is in use" in client.get("/sites/harbour?accessible=1").text
    where = client.submit("/queue", site="harbour", kind=KIND, accessible="1").headers["location"]
    assert "We will call you when a bay meets your needs: Wheelchair accessible." in client.get(where).text
    fill(scene, ConnectorState.AVAILABLE, (1,))
    tick(scene, 3)
    assert "H-1" in client.get(where).text
    assert client.submit("/queue", site="harbour", kind=KIND).headers["location"] == where
    assert "We will call you when a bay meets your needs" not in client.get(where).text


def test_a_program_can_state_the_features_and_height_the_bay_must_have(scene, client):
    fill(scene)
    widen(scene, 1)
    head = {"authorization": "Bearer api-bob"}
    asked = {"site": "harbour", "kind": KIND, "features": ["accessible"], "vehicle_height_cm": 190}
    made = client.post("/api/v1/queue", headers=head, json=asked).json()
    assert (made["features"], made["vehicle_height_cm"], made["state"]) == (["accessible"], 190, "waiting")
    assert client.post("/api/v1/queue", headers=head, json={"site": "harbour", "kind": KIND}).json()["features"] == ["accessible"]
    assert client.post("/api/v1/queue", headers=head, json=asked | {"features": ["lit"]}).json()["code"] == "need"
