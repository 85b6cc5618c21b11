"""Staff start a charge for a driver, under the same rules as the driver's own start."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_order_result
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import ChargerOrder
from forecourt.kernel import ChargerId
from forecourt.payments import DunningCase, HoldAsked
from forecourt.stations import ConnectorReported, ConnectorState, OrderResult, Outcome, StartCharge

from .conftest import NOW


@pytest.fixture
def ready(scene, client):
    """Bay M-01 is free, and Ada pays by a monthly account."""
    scene.say("CP-01", ConnectorReported(NOW, 1, ConnectorState.AVAILABLE))
    pays(scene, PayBy.ACCOUNT)
    return client.sign_in("ops")


def pays(scene, by):
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=by))


def press(ready, scene, key="k"):
    return ready.submit(f"/console/drivers/{scene.ada}/start", evse=str(scene.evse(1)), bay="M-01", key=key)


def orders(scene):
    """The tokens of the start orders sent to the charger of M-01, and the driver's own token."""
    with scene.transactions.begin() as store:
        kept = [one.item.work.order for one in store.outbox.history("CP-01")]
        return [one.token for one in kept if isinstance(one, StartCharge)], store.drivers.tokens_of(scene.ada)[0].uid


def test_a_start_by_staff_sends_one_order_with_the_drivers_token_and_is_logged(scene, ready):
    assert "It is billed to the monthly account." in ready.get(f"/console/drivers/{scene.ada}/start?bay=m-01").text
    done = press(ready, scene)
    assert (done.status_code, press(ready, scene).status_code) == (303, 303)
    asked, own = orders(scene)
    assert asked == [own] and "Charge started for a driver" in ready.get("/console/audit").text
    assert "Asking the charger of M-01 to start." in ready.get(done.headers["location"]).text


@pytest.mark.parametrize(
    ("outcome", "says"), [(Outcome.ACCEPTED, " accepted."), (Outcome.REJECTED, "did not start the charge: it refused")]
)
def test_the_page_shows_the_chargers_answer_to_the_start(scene, ready, outcome, says):
    at = press(ready, scene).headers["location"]
    with scene.transactions.begin() as store:
        (item,) = [one for one in store.outbox.claim("charger", NOW, 50, 60) if isinstance(one.work.order, StartCharge)]
        assert isinstance(item.work, ChargerOrder)
        apply_order_result(store, item, item.work, OrderResult(outcome), NOW, scene.ids)
        store.outbox.done(item.id, NOW, outcome.value)
    assert says in ready.get(at).text


def test_a_hold_is_placed_on_the_card_before_the_start_is_sent(scene, ready):
    pays(scene, PayBy.CARD)
    assert press(ready, scene).status_code == 303
    with scene.transactions.begin() as store:
        (payment,) = store.payments.of_driver(scene.ada)
    assert isinstance(payment.state, HoldAsked) and payment.method == "pm_ada" and orders(scene)[0] == []


def blocked(store, scene):
    store.dunning.put(DunningCase(UUID(int=5), scene.operator_id, scene.ada, "INV-2026-000009", eur(store), NOW, blocks=True))


def eur(store):
    return store.wallets.rules(UUID(int=1)).least_load


def out_of_use(store, scene):
    socket = store.stations.socket(scene.evse(1))
    store.stations.put_socket(replace(socket, state=ConnectorState.FAULTED))


def in_use(store, scene):
    """Driver 6's start was asked for a moment ago."""
    enqueue_order(store, ChargerId("CP-01"), StartCharge(1, "04CARD05", 7), NOW, scene.ids, "start/a/b/c")


def no_card(store, scene):
    store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.CARD, payment_method=""))


def no_balance(store, scene):
    store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.WALLET, payment_method=""))


@pytest.mark.parametrize("against", [blocked, out_of_use, in_use, no_card, no_balance])
def test_a_start_the_driver_would_be_refused_is_refused_to_staff_without_order_or_log_entry(scene, ready, against):
    with scene.transactions.begin() as store:
        against(store, scene)
    before = orders(scene)[0]
    refused = press(ready, scene)
    assert refused.status_code in (403, 409) and "Not started. The driver would see:" in refused.text
    assert orders(scene)[0] == before and "Charge started" not in ready.get("/console/audit").text


def test_a_start_at_a_socket_in_use_is_refused(lived, client):
    client.sign_in("ops")
    refused = client.submit(f"/console/drivers/{lived.ada}/start", evse=str(lived.evse(1)), bay="M-01", key="k")
    assert refused.status_code == 409 and "already in use" in refused.text


def test_an_unknown_bay_is_reported_as_not_found(scene, ready):
    assert "Socket not found" in ready.get(f"/console/drivers/{scene.ada}/start?bay=X-99").text


def test_a_start_by_staff_over_rest_is_idempotent(scene, ops):
    scene.say("CP-01", ConnectorReported(NOW - timedelta(minutes=1), 1, ConnectorState.AVAILABLE))
    pays(scene, PayBy.ACCOUNT)
    told = [
        ops.post(f"/api/v1/drivers/{scene.ada}/charges", json={"evse": str(scene.evse(1))}, headers={"idempotency-key": "a"}) for _ in "12"
    ]
    assert [(one.status_code, one.json()["state"]) for one in told] == [(202, "starting")] * 2 and len(orders(scene)[0]) == 1
