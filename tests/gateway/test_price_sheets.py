"""Tariffs sent to a simulated 2.1 charger over a real socket, and the cost that it then reports."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from forecourt.gateway import decode_result, encode_order
from forecourt.simulation import Clock
from forecourt.simulation.car import Car
from forecourt.simulation.charger import ChargerSpec, EvseSpec, build_charger
from forecourt.stations import ClearSheets, KwhPrice, Outcome, PriceSheet, SetChargeSheet, SetSheet, TransactionEnded
from gateway.conftest import Forecourt
from gateway.test_connection import until

SHEET = PriceSheet("v1/1", "EUR", (KwhPrice(Decimal("0.40")),), Decimal(19), Decimal("0.50"), Decimal(19))


async def test_a_2_1_charger_calculates_costs_from_the_tariff_it_was_sent(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    spec = ChargerSpec(forecourt.url("CP1").removesuffix("/CP1"), "CP1", (EvseSpec(1, "B1"),), "ocpp2.1")
    charger = build_charger(spec, Clock.starting(datetime(2026, 11, 23, 12, tzinfo=UTC), 3600))
    running = asyncio.create_task(charger.run())
    await asyncio.wait_for(charger.booted.wait(), 60)
    await until(lambda: "CP1" in forecourt.network.handlers)

    async def order(wanted: SetSheet | SetChargeSheet | ClearSheets) -> Outcome:
        return decode_result(await forecourt.network.handlers["CP1"](encode_order(wanted))).outcome

    assert [await order(SetSheet(1, SHEET)) for _ in range(2)] == [Outcome.ACCEPTED] * 2, "what it has already is no mistake"
    charger.plug_in(1, Car(need_wh=5_000))
    await charger.present_card(1, "GOOD1")
    await until(lambda: charger.bays[1].evse.register_wh >= 5_000)
    assert await order(SetChargeSheet("another", SHEET)) is Outcome.REJECTED
    charger.unplug(1)
    await asyncio.wait_for(charger.drained.wait(), 60)
    await until(lambda: bool(forecourt.inbox.facts(TransactionEnded)))
    (ended,) = forecourt.inbox.facts(TransactionEnded)
    assert (ended.cost.currency, ended.cost.before_tax, ended.cost.after_tax) == ("EUR", "2.5", "2.975")
    assert [await order(ClearSheets(1)) for _ in range(2)] == [Outcome.ACCEPTED] * 2
    charger.stop()
    await asyncio.wait_for(running, 60)
