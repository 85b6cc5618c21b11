"""Cancellations, changes, starts, time and bank answers at once: each booking ends in one way, and nothing stays held."""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

import pytest

from forecourt.drivers import PayBy, Token, TokenKind, token_uid
from forecourt.flows.bookings import ReserveRequest, advance_bookings
from forecourt.flows.charging import start_charge
from forecourt.flows.paying import cancel_booking, maintain_deposits, make_booking, move_booking, put_up
from forecourt.flows.ports import Store, Transactions
from forecourt.kernel import BookingId, DriverId, Span
from forecourt.reservations import BookingRules, DepositRule
from in_process_provider import OwnBank

from .conftest import KIND, NOON, Forecourt, at
from .test_money_races import all_at_once

RIDERS = 6


@pytest.fixture
def place(transactions: Transactions, bank: OwnBank) -> Forecourt:
    made = Forecourt(transactions)
    with transactions.begin() as store:
        made.build(store)
        store.bookings.put_rules(store.stations.site(made.site_id), BookingRules(deposit=DepositRule.FEE))
    made.free()
    return made


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


def riders(place: Forecourt, store: Store) -> list[DriverId]:
    """Half of them pay by card, half from a balance that their card stands behind."""
    found = []
    for number in range(RIDERS):
        known = store.drivers.driver(place.app_driver)
        driver = replace(
            known, id=DriverId(place.ids.new(NOON)), pay_by=PayBy.WALLET if number % 2 else PayBy.CARD, payment_method=f"pm_{number}"
        )
        store.drivers.put_driver(driver)
        store.drivers.put_token(Token(token_uid(f"RACER{number}"), place.operator_id, driver.id, TokenKind.APP))
        found.append(driver.id)
    return found


def test_concurrent_changes_cancellations_and_starts_leave_no_deposit_held_or_taken_twice(place, bank) -> None:
    with place.transactions.begin() as store:
        who = riders(place, store)
    booked: list[tuple[DriverId, BookingId, int]] = []
    for number, driver_id in enumerate(who):
        start = (14, 130, 210)[number // 2]  # one can be kept now, the others moved
        with place.transactions.begin() as store:
            asked = ReserveRequest(place.site_id, KIND, driver_id, Span(at(start), at(start + 60)), 10_000)
            booked.append((driver_id, make_booking(store, asked, at(0), place.ids).id, start))
    one_at_the_bank = Lock()

    def in_store(work: Callable[[Store], object]) -> Callable[[], object]:
        def begun() -> object:
            with place.transactions.begin() as store:
                return work(store)

        return begun

    def banks() -> None:
        with one_at_the_bank:
            bank.deliver(place.transactions, place.ids)

    def of(driver_id: DriverId, booking_id: BookingId, start: int) -> list[Callable[[], object]]:
        later = ReserveRequest(place.site_id, KIND, driver_id, Span(at(start + 10), at(start + 70)), 10_000)
        evse = place.evse_id(1 + start % 3)
        return [
            in_store(lambda store: cancel_booking(store, driver_id, booking_id, at(1), place.ids)),
            in_store(lambda store: move_booking(store, booking_id, later, at(1), place.ids)),
            in_store(lambda store: put_up(store, driver_id, booking_id, False, at(1), place.ids)),
            in_store(lambda store: start_charge(store, driver_id, store.stations.evse(evse), at(1), place.ids)),
            banks,
        ]

    ticks = [
        in_store(lambda store, step=step: step(store, place.site_id, at(1), place.ids)) for step in (maintain_deposits, advance_bookings)
    ]
    bank.at = at(1)
    all_at_once([one for row in booked for one in of(*row)] + ticks * 4, seed=5)
    for minute in (12, 60, 400, 401):
        bank.at = at(minute)
        for step in (maintain_deposits, advance_bookings, maintain_deposits):
            with place.transactions.begin() as store:
                step(store, place.site_id, at(minute), place.ids)
        bank.deliver(place.transactions, place.ids)
    with place.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0 and not store.deposits.open_at(place.site_id)
        for driver_id in who:
            assert not [one for one in store.payments.of_driver(driver_id) if one.holding and one.booking_id]
