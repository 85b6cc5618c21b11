"""Messages of a 2.1 charger in any order, repeated or late after a lost connection, are answered, stored and billed once.

A real gateway on a real socket, the rules of the house behind it, and one charger that does as it likes within the standard.
"""

import asyncio
import json
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from websockets.asyncio.client import ClientConnection, connect

from flows.conftest import CARD, NOON, STRANGER, Forecourt
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.charging import accept
from forecourt.gateway import GatewayPorts, GatewaySettings, GroupCommitWriter, serve
from forecourt.stations import Acknowledgement, InboxItem
from forecourt.store import MemoryTransactions
from gateway.fakes import MemoryNetwork, WallClock


class OwnClock(WallClock):
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


def _named(event: dict[str, Any]) -> str:
    return str(event["transactionInfo"]["transactionId"])


class Charger(RuleBasedStateMachine):
    """charges: by transaction, whether its card was good, and what its meter said first and last. said: what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.loop, self.clock, self.place = asyncio.new_event_loop(), OwnClock(), Forecourt(MemoryTransactions())
        with self.place.transactions.begin() as store:
            self.place.build(store)
        self.network, self.calls, self.wh, self.seq = MemoryNetwork(), 0, 1000, 0
        self.socket: ClientConnection | None = None
        self.transaction, self.token = "", ""
        self.charges: dict[str, tuple[bool, int, int]] = {}
        self.queue: list[dict[str, Any]] = []
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.late: list[str] = []
        self.run(self.open())

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    async def open(self) -> None:
        self.network.add("CP1")
        self.writer = GroupCommitWriter(self.keep, linger_s=0.0)
        self.gateway = await serve(GatewaySettings(port=0), GatewayPorts(self.writer, self.network, self.network, self.clock))
        await self.connect()

    async def connect(self) -> None:
        self.socket = await connect(f"ws://127.0.0.1:{self.gateway.port}/ocpp/CP1", subprotocols=["ocpp2.1"], compression=None)
        await self.ask("BootNotification", {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}})

    def keep(self, said: list[InboxItem]) -> list[Acknowledgement]:
        with self.place.transactions.begin() as store:
            return accept(store, said)

    async def ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert self.socket is not None
        self.calls += 1
        await self.socket.send(json.dumps([2, str(self.calls), action, payload]))
        kind, call_id, answer = json.loads(await self.socket.recv())[:3]
        assert (kind, call_id) == (3, str(self.calls)), "never refused"
        return answer

    def say(self, step: str, reason: str, **more: Any) -> None:
        """A step of the transaction, now or, without a link, later."""
        self.clock.at += timedelta(seconds=5)
        sample = {"value": self.wh, "measurand": "Energy.Active.Import.Register"}
        stamp = f"{self.clock.at:%Y-%m-%dT%H:%M:%SZ}"
        event = {"eventType": step, "timestamp": stamp, "triggerReason": reason, "seqNo": self.seq, "evse": {"id": 1}}
        event |= {"transactionInfo": {"transactionId": self.transaction} | more.pop("info", {}), **more}
        self.seq += 1
        late = {} if self.socket else {"offline": True}
        self.queue.append(event | {"meterValue": [{"timestamp": stamp, "sampledValue": [sample]}]} | late)
        good, first, _ = self.charges[self.transaction]
        self.charges[self.transaction] = (good, first, self.wh)
        self.run(self.flush())

    async def flush(self) -> None:
        while self.queue and self.socket is not None:
            await self.ask("TransactionEvent", self.queue[0])
            self.said.append(("TransactionEvent", self.queue.pop(0)))

    @precondition(lambda self: not self.transaction)
    @rule(token=st.sampled_from([CARD, CARD, STRANGER, ""]))
    def starts(self, token: str) -> None:
        self.transaction, self.token, self.seq = f"T{len(self.charges)}", token, 0
        self.charges[self.transaction] = (token == CARD, self.wh, self.wh)
        shown = {"idToken": {"idToken": token, "type": "ISO14443"}} if token else {}
        self.say("Started", "Authorized" if token else "CablePluggedIn", **shown)

    @precondition(lambda self: self.transaction and not self.token)
    @rule(token=st.sampled_from([CARD, STRANGER]))
    def shows_a_card(self, token: str) -> None:
        self.token = token
        self.charges[self.transaction] = (token == CARD, *self.charges[self.transaction][1:])
        self.say("Updated", "Authorized", idToken={"idToken": token, "type": "ISO14443"})

    @precondition(lambda self: self.transaction)
    @rule(minutes=st.integers(1, 20), watts=st.sampled_from([0, 1400, 7000]))
    def charges_on(self, minutes: int, watts: int) -> None:
        self.clock.at += timedelta(minutes=minutes)
        self.wh += watts * minutes // 60
        self.say("Updated", "MeterValuePeriodic")

    @precondition(lambda self: self.transaction)
    @rule(state=st.sampled_from(["EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle"]))
    def changes(self, state: str) -> None:
        self.say("Updated", "ChargingStateChanged", info={"chargingState": state})

    @precondition(lambda self: self.transaction)
    @rule(reason=st.sampled_from(["LimitSet", "EnergyLimitReached", "CostLimitReached"]), limit=st.floats(0, 1e6))
    def is_capped(self, reason: str, limit: float) -> None:
        self.say("Updated", reason, info={"transactionLimit": {"maxEnergy": limit, "maxCost": limit, "maxSoC": 80}})

    @precondition(lambda self: self.transaction)
    @rule(reason=st.sampled_from(["Local", "Remote", "EVDisconnected", "PowerLoss", "SOCLimitReached"]))
    def ends(self, reason: str) -> None:
        self.say("Ended", "StopAuthorized", info={"stoppedReason": reason})
        self.transaction = ""

    @precondition(lambda self: self.said and self.socket)
    @rule(which=st.integers(0, 100))
    def repeats_itself(self, which: int) -> None:
        self.run(self.ask(*self.said[which % len(self.said)]))

    @rule(order=st.sampled_from(["as it was", "newest charge first", "backwards"]))
    def loses_its_link(self, order: str = "as it was") -> None:
        """Or finds it again, and tells what happened meanwhile, the charges in either order, or those that began then backwards."""
        if self.socket is not None:
            self.run(self.socket.close())
            self.socket = None
        else:
            self.run(self.connect())
            if order == "newest charge first":
                self.queue.sort(key=_named, reverse=True)
                self.overtakes()
            if order == "backwards":
                begun = {_named(one) for one in self.queue if one["eventType"] == "Started"}
                told = [one for one in self.queue if _named(one) in begun]
                self.queue = [one for one in self.queue if _named(one) not in begun] + told[::-1]
            self.run(self.flush())

    def overtakes(self) -> None:
        """A charge that we knew of is over when a newer one is told of: what comes of it later is set aside for a person to see."""
        begun = [_named(one) for one in self.queue if one["eventType"] == "Started"]
        for transaction in {_named(one) for one in self.queue} - set(begun):
            if begun:
                known = [one["meterValue"][0]["sampledValue"][0]["value"] for _, one in self.said if _named(one) == transaction]
                good, first, last = self.charges[transaction]
                self.charges[transaction] = (good, first, max(known))
                self.late += [transaction] * (last > max(known))

    @precondition(lambda self: self.socket)
    @rule(status=st.sampled_from(["Available", "Occupied", "Faulted", "Reserved"]), amount=st.floats(0, 1000))
    def speaks_of_other_things(self, status: str, amount: float) -> None:
        stamp = f"{self.clock.at:%Y-%m-%dT%H:%M:%SZ}"
        part = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "SupplyPhases"}}
        page = {"requestId": 1, "generatedAt": stamp, "seqNo": 0, "reportData": [part | {"variableAttribute": [{"value": "1"}]}]}
        settled = {"pspRef": "P", "status": "Settled", "settlementAmount": amount, "settlementTime": stamp}
        self.run(self.ask("Heartbeat", {}))
        self.run(self.ask("NotifyReport", page))
        self.run(self.ask("NotifySettlement", settled))
        if not self.transaction:
            self.run(self.ask("StatusNotification", {"timestamp": stamp, "connectorStatus": status, "evseId": 1, "connectorId": 1}))

    def teardown(self) -> None:
        try:
            if self.socket is None:
                self.loses_its_link()
            if self.transaction:
                self.ends("Local")
            self.holds_true()
        finally:
            self.run(self.close())
            self.loop.close()

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        await self.gateway.stop()
        await self.writer.stop()

    def holds_true(self) -> None:
        place, at = self.place, self.clock.at + timedelta(minutes=1)
        while place.apply(at).rows:
            pass
        with place.transactions.begin() as store:
            kept = [row.message for row in store.inbox.all_rows(place.site_id, 0, 10_000) if row.message.action == "TransactionEvent"]
            assert len(kept) == len(self.said), "each acknowledged event once"
            records = {one.transaction: one for one in store.sessions.records(place.site_id, 1000)}
            sealed_wh = {str(one.session_id): one.meter_stop_wh for one in records.values()}
            late = [one.late.register_wh > sealed_wh[one.subject] for one in store.inbox.quarantined() if one.late]
            assert late.count(True) == len(self.late), "the others tell an earlier end alone"
        for transaction, (good, first, last) in self.charges.items():
            record = records[transaction]
            assert (record.energy_wh, record.held, record.driver_id is not None) == (last - first, False, good)
            if not good:
                continue
            for _ in range(2):
                with place.transactions.begin() as store:
                    rate_and_invoice(store, record.session_id, at, place.ids)
            with place.transactions.begin() as store:
                assert len(store.documents.of_session(record.session_id)) == 1 and store.ledger.sum_minor("EUR") == 0


@pytest.mark.timeout(300)
def test_messages_of_a_2_1_charger_in_any_order_are_answered_stored_and_billed_once() -> None:
    run_state_machine_as_test(
        Charger,
        settings=settings(max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_the_end_of_a_charge_overtaken_by_a_newer_one_is_quarantined_for_staff() -> None:
    charger = Charger()
    charger.starts(CARD)
    charger.loses_its_link()
    charger.charges_on(20, 7000)
    charger.ends("Local")
    charger.starts(CARD)
    charger.loses_its_link("newest charge first")
    assert charger.late == ["T0"]
    charger.teardown()


@pytest.mark.parametrize("token", [CARD, ""])
def test_a_charge_reported_in_reverse_order_is_billed_once_and_completely(token: str) -> None:
    charger = Charger()
    charger.loses_its_link()
    charger.starts(token)
    if not token:
        charger.shows_a_card(CARD)
    charger.charges_on(20, 7000)
    charger.ends("Local")
    charger.loses_its_link("backwards")
    charger.teardown()
