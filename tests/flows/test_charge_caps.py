"""Caps for chargers that can end a charge at a cost, an energy or a battery level, beside our own stop."""

from dataclasses import replace
from decimal import Decimal

import pytest

from forecourt.drivers import BatteryGoal, ChargingNeed, PayBy
from forecourt.flows.charging import send_caps
from forecourt.flows.paying import payments_of
from forecourt.kernel import ChargerId, Money, PaymentId
from forecourt.notices import NoticeKind
from forecourt.payments import WALLET, Held, Payer, assign_to_session, begin_hold
from forecourt.stations import (
    CapCharge,
    ChargeCap,
    ChargerBooted,
    ChargerSettings,
    MeterSample,
    SentPriceSheet,
    StopCharge,
    TransactionStarted,
    TransactionUpdated,
)
from in_process_provider import OwnBank
from power_world import at, deliver

from .test_guests import charging, place  # noqa: F401 - place is a fixture

CP1 = ChargerId("CP1")
ABLE = ChargerSettings(shows_cost=True, caps=("maxCost", "maxEnergy", "maxSoC"))
NO_CAP = ChargeCap()


def put(forecourt, **changes) -> None:
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=True, **changes))


def caps(forecourt, minute: float) -> list[ChargeCap]:
    """The caps sent to it."""
    with forecourt.transactions.begin() as store:
        send_caps(store, forecourt.site_id, at(minute), forecourt.ids)
    return [order.cap for _, order in deliver(forecourt, minute) if isinstance(order, CapCharge)]


def needs(forecourt, minute: float, **words) -> None:
    with forecourt.transactions.begin() as store:
        said = {"energy_wh": 8000, "departure": None, "stop_there": True} | words
        store.drivers.put_need(ChargingNeed(forecourt.operator_id, forecourt.site_id, forecourt.card_driver, stated_at=at(minute), **said))


def confirms(forecourt, transaction: str, minute: float, cap: ChargeCap | None = None, capped: bool = False) -> None:
    forecourt.says("CP1", TransactionUpdated(at(minute), 1, transaction, samples=(MeterSample(at(minute), 1000),), cap=cap, capped=capped))


def stops_ordered(forecourt, minute: float) -> int:
    return sum(isinstance(order, StopCharge) for _, order in deliver(forecourt, minute))


def test_a_guests_charge_is_capped_at_the_amount_held_on_the_guests_card(place) -> None:  # noqa: F811
    put(place, settings=ABLE)
    visit, _ = charging(place, OwnBank(at(0)))
    with place.transactions.begin() as store:
        held = payments_of(store, visit)[-1].state.amount
    assert [order.cap for _, order in deliver(place, 1) if isinstance(order, CapCharge)] == [ChargeCap(cost=held.amount)]


def test_a_charger_that_calculates_cost_differently_than_the_bill_is_sent_no_cost_cap(place) -> None:  # noqa: F811
    put(place, settings=replace(ABLE, shows_cost=False))
    charging(place, OwnBank(at(0)))
    assert caps(place, 1) == []
    put(place, settings=replace(ABLE, keeps_prices=True), sheets=(SentPriceSheet(1, "another/1"),))
    assert caps(place, 2) == []
    put(place, sheets=(SentPriceSheet(1, "another/1", refused="Rejected"),))
    assert len(caps(place, 3)) == 1, "it goes by the costs that it is told"


def test_a_prepaid_balance_caps_the_cost_of_a_charge_only_without_a_stored_payment_card(forecourt) -> None:
    """When it is used up the charge ends and the driver is notified, since the car has less energy than expected."""
    put(forecourt, settings=ABLE)
    with forecourt.transactions.begin() as store:
        driver = store.drivers.driver(forecourt.card_driver)
        store.drivers.put_driver(replace(driver, pay_by=PayBy.WALLET))
    transaction = forecourt.starts("CP1", 0).transaction
    with forecourt.transactions.begin() as store:
        (session,) = store.sessions.open_at(forecourt.site_id)
        payer = Payer(forecourt.operator_id, forecourt.card_driver, WALLET)
        held = begin_hold(payer, PaymentId(forecourt.ids.new(at(0))), session.evse_id, Money(2000, "EUR"), at(0))
        state = Held(Money(2000, "EUR"), "", at(600), at(0))
        store.payments.put(replace(assign_to_session(held.payment, session.id), state=state))
    assert caps(forecourt, 1) == []
    with forecourt.transactions.begin() as store:
        store.drivers.put_driver(replace(driver, pay_by=PayBy.WALLET, payment_method=""))
    assert caps(forecourt, 2) == [ChargeCap(cost=Decimal("20.00"))]
    confirms(forecourt, transaction, 3, capped=True)
    assert stops_ordered(forecourt, 3) == 1
    with forecourt.transactions.begin() as store:
        (told,) = store.notices.of_driver(forecourt.card_driver).rows
    assert (told.kind, told.content.amount) == (NoticeKind.STOPPED_MONEY, Money(2000, "EUR"))


def test_a_drivers_energy_limit_is_sent_as_a_cap_until_the_charger_confirms_it(forecourt) -> None:
    put(forecourt, settings=ABLE)
    transaction = forecourt.starts("CP1", 0).transaction
    needs(forecourt, 1)
    assert [caps(forecourt, minute) for minute in (2, 3, 8)] == [[ChargeCap(energy_wh=8000)], [], [ChargeCap(energy_wh=8000)]]
    confirms(forecourt, transaction, 9, ChargeCap(energy_wh=8000))
    assert caps(forecourt, 30) == []
    needs(forecourt, 31, energy_wh=12_000)
    assert caps(forecourt, 32) == [ChargeCap(energy_wh=12_000)]
    needs(forecourt, 33, stop_there=False)
    assert caps(forecourt, 34) == [ChargeCap(energy_wh=10_000_000)], "a cap cannot be taken away, only moved"


def test_a_battery_level_limit_is_sent_instead_of_energy_where_the_charger_supports_it(forecourt) -> None:
    put(forecourt, settings=ABLE)
    transaction = forecourt.starts("CP1", 0).transaction
    needs(forecourt, 1, battery=BatteryGoal(50_000, 80))
    assert caps(forecourt, 2) == [ChargeCap(energy_wh=8000)], "as long as nobody knows how full it is"
    forecourt.says("CP1", TransactionUpdated(at(3), 1, transaction, samples=(MeterSample(at(3), 1000, soc_percent=60),)))
    assert caps(forecourt, 4) == [ChargeCap(energy_wh=10_000_000, level_percent=80)]


def test_a_charge_suspended_at_our_cap_is_ended_but_not_at_a_cap_set_on_the_display(forecourt) -> None:
    put(forecourt, settings=ABLE)
    transaction = forecourt.starts("CP1", 0).transaction
    confirms(forecourt, transaction, 1, ChargeCap(energy_wh=5000), capped=True)
    assert stops_ordered(forecourt, 1) == 0, "its driver asked for that at the display, and may change it there"
    needs(forecourt, 2)
    assert caps(forecourt, 3) == [], "5 kWh there are less than the 8 kWh of the app"
    needs(forecourt, 4, energy_wh=4000)
    assert caps(forecourt, 5) == [ChargeCap(energy_wh=4000)]
    confirms(forecourt, transaction, 6, capped=True)
    assert stops_ordered(forecourt, 6) == 1


@pytest.mark.parametrize("settings", [ChargerSettings(shows_cost=True), replace(ABLE, caps=("maxTime",))])
def test_a_charger_is_sent_only_kinds_of_caps_that_it_reports_as_supported(forecourt, settings: ChargerSettings) -> None:
    put(forecourt, settings=settings)
    forecourt.starts("CP1", 0)
    needs(forecourt, 1)
    assert caps(forecourt, 2) == []


def test_caps_are_sent_again_after_a_boot_and_dropped_when_the_charge_has_ended(forecourt) -> None:
    put(forecourt, settings=ABLE)
    needs(forecourt, -1)
    forecourt.says("CP1", TransactionStarted(at(0), 1, "T1", "04CARD", samples=(MeterSample(at(0), 1000),)))
    deliver(forecourt, 0)
    forecourt.says("CP1", ChargerBooted(at(2), "ocpp2.1", "V", "M"))
    put(forecourt, settings=ABLE)
    assert caps(forecourt, 3) == [ChargeCap(energy_wh=8000)]
    forecourt.stops("CP1", "T1", 4, 2000)
    assert caps(forecourt, 5) == []
    with forecourt.transactions.begin() as store:
        assert store.stations.charger(CP1).caps == ()
