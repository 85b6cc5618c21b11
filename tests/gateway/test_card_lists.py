"""Local lists of simulated chargers over a real socket: offline, only these cards charge."""

import asyncio
from datetime import UTC, datetime

import pytest

from forecourt.gateway import decode_result, encode_order
from forecourt.simulation import Clock
from forecourt.simulation.car import Car
from forecourt.simulation.charger import ChargerSpec, EvseSpec, build_charger
from forecourt.stations import ListedCard, OrderResult, Outcome, ReadCards, SendCards, TransactionStarted, WriteSetting
from gateway.conftest import Forecourt
from gateway.test_connection import until

SETTINGS = {
    "ocpp1.6": ("LocalAuthListEnabled", "AllowOfflineTxForUnknownId"),
    "ocpp2.0.1": ("LocalAuthListCtrlr/Enabled", "AuthCtrlr/OfflineTxForUnknownIdEnabled"),
    "ocpp2.1": ("LocalAuthListCtrlr/Enabled", "AuthCtrlr/OfflineTxForUnknownIdEnabled"),
}


@pytest.mark.parametrize("protocol", SETTINGS)
async def test_offline_only_cards_of_the_local_list_can_charge(forecourt: Forecourt, protocol: str) -> None:
    forecourt.network.add("CP1")
    spec = ChargerSpec(forecourt.url("CP1").removesuffix("/CP1"), "CP1", (EvseSpec(1, "B1"),), protocol)
    charger = build_charger(spec, Clock.starting(datetime(2026, 11, 23, 12, tzinfo=UTC), 3600))
    running = asyncio.create_task(charger.run())
    await asyncio.wait_for(charger.booted.wait(), 60)
    await until(lambda: "CP1" in forecourt.network.handlers)

    async def result(wanted: SendCards | ReadCards | WriteSetting) -> OrderResult:
        return decode_result(await forecourt.network.handlers["CP1"](encode_order(wanted)))

    async def order(wanted: SendCards | WriteSetting) -> Outcome:
        return (await result(wanted)).outcome

    enabled, strangers = SETTINGS[protocol]
    assert [await order(one) for one in (WriteSetting(enabled, "true"), WriteSetting(strangers, "false"))] == [Outcome.ACCEPTED] * 2
    assert await order(SendCards(7, True, (ListedCard("04AA01"), ListedCard("04AA02")))) is Outcome.ACCEPTED
    assert await order(SendCards(8, False, (ListedCard("04AA03", "FAMILY"),))) is Outcome.ACCEPTED
    assert await order(SendCards(8, False, ())) is Outcome.REJECTED, "it has that version already"
    assert await result(ReadCards()) == OrderResult(Outcome.ACCEPTED, "8")
    assert sorted(charger.cards.cards) == ["04AA01", "04AA02", "04AA03"]
    charger.cut(2400)
    await until(lambda: not charger.online)
    charger.plug_in(1, Car(need_wh=5_000))
    assert [await charger.present_card(1, card) for card in ("04AA09", "04AA03")] == [False, True]
    charger.unplug(1)
    await asyncio.wait_for(charger.drained.wait(), 60)
    assert [one.token for one in forecourt.inbox.facts(TransactionStarted)][-1] in ("04AA03", None)
    assert await order(SendCards(9, True, ())) is Outcome.ACCEPTED and not charger.cards.cards
    charger.stop()
    await asyncio.wait_for(running, 60)
