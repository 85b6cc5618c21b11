"""A charging card is moved to another driver: earlier charges stay the former driver's, and so do that driver's bookings."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import PayBy, Token, TokenKind, TokenStatus, token_uid
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.charging import move_card
from forecourt.flows.desk import Staff
from forecourt.kernel import Conflict, NotFound, OperatorId, Span
from forecourt.reservations import Bound
from forecourt.stations import MeterSample, TransactionStarted
from stores import both_stores

from .conftest import CARD, KIND, NOON, at


def moved(forecourt, minute: float = 0, operator_id=None) -> Token:
    by = Staff(operator_id or forecourt.operator_id, "ops", at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        return move_card(store, by, forecourt.app_driver, CARD.lower(), " Van ")


def drivers_of_charges(forecourt) -> list[UUID | None]:
    with forecourt.transactions.begin() as store:
        return [one.driver_id for one in store.sessions.records(forecourt.site_id)]


@both_stores
def test_charges_before_a_card_is_moved_stay_the_former_drivers_and_later_ones_are_the_new_ones(forecourt) -> None:
    forecourt.free()
    first = forecourt.starts("CP1", -50)
    forecourt.stops("CP1", first.transaction, -20, 5000)
    moved(forecourt)
    second = forecourt.starts("CP1", 10)
    forecourt.stops("CP1", second.transaction, 20, 6000)
    assert drivers_of_charges(forecourt) == [forecourt.app_driver, forecourt.card_driver]


def test_a_charge_before_the_move_that_is_reported_afterwards_is_the_former_drivers(forecourt) -> None:
    """An offline charger stores its messages and sends them when it is back, possibly hours later."""
    moved(forecourt)
    fact = TransactionStarted(at(-90), 1, "T1", CARD, samples=(MeterSample(at(-90), 1000),), offline=True)
    forecourt.hears("CP1", fact, 30)
    with forecourt.transactions.begin() as store:
        assert store.sessions.open_on(forecourt.evse_id(1)).driver_id == forecourt.card_driver


def test_a_moved_card_loses_the_settings_of_its_fleet_and_stays_blocked(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        card = store.drivers.token(forecourt.operator_id, token_uid(CARD))
        payer = forecourt.app_driver
        store.drivers.put_token(replace(card, cost_centre="North", status=TokenStatus.BLOCKED, blocked_by=payer, disputed=("d1",)))
    card = moved(forecourt)
    assert (card.label, card.cost_centre, card.status, card.blocked_by, card.disputed) == ("Van", "", TokenStatus.BLOCKED, None, ())
    assert (card.held_by(forecourt.card_driver).cost_centre, card.held_at(NOON).driver_id) == ("North", forecourt.app_driver)


def test_a_card_cannot_be_moved_while_it_charges(forecourt) -> None:
    forecourt.free()
    forecourt.starts("CP1", -50)
    with pytest.raises(Conflict) as refused:
        moved(forecourt)
    assert refused.value.code == "card_charging"


def booked(forecourt, other: bool):
    """The former driver's booking, which goes by the card; with another token beside it."""
    with forecourt.transactions.begin() as store:
        if other:
            store.drivers.put_token(Token(token_uid("ZZ9"), forecourt.operator_id, forecourt.card_driver, TokenKind.RFID))
        window = Span(NOON + timedelta(hours=3), NOON + timedelta(hours=4))
        return reserve(store, ReserveRequest(forecourt.site_id, KIND, forecourt.card_driver, window), at(-1), forecourt.ids)


def test_a_booking_of_the_former_driver_is_kept_with_their_other_card(forecourt) -> None:
    booking = booked(forecourt, other=True)
    moved(forecourt)
    with forecourt.transactions.begin() as store:
        assert store.bookings.booking(booking.id) == replace(booking, token=token_uid("ZZ9"))


def test_a_card_cannot_be_moved_while_its_drivers_only_card_is_booked_or_a_bay_is_held_for_it(forecourt) -> None:
    booking = booked(forecourt, other=False)
    with pytest.raises(Conflict) as alone:
        moved(forecourt)
    with forecourt.transactions.begin() as store:
        store.bookings.put(replace(booking, state=Bound(forecourt.evse_id(1), at(-1))))
    with pytest.raises(Conflict) as kept:
        moved(forecourt)
    assert (alone.value.code, kept.value.code) == ("card_booked", "card_kept")


def test_moving_an_unknown_card_or_to_another_operators_driver_is_not_found(forecourt) -> None:
    with pytest.raises(NotFound):
        moved(forecourt, operator_id=OperatorId(UUID(int=77)))
    with forecourt.transactions.begin() as store, pytest.raises(NotFound):
        move_card(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), forecourt.app_driver, "NOBODYS", "")


def test_after_a_card_is_moved_twice_each_charge_belongs_to_its_holder_at_the_time(forecourt) -> None:
    moved(forecourt)
    with forecourt.transactions.begin() as store:
        card = move_card(store, Staff(forecourt.operator_id, "ops", at(60), forecourt.ids), forecourt.card_driver, CARD, "")
        assert store.drivers.driver(forecourt.card_driver).pay_by is PayBy.ACCOUNT
    assert [card.held_at(at(one)).driver_id for one in (-1, 0, 59, 60)] == [
        forecourt.card_driver, forecourt.app_driver, forecourt.app_driver, forecourt.card_driver,
    ]  # fmt: skip
