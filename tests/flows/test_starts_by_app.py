"""Starts by app: one driver a socket, and no hold without a charge."""

from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.answers import apply_order_result, apply_payment_answer
from forecourt.flows.charging import start_charge
from forecourt.flows.ports import ChargerOrder
from forecourt.kernel import Conflict
from forecourt.payments import Accepted, Releasing
from forecourt.stations import OrderResult, Outcome, StartCharge

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def place(forecourt):
    """Both drivers pay on account and have an app, so that the charger is asked at once."""
    with forecourt.transactions.begin() as store:
        for driver_id, uid in ((forecourt.card_driver, "APPONE"), (forecourt.app_driver, "APPTWO")):
            store.drivers.put_driver(Driver(driver_id, forecourt.operator_id, uid, f"{uid}@x.example", "en", PayBy.ACCOUNT, "pm_1"))
            store.drivers.put_token(Token(token_uid(uid), forecourt.operator_id, driver_id, TokenKind.APP))
    return forecourt


def start(place, driver_id, minute: float, number: int = 1) -> None:
    with place.transactions.begin() as store:
        start_charge(store, driver_id, store.stations.evse(place.evse_id(number)), at(minute), place.ids)


def answer(place, outcome: Outcome, minute: float) -> None:
    with place.transactions.begin() as store:
        for item in store.outbox.claim("charger", at(minute), 10, 60):
            assert isinstance(item.work, ChargerOrder)
            assert isinstance(item.work.order, StartCharge)
            apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), place.ids)
            store.outbox.done(item.id, at(minute), outcome.value)


def test_a_socket_being_started_by_one_driver_is_refused_to_another(place) -> None:
    start(place, place.card_driver, 0)
    with pytest.raises(Conflict) as refusal:
        start(place, place.app_driver, 0.1)
    assert refusal.value.code == "socket_starting"
    start(place, place.app_driver, 0.1, number=2)


def test_an_accepted_start_keeps_the_socket_until_its_start_timeout(place) -> None:
    start(place, place.card_driver, 0)
    answer(place, Outcome.ACCEPTED, 0.1)
    with pytest.raises(Conflict):
        start(place, place.app_driver, 1)
    start(place, place.app_driver, 3)


def test_a_refused_start_frees_the_socket_at_once(place) -> None:
    start(place, place.card_driver, 0)
    answer(place, Outcome.REJECTED, 0.1)
    start(place, place.app_driver, 0.2)


def test_the_same_driver_may_repeat_a_start(place) -> None:
    start(place, place.card_driver, 0)
    start(place, place.card_driver, 0.5)


def test_a_hold_confirmed_after_another_charge_began_is_released_and_starts_nothing(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(0), forecourt.ids)
    forecourt.starts("CP1", 1)
    with forecourt.transactions.begin() as store:
        (item,) = store.outbox.claim("payment", at(2), 10, 60)
        held = apply_payment_answer(store, item, Accepted("pay_1", at(2), at(9000)), at(2), forecourt.ids)
        assert isinstance(held.state, Releasing) and held.state.why == "socket_busy"
        assert not [one for one in store.outbox.open_items("charger") if isinstance(one.work.order, StartCharge)]
