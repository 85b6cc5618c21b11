"""Lost connections, lost answers, silence: transaction messages finally arrive, in order, each acknowledged once."""

import asyncio

import pytest

from forecourt.simulation.car import NO_TAPER, Car
from forecourt.simulation.charger import FaultPlan

BOTH = pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])


def facts(central):
    return [(a, p) for _, _, a, p in central.frames if a in ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")]


def instant(action, payload):
    return payload["meterValue"][0]["timestamp"] if action == "MeterValues" else payload["timestamp"]


@BOTH
async def test_a_charge_while_offline_is_reported_afterwards_in_order_with_its_own_times(central, power, protocol):
    car = Car(2000, taper=NO_TAPER)
    async with power(protocol) as (charger, watch):
        await central.until(lambda: central.of("StatusNotification"))
        charger.cut(2400)
        await central.until(lambda: not charger.online)
        charger.plug_in(1, car)
        assert await charger.present_card(1, "TAG1")
        await central.until(lambda: car.full)
        charger.unplug(1)
        assert not facts(central) and charger.backlog > 10
        await charger.drained.wait()
    told = [instant(a, p) for a, p in facts(central)]
    assert told == sorted(told) and watch.ended[0].energy_wh == 2000
    assert len(central.of("BootNotification")) == 1 and charger.count.reconnects == 1
    if protocol == "ocpp1.6":
        assert {p["transactionId"] for p in [*central.of("MeterValues"), *central.of("StopTransaction")]} == {101}
    else:
        assert all(e["offline"] for e in central.of("TransactionEvent"))


@BOTH
async def test_an_offline_charger_keeps_charging_at_its_limit(central, power, protocol):
    async with power(protocol) as (charger, _):
        charger.plug_in(1, Car(9000))
        await charger.present_card(1, "TAG1")
        charger.cut(600)
        await central.until(lambda: not charger.online)
        before = charger.bays[1].evse.register_wh
        await central.until(lambda: charger.online)
        charger.bays[1].evse.advance(charger.clock.seconds())
        assert charger.bays[1].evse.register_wh > before


@BOTH
async def test_an_unanswered_message_is_resent_before_later_ones(central, power, protocol):
    first = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    central.silent[first] = 2
    async with power(protocol, answer_timeout_s=0.1, meter_interval_s=0) as (charger, _):
        charger.plug_in(1, Car(9000))
        await charger.present_card(1, "TAG1")
        charger.unplug(1)
        await charger.drained.wait()
    sent = facts(central)
    assert sent[0] == sent[1] == sent[2] and [a for a, _ in sent[:3]] == [first] * 3
    assert sent[3] != sent[0] and charger.count.resent == 2 and charger.count.acknowledged == len(sent) - 2


@BOTH
async def test_lost_answers_and_duplicates_count_as_one_acknowledgement_each(central, power, protocol):
    faults = FaultPlan(lose_answer=0.3, duplicate=0.3)
    async with power(protocol, faults=faults, seed=3) as (charger, _):
        charger.plug_in(1, Car(3000))
        await charger.present_card(1, "TAG1")
        await central.until(lambda: charger.count.acknowledged > 20)
        charger.unplug(1)
        await charger.drained.wait()
    distinct = {str(p) for p in facts(central)}
    assert len(distinct) == charger.count.acknowledged < len(facts(central))


@BOTH
async def test_connections_that_break_right_after_sending_lose_no_message(central, power, protocol):
    async with power(protocol, faults=FaultPlan(cut=0.2, cut_s=60), backoff_s=(0.01, 0.1)) as (charger, _):
        charger.plug_in(1, Car(3000))
        await charger.present_card(1, "TAG1")
        await central.until(lambda: charger.count.acknowledged > 20)
        charger.unplug(1)
        await charger.drained.wait()
    assert len({str(p) for p in facts(central)}) == charger.count.acknowledged and charger.count.reconnects > 1


async def test_the_same_seed_causes_the_same_faults():
    from forecourt.simulation.charger.faults import FaultInjector
    from forecourt.simulation.randomness import seeded

    def throws():
        luck = FaultInjector(FaultPlan(lose_answer=0.5, cut=0.5), seeded(7, "CP1", "faults"))
        return [(luck.should_lose_answer(), luck.should_cut()) for _ in range(50)]

    assert throws() == throws()


@BOTH
async def test_a_charger_that_ignores_profiles_accepts_and_does_not_apply_them(central, power, protocol):
    zero = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0}]}
    raw = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative"}
    order = (
        {"connectorId": 1, "csChargingProfiles": {"chargingProfileId": 1, "chargingSchedule": zero, **raw}}
        if protocol == "ocpp1.6"
        else {"evseId": 1, "chargingProfile": {"id": 1, "chargingSchedule": [{"id": 1, **zero}], **raw}}
    )
    for faults, after in ((FaultPlan(ignore_profiles=True), 32), (FaultPlan(delay_profiles_s=120), 0)):
        async with power(protocol, faults=faults) as (charger, _):
            charger.plug_in(1, Car(9000))
            await charger.present_card(1, "TAG1")
            assert (await central.order("CP1", "SetChargingProfile", order))["status"] == "Accepted"
            assert charger.bays[1].evse.current_a == 32
            await charger.clock.sleep(180)
            assert charger.bays[1].evse.current_a == after


@BOTH
async def test_a_token_refused_after_an_offline_start_ends_the_transaction(central, power, protocol):
    async with power(protocol) as (charger, watch):
        charger.cut(60)
        await central.until(lambda: not charger.online)
        central.verdict = "Blocked"
        charger.plug_in(1, Car(9000))
        assert await charger.present_card(1, "TAG1")
        await central.until(lambda: watch.ended)
        await charger.drained.wait()
    assert watch.ended[0].reason == "DeAuthorized"


@BOTH
async def test_after_server_outages_every_message_is_delivered(central, power, protocol):
    async with power(protocol, backoff_s=(0.01, 0.05)) as (charger, _):
        charger.plug_in(1, Car(9000))
        await charger.present_card(1, "TAG1")
        for _ in range(3):
            lost = charger.count.links_lost
            while charger.count.links_lost == lost:
                central.kick("CP1")
                await asyncio.sleep(0.05)
        charger.unplug(1)
        await asyncio.wait_for(charger.drained.wait(), 60)
    assert charger.count.links_lost >= 3
    assert len({str(p) for p in facts(central)}) == charger.count.acknowledged


@pytest.mark.parametrize(("refusals", "discarded"), [(2, 0), (3, 1)])
@BOTH
async def test_a_message_refused_too_often_is_discarded_and_the_queue_continues(central, power, protocol, refusals, discarded):
    first = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    central.refusing[first] = refusals
    async with power(protocol, meter_interval_s=0) as (charger, _):
        charger.plug_in(1, Car(9000))
        await charger.present_card(1, "TAG1")
        charger.unplug(1)
        await charger.drained.wait()
    assert len(charger.count.discarded) == discarded and charger.backlog == 0
    if protocol == "ocpp1.6":
        assert {p["transactionId"] for p in central.of("StopTransaction")} == {-1 if discarded else 101}
