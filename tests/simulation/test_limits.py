"""Charge caps at a simulated 2.1 charger: applied exactly, and reported."""

import asyncio

import pytest

from forecourt.simulation.car import NO_TAPER, Car

# A kWh is 0.60 with its tax.
TARIFF = {"tariffId": "T1", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.5}], "taxRates": [{"type": "VAT", "tax": 20}]}}


async def begun(central, charger, need_wh: float = 30_000):
    """From here on time stands still, and runs in `later` alone: on a busy machine a figure would be passed while one looks at another."""
    charger.clock.run_at(charger.clock.speed, lasts_s=0)
    charger.plug_in(1, Car(need_wh, taper=NO_TAPER))
    assert await charger.present_card(1, "TAG1")
    await charger.drained.wait()
    return charger.bays[1]


async def later(charger, true):
    """Time runs, 5 ms at once, until that holds."""
    async with asyncio.timeout(60):
        while not true():
            charger.clock.run_at(charger.clock.speed, lasts_s=0.005)
            await asyncio.sleep(0.005)
    charger.clock.run_at(charger.clock.speed, lasts_s=0)


async def told(central, charger, **limit):
    """In the answer to the message that is asked for."""
    central.limits.append(limit)
    await central.order("CP1", "TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": 1}})
    await central.until(lambda: not central.limits)
    await charger.drained.wait()


def events(central, trigger: str):
    return [one for one in central.of("TransactionEvent") if one["triggerReason"] == trigger]


@pytest.mark.parametrize(
    ("limit", "trigger", "taken_wh"),
    [
        ({"maxEnergy": 1500}, "EnergyLimitReached", 1500),
        ({"maxSoC": 50}, "SoCLimitReached", 10_000),
        ({"maxCost": 1.2}, "CostLimitReached", 2000),
    ],
)
async def test_a_charge_suspends_at_its_cap_reports_it_and_resumes_when_the_cap_is_raised(central, power, limit, trigger, taken_wh):
    async with power("ocpp2.1", speed=3600) as (charger, _):
        await central.order("CP1", "SetDefaultTariff", {"evseId": 0, "tariff": TARIFF})
        bay = await begun(central, charger)
        await told(central, charger, **limit)
        await later(charger, lambda: events(central, trigger))
        await charger.drained.wait()
        assert bay.evse.car.taken_wh == pytest.approx(taken_wh, abs=0.01)
        (set_,), (stopped,) = events(central, "LimitSet"), events(central, trigger)
        assert set_["transactionInfo"]["transactionLimit"] == limit
        assert (stopped["eventType"], stopped["transactionInfo"]["chargingState"]) == ("Updated", "SuspendedEVSE")
        await told(central, charger, **{kind: figure * 1.5 if kind == "maxCost" else figure * 3 // 2 for kind, figure in limit.items()})
        assert bay.state() == "Charging"


async def test_a_time_cap_counts_from_the_start_of_the_transaction(central, power):
    async with power("ocpp2.1", speed=3600) as (charger, _):
        bay = await begun(central, charger)
        await told(central, charger, maxTime=600)
        await later(charger, lambda: events(central, "TimeLimitReached"))
        await charger.drained.wait()
        (stopped,) = events(central, "TimeLimitReached")
        assert stopped["transactionInfo"]["chargingState"] == "SuspendedEVSE"
        assert 0 < bay.evse.car.taken_wh <= 7360 / 6 + 0.01


async def test_without_a_tariff_of_its_own_a_cost_cap_follows_the_reported_costs(central, power):
    async with power("ocpp2.1") as (charger, _):
        bay = await begun(central, charger)
        await told(central, charger, maxCost=5)
        for cost, state in ((4.99, "Charging"), (5.0, "SuspendedEVSE")):
            assert await central.order("CP1", "CostUpdated", {"totalCost": cost, "transactionId": bay.tx.number}) == {}
            await charger.drained.wait()
            assert bay.state() == state


async def test_a_cap_already_exceeded_suspends_the_charge_at_once(central, power):
    async with power("ocpp2.1", speed=3600) as (charger, _):
        bay = await begun(central, charger)
        await later(charger, lambda: bay.evse.register_wh > 1_000_500)
        await told(central, charger, maxEnergy=-1)
        assert bay.state() == "SuspendedEVSE"


async def test_a_cap_set_at_the_display_is_reported_and_never_exceeds_the_servers_cap(central, power):
    async with power("ocpp2.1", speed=3600) as (charger, _):
        bay = await begun(central, charger)
        charger.request_limit(1, {"maxEnergy": 9000})
        await told(central, charger, maxEnergy=1500)
        await later(charger, lambda: events(central, "EnergyLimitReached"))
        charger.request_limit(1, {"maxEnergy": 8000})
        assert bay.evse.car.taken_wh == pytest.approx(1500, abs=0.01)
        assert bay.state() == "SuspendedEVSE"
        await charger.drained.wait()
    assert [one["transactionInfo"]["transactionLimit"] for one in events(central, "LimitSet")] == [
        {"maxEnergy": figure} for figure in (9000, 1500, 1500)
    ]


async def test_a_2_0_1_charger_has_no_charge_caps(central, power):
    async with power("ocpp2.0.1") as (charger, _):
        await begun(central, charger)
        asked = {"component": {"name": "TxCtrlr"}, "variable": {"name": "SupportedLimits"}}
        (answer,) = (await central.order("CP1", "GetVariables", {"getVariableData": [asked]}))["getVariableResult"]
        assert answer["attributeStatus"] == "UnknownVariable"
