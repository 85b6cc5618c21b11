"""Chargers of the PyPI package `ocpp`, written by others, over `websockets`: one grammar for both versions."""

import asyncio
from base64 import b64encode
from datetime import datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v21 import ChargePoint as ChargePoint21
from ocpp.v21 import call as call21
from ocpp.v21 import call_result as result21
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from websockets.asyncio.client import ClientConnection, connect

from forecourt.kernel import instant_text
from journey.network import Forecourt

PATIENCE_S = 20


class _Obedient:
    """Accepts what it is asked (starts: as told) and remembers it."""

    heard: "asyncio.Queue[tuple[str, dict[str, Any]]]"
    answer_to_start = "Accepted"

    def take(self, action: str, asked: dict[str, Any]) -> None:
        self.heard.put_nowait((action, asked))

    async def hears(self, action: str) -> dict[str, Any]:
        """Wait for the order; others that come before it are obeyed and forgotten."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                heard, asked = await self.heard.get()
                if heard == action:
                    return asked


class Charger16(_Obedient, ChargePoint16):
    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection)
        self.heard = asyncio.Queue()

    async def boots(self) -> str:
        answer = await self.call(call16.BootNotification("Model", "Vendor"), suppress=False)
        return str(answer.status)

    async def is_free(self, at: datetime) -> None:
        await self.call(call16.StatusNotification(1, "NoError", "Available", instant_text(at)), suppress=False)

    async def shows(self, card: str) -> str:
        answer = await self.call(call16.Authorize(card), suppress=False)
        return str(answer.id_tag_info["status"])

    async def starts(self, token: str, at: datetime, wh: int = 1000, reservation: int | None = None) -> int:
        started = await self.call(call16.StartTransaction(1, token, wh, instant_text(at), reservation), suppress=False)
        return int(started.transaction_id)

    async def meters(self, transaction: int, at: datetime, wh: int, amps: float | None = None) -> None:
        values = [{"value": str(wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
        if amps is not None:
            values.append({"value": str(amps), "measurand": "Current.Import", "unit": "A"})
        await self.call(call16.MeterValues(1, [{"timestamp": instant_text(at), "sampledValue": values}], transaction), suppress=False)

    async def pauses(self, transaction: int, at: datetime, wh: int) -> None:
        await self.meters(transaction, at, wh)
        await self.call(call16.StatusNotification(1, "NoError", "SuspendedEV", instant_text(at)), suppress=False)

    async def stops(self, transaction: int, at: datetime, wh: int) -> None:
        await self.call(call16.StopTransaction(wh, instant_text(at), transaction, "Local"), suppress=False)

    @on("GetConfiguration")
    def on_settings(self, **_: Any) -> result16.GetConfiguration:
        return result16.GetConfiguration([])

    @on("RemoteStartTransaction")
    def on_start(self, **asked: Any) -> result16.RemoteStartTransaction:
        self.take("Start", asked)
        return result16.RemoteStartTransaction(self.answer_to_start)

    @on("RemoteStopTransaction")
    def on_stop(self, **asked: Any) -> result16.RemoteStopTransaction:
        self.take("Stop", asked)
        return result16.RemoteStopTransaction("Accepted")

    @on("ReserveNow")
    def on_reserve(self, **asked: Any) -> result16.ReserveNow:
        self.take("Reserve", asked)
        return result16.ReserveNow("Accepted")

    @on("CancelReservation")
    def on_cancel(self, **asked: Any) -> result16.CancelReservation:
        self.take("Cancel", asked)
        return result16.CancelReservation("Accepted")

    @on("SendLocalList")
    def on_cards(self, **asked: Any) -> result16.SendLocalList:
        self.take("Cards", asked)
        return result16.SendLocalList("Accepted")

    @on("SetChargingProfile")
    def on_profile(self, **asked: Any) -> result16.SetChargingProfile:
        self.take("Profile", asked)
        return result16.SetChargingProfile("Accepted")

    @on("GetCompositeSchedule")
    def on_own_schedule(self, **asked: Any) -> result16.GetCompositeSchedule:
        self.take("OwnSchedule", asked)
        return result16.GetCompositeSchedule("Rejected")


class _Charger2(_Obedient):
    """OCPP 2.x. words, results: of its version, whose fields come in an order of its own."""

    words: Any = call201
    results: Any = result201

    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection)  # type: ignore[call-arg]
        self.heard = asyncio.Queue()
        self._count = 0
        self._steps = 0

    async def boots(self) -> str:
        answer = await self.call(
            self.words.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="PowerUp"), suppress=False
        )
        return str(answer.status)

    async def is_free(self, at: datetime) -> None:
        await self.call(
            self.words.StatusNotification(timestamp=instant_text(at), connector_status="Available", evse_id=1, connector_id=1),
            suppress=False,
        )

    async def shows(self, card: str) -> str:
        answer = await self.call(self.words.Authorize({"idToken": card, "type": "ISO14443"}), suppress=False)
        return str(answer.id_token_info["status"])

    async def shows_contract(self, contract: str, chain: str) -> tuple[str, str]:
        """A car shows its contract: what is said of it, and of its certificate."""
        answer = await self.call(self.words.Authorize(_token(contract), certificate=chain), suppress=False)
        return str(answer.id_token_info["status"]), str(answer.certificate_status)

    async def starts(self, token: str, at: datetime, wh: int = 1000, remote_start: int | None = None) -> str:
        self._count += 1
        info = {"transactionId": f"{self.id}-{self._count}", "chargingState": "Charging"}
        if remote_start is not None:
            info["remoteStartId"] = remote_start
        await self._event("Started", at, "Authorized", info, wh, evse={"id": 1, "connectorId": 1}, id_token=_token(token))
        return str(info["transactionId"])

    async def meters(self, transaction: str, at: datetime, wh: int) -> None:
        await self._event("Updated", at, "MeterValuePeriodic", {"transactionId": transaction}, wh)

    async def pauses(self, transaction: str, at: datetime, wh: int) -> None:
        await self._event("Updated", at, "ChargingStateChanged", {"transactionId": transaction, "chargingState": "SuspendedEV"}, wh)

    async def stops(self, transaction: str, at: datetime, wh: int) -> None:
        await self._event("Ended", at, "EVDeparted", {"transactionId": transaction, "stoppedReason": "Local"}, wh)

    async def _event(self, kind: str, at: datetime, reason: str, info: dict[str, Any], wh: int, **more: Any) -> None:
        sample = [{"timestamp": instant_text(at), "sampledValue": [{"value": wh / 1000, "unitOfMeasure": {"unit": "kWh"}}]}]
        event = self.words.TransactionEvent(
            event_type=kind, timestamp=instant_text(at), trigger_reason=reason, seq_no=self._steps, transaction_info=info,
            meter_value=sample, **more,
        )  # fmt: skip
        self._steps += 1
        await self.call(event, suppress=False)

    @on("GetVariables")
    def on_settings(self, get_variable_data: list[dict[str, Any]]) -> Any:
        names = ({"component": one["component"], "variable": one["variable"]} for one in get_variable_data)
        return self.results.GetVariables([{"attributeStatus": "UnknownVariable", **name} for name in names])

    @on("RequestStartTransaction")
    def on_start(self, **asked: Any) -> Any:
        self.take("Start", asked)
        return self.results.RequestStartTransaction(self.answer_to_start)

    @on("RequestStopTransaction")
    def on_stop(self, **asked: Any) -> Any:
        self.take("Stop", asked)
        return self.results.RequestStopTransaction("Accepted")

    @on("ReserveNow")
    def on_reserve(self, **asked: Any) -> Any:
        self.take("Reserve", asked)
        return self.results.ReserveNow("Accepted")

    @on("SetChargingProfile")
    def on_profile(self, **asked: Any) -> Any:
        self.take("Profile", asked)
        return self.results.SetChargingProfile("Accepted")

    @on("GetCompositeSchedule")
    def on_own_schedule(self, **asked: Any) -> Any:
        self.take("OwnSchedule", asked)
        return self.results.GetCompositeSchedule("Rejected")

    async def is_limited(self, source: str, amps: float) -> None:
        """Somebody else lets the whole of it have no more from now on."""
        schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}]}
        told = self.words.NotifyChargingLimit(charging_limit={"chargingLimitSource": source}, charging_schedule=[schedule])
        await self.call(told, suppress=False)

    async def is_limited_no_more(self, source: str) -> None:
        await self.call(self.words.ClearedChargingLimit(charging_limit_source=source), suppress=False)


class Charger201(_Charger2, ChargePoint201): ...


class Charger21(_Charger2, ChargePoint21):
    """With a display for codes. shown: what it was told of them."""

    words, results = call21, result21

    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection)
        self.shown: dict[str, str] = {}

    @on("SetVariables")
    def on_written(self, set_variable_data: list[dict[str, Any]]) -> Any:
        self.shown |= {one["variable"]["name"]: one["attribute_value"] for one in set_variable_data}
        names = ({"component": one["component"], "variable": one["variable"]} for one in set_variable_data)
        return self.results.SetVariables([{"attributeStatus": "Accepted", **name} for name in names])

    @on("GetBaseReport")
    def on_inventory(self, **_: Any) -> Any:
        return self.results.GetBaseReport("NotSupported")

    async def taps(self, reference: str) -> dict[str, Any]:
        """Its terminal has put up a hold, and it asks about it: what it is answered."""
        answer = await self.call(self.words.Authorize({"idToken": reference, "type": "DirectPayment"}), suppress=False)
        return dict(answer.id_token_info)

    async def says_settled(self, reference: str, status: str, amount: float, at: datetime) -> None:
        told = self.words.NotifySettlement(reference, amount, instant_text(at), status)
        await self.call(told, suppress=False)

    @on("NotifyWebPaymentStarted")
    def on_paying(self, **asked: Any) -> Any:
        self.take("Paying", asked)
        return self.results.NotifyWebPaymentStarted()


class Fleet:
    def __init__(self) -> None:
        self._connections: list[ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []

    async def plug16(self, place: Forecourt, identity: str) -> Charger16:
        charger = Charger16(identity, await self.open(place, identity, "ocpp1.6"))
        self._read(charger)
        return charger

    async def plug201(self, place: Forecourt, identity: str) -> Charger201:
        charger = Charger201(identity, await self.open(place, identity, "ocpp2.0.1"))
        self._read(charger)
        return charger

    async def plug21(self, place: Forecourt, identity: str) -> Charger21:
        charger = Charger21(identity, await self.open(place, identity, "ocpp2.1"))
        self._read(charger)
        return charger

    async def open(self, place: Forecourt, identity: str, protocol: str, password: str | None = None) -> ClientConnection:
        """A bare socket. Identities the place does not know come without a password."""
        password = place.passwords.get(identity) if password is None else password
        headers = {"Authorization": "Basic " + b64encode(f"{identity}:{password}".encode()).decode()} if password else {}
        url = f"{place.network.ocpp_url}/{identity}"
        connection = await connect(url, subprotocols=[protocol], additional_headers=headers, max_size=2**24)  # type: ignore[list-item]
        self._connections.append(connection)
        return connection

    async def unplug(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await asyncio.gather(*(connection.close() for connection in self._connections))
        self._readers, self._connections = [], []

    def _read(self, charger: Charger16 | Charger201 | Charger21) -> None:
        self._readers.append(asyncio.create_task(charger.start()))


def _token(uid: str) -> dict[str, str]:
    if "-" in uid:
        return {"idToken": uid, "type": "eMAID"}
    kind = "Central" if uid.startswith("APP") else "DirectPayment" if uid.startswith(("GUEST", "pay_")) else "ISO14443"
    return {"idToken": uid, "type": kind}
