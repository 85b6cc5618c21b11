"""The charger in OCPP 2.0.1: TransactionEvent carries everything, with a sequence number from 0."""

from typing import Any

from forecourt.simulation.charger.bay import Bay, Permit, Transaction, each
from forecourt.simulation.charger.card_list import entries_2
from forecourt.simulation.charger.display import Display
from forecourt.simulation.charger.faults import NO_FAULTS, FaultPlan
from forecourt.simulation.charger.holds import Hold
from forecourt.simulation.charger.limits import REACHED, Limit, Limits
from forecourt.simulation.charger.link import CallRefused, Payload
from forecourt.simulation.charger.machine import Answers, SimulatedCharger
from forecourt.simulation.charger.maintenance import do_maintenance
from forecourt.simulation.charger.profiles import PURPOSES, Profile, ProfileRefused, ProfileStore, Purpose, parse_profile
from forecourt.simulation.charger.settings import OCPP21, ChargerSpec, Observer
from forecourt.simulation.charger.tariffs import Tariffs
from forecourt.simulation.charger.variables import Variables
from forecourt.simulation.clock import Clock, instant_of, stamp

STOPPED = {"SoftReset": "ImmediateReset", "HardReset": "ImmediateReset", "UnlockCommand": "Other"}
ENDED_BY = {
    "EVDisconnected": "EVCommunicationLost",
    "Local": "StopAuthorized",
    "Remote": "RemoteStop",
    "DeAuthorized": "Deauthorized",
    "ImmediateReset": "ResetCommand",
    "Other": "UnlockCommand",
}


class Charger201(SimulatedCharger):
    """OCPP 2.0.1."""

    def __init__(self, spec: ChargerSpec, clock: Clock, observer: Observer | None = None, faults: FaultPlan = NO_FAULTS) -> None:
        super().__init__(spec, clock, observer, faults, ProfileStore(strict=True))
        self.display = Display(self)
        self.variables = Variables(self, self.display)
        self.tariffs = Tariffs(self)
        self.limits = Limits(self.tariffs)
        self.contracts: dict[str, str] = {}  # Plug and Charge: by contract id, the certificates that a car presents for it, PEM

    @property
    def starts_with_cable(self) -> bool:
        return self.spec.cable_first

    # what it says

    def _report(self, request: int) -> None:
        for page in self.variables.report(request, stamp(self.clock.seconds())):
            self.enqueue_call("NotifyReport", page)

    def boot_payload(self, reason: str) -> Payload:
        spec = self.spec
        reasons = {"PowerUp": "PowerUp", "Triggered": "Triggered", "Scheduled": "ScheduledReset"}
        station = {"vendorName": spec.vendor, "model": spec.model, "serialNumber": spec.identity[:25], "firmwareVersion": spec.firmware}
        return {"reason": reasons.get(reason, "RemoteReset"), "chargingStation": station}

    def came_online(self) -> None:
        for bay in self.bays.values():
            bay.reported = ""
            self.send_status(bay)

    def send_status(self, bay: Bay) -> None:
        status = self._status(bay)
        if status != bay.reported and self.online:
            bay.reported = status
            self._send_status(bay, status)

    def _send_status(self, bay: Bay, status: str) -> None:
        payload = {"timestamp": stamp(self.clock.seconds()), "connectorStatus": status, "evseId": bay.number, "connectorId": 1}
        self.enqueue_call("StatusNotification", payload)

    def _status(self, bay: Bay) -> str:
        if bay.plugged or bay.tx is not None:
            return "Occupied"
        if not bay.operative:
            return "Unavailable"
        return "Reserved" if self.holds.keep(bay.number) else "Available"

    def authorise_call(self, token: str) -> tuple[str, Payload]:
        shown = {"certificate": self.contracts[token]} if token in self.contracts else {}
        return "Authorize", {"idToken": self._token(token), **shown}

    def permitted(self, answer: Payload) -> bool:
        said = {answer["idTokenInfo"]["status"], answer.get("certificateStatus", "Accepted")}
        return said == {"Accepted"}

    def group_in(self, answer: Payload) -> str:
        return str(answer["idTokenInfo"].get("groupIdToken", {}).get("idToken", ""))

    def send_started(self, bay: Bay, tx: Transaction, trigger: str) -> None:
        tx.number = tx.key
        self.tariffs.began(bay, tx)
        event = self._event("Started", bay, tx, trigger, self._readings(bay, "Transaction.Begin", self.variables.started))
        event["evse"] = {"id": bay.number, "connectorId": 1}
        if tx.token is not None:
            event["idToken"] = self._token(tx.token)
            if tx.reservation is not None:
                event["reservationId"] = tx.reservation
        self._send(bay, tx, event)

    def send_granted(self, bay: Bay, tx: Transaction, trigger: str) -> None:
        event = self._event("Updated", bay, tx, trigger)
        event["evse"] = {"id": bay.number, "connectorId": 1}
        if tx.token is not None:
            event["idToken"] = self._token(tx.token)
        if tx.reservation is not None:
            event["reservationId"] = tx.reservation
        self._send(bay, tx, event)

    def send_state(self, bay: Bay, tx: Transaction) -> None:
        reached = self.limits.reached(bay, tx, bay.evse.at)
        self._send(bay, tx, self._event("Updated", bay, tx, REACHED[reached][0] if reached else "ChargingStateChanged"))

    def send_meter(self, bay: Bay, context: str) -> None:
        tx = bay.tx
        readings = self._readings(bay, context, self.variables.updated)
        if tx is None:
            self.enqueue_call("MeterValues", {"evseId": bay.number, "meterValue": readings})
            return
        trigger = "Trigger" if context == "Trigger" else "MeterValuePeriodic"
        self._send(bay, tx, self._event("Updated", bay, tx, trigger, readings))

    def send_ended(self, bay: Bay, tx: Transaction, reason: str) -> None:
        stopped = STOPPED.get(reason, reason)
        event = self._event(
            "Ended", bay, tx, ENDED_BY.get(stopped, "AbnormalCondition"), self._readings(bay, "Transaction.End", self.variables.ended)
        )
        event["transactionInfo"]["stoppedReason"] = stopped
        event["transactionInfo"]["chargingState"] = "EVConnected" if reason not in ("EVDisconnected",) else "Idle"
        if tx.token is not None and reason == "Local":
            event["idToken"] = self._token(tx.token)
        cost = self.tariffs.cost(bay, tx)
        if cost is not None:
            event["costDetails"] = cost
        self._send(bay, tx, event)

    def send_limit_set(self, source: str, number: int, schedule: Payload) -> None:
        limit = {"chargingLimit": {"chargingLimitSource": source}, "chargingSchedule": [schedule]}
        self.enqueue_call("NotifyChargingLimit", {**limit, **_of(number)})

    def send_limit_cleared(self, source: str, number: int) -> None:
        self.enqueue_call("ClearedChargingLimit", {"chargingLimitSource": source, **_of(number)})

    def car_asks(self, number: int, wh: int, until: float) -> None:
        """A car states its need over the cable (ISO 15118), and by when."""
        spec = self.bays[number].evse.spec
        energy = {"energyAmount": wh, "evMinCurrent": round(spec.min_a), "evMaxCurrent": round(spec.max_a), "evMaxVoltage": spec.voltage_v}
        needs = {"requestedEnergyTransfer": "AC_three_phase" if spec.phases == 3 else "AC_single_phase", "acChargingParameters": energy}
        self.enqueue_call("NotifyEVChargingNeeds", {"evseId": number, "chargingNeeds": {"departureTime": stamp(until), **needs}})

    def hold_ended(self, hold: Hold) -> None:
        self.enqueue_call("ReservationStatusUpdate", {"reservationId": hold.number, "reservationUpdateStatus": "Expired"})

    def _event(self, kind: str, bay: Bay, tx: Transaction, trigger: str, readings: list[Payload] | None = None) -> Payload:
        info: Payload = {"transactionId": tx.key, "chargingState": tx.reported_state}
        if tx.remote_start is not None:
            info["remoteStartId"] = tx.remote_start
        event: Payload = {
            "eventType": kind,
            "timestamp": stamp(bay.evse.at),
            "triggerReason": trigger,
            "seqNo": tx.next_seq(),
            "transactionInfo": info,
        }
        if readings:
            event["meterValue"] = readings
        if not self.online:
            event["offline"] = True
        return event

    def _send(self, bay: Bay, tx: Transaction, event: Payload) -> None:
        def answered(answer: Payload) -> None:
            if "transactionLimit" in answer and bay.tx is tx and self.spec.protocol == OCPP21:
                self._limited(bay, tx, self.limits.received(tx, answer["transactionLimit"]))
            if "idTokenInfo" not in answer:
                return
            tx.group = self.group_in(answer) or tx.group
            if not self.permitted(answer):
                self.token_refused(bay, tx)

        self.queue("TransactionEvent", lambda: event, answered)

    def request_limit(self, number: int, limit: Limit) -> None:
        """Somebody sets a limit for their charge at the display."""
        bay = self.bays[number]
        if bay.tx is not None:
            self._limited(bay, bay.tx, self.limits.requested(bay.tx, limit))

    def _limited(self, bay: Bay, tx: Transaction, limit: Limit) -> None:
        """Report the limit, then apply it: one that is reached already ends or suspends the charge at once."""
        if limit:
            event = self._event("Updated", bay, tx, "LimitSet")
            event["transactionInfo"]["transactionLimit"] = limit
            self._send(bay, tx, event)
        self.refresh(bay, self.clock.seconds())

    def limit_reached_at(self, bay: Bay, tx: Transaction, at: float) -> float:
        return self.limits.due(bay, tx, at)

    def _readings(self, bay: Bay, context: str, measurands: tuple[str, ...]) -> list[Payload]:
        evse = bay.evse
        values: dict[str, tuple[float, str]] = {
            "Energy.Active.Import.Register": (evse.register_wh, "Wh"),
            "Power.Active.Import": (round(evse.power_w), "W"),
            "Current.Import": (round(evse.current_a, 1), "A"),
            "Current.Offered": (round(evse.offered_a, 1), "A"),
        }
        if evse.car is not None:
            values["SoC"] = (evse.car.soc_percent, "Percent")
        sampled = [
            {"value": values[m][0], "context": context, "measurand": m, "unitOfMeasure": {"unit": values[m][1]}}
            for m in measurands
            if m in values
        ]
        return [{"timestamp": stamp(evse.at), "sampledValue": sampled}] if sampled else []

    # what it is told

    def answers(self) -> Answers:
        known: Answers = {
            "CancelReservation": lambda p: {"status": "Accepted" if self.holds.release(p["reservationId"]) else "Rejected"},
            "ChangeAvailability": self._change_availability,
            "ClearCache": lambda p: {"status": "Accepted"},
            "ClearChargingProfile": lambda p: self._clear(p.get("chargingProfileId"), p.get("chargingProfileCriteria") or {}),
            "CostUpdated": self._cost_updated,
            "DataTransfer": lambda p: {"status": "UnknownVendorId"},
            "GetBaseReport": self._report_all,
            "GetCompositeSchedule": self._composite,
            "GetLocalListVersion": lambda p: {"versionNumber": self.cards.version},
            "GetLog": lambda p: do_maintenance(self, "GetLog", p),
            "GetTransactionStatus": lambda p: self._transaction_status(p.get("transactionId")),
            "GetVariables": lambda p: {"getVariableResult": [self.variables.read(v) for v in p["getVariableData"]]},
            "RequestStartTransaction": self._remote_start,
            "RequestStopTransaction": lambda p: self._remote_stop(p["transactionId"]),
            "ReserveNow": self._reserve,
            "Reset": lambda p: self._reset(p["type"]),
            "SendLocalList": lambda p: {"status": self.cards.update(p["versionNumber"], p["updateType"] == "Full", entries_2(p))},
            "SetChargingProfile": self._set_profile,
            "SetVariables": lambda p: {"setVariableResult": [self.variables.write(v) for v in p["setVariableData"]]},
            "TriggerMessage": lambda p: self._trigger(p["requestedMessage"], (p.get("evse") or {}).get("id")),
            "UnlockConnector": lambda p: self._unlock(p["evseId"]),
            "UpdateFirmware": lambda p: do_maintenance(self, "UpdateFirmware", p),
        }
        return known | self._answers_21() if self.spec.protocol == OCPP21 else known

    def _answers_21(self) -> Answers:
        return {
            "ChangeTransactionTariff": lambda p: self.tariffs.handle("ChangeTransactionTariff", p),
            "ClearTariffs": lambda p: self.tariffs.handle("ClearTariffs", p),
            "NotifyWebPaymentStarted": self._web_payment,
            "SetDefaultTariff": lambda p: self.tariffs.handle("SetDefaultTariff", p),
        }

    def _reserve(self, payload: Payload) -> Payload:
        whose, group = payload["idToken"]["idToken"], payload.get("groupIdToken", {}).get("idToken", "")
        hold = Hold(payload["id"], payload.get("evseId", 0), whose, instant_of(payload["expiryDateTime"]), group)
        return {"status": self.holds.take(hold)}

    def _change_availability(self, payload: Payload) -> Payload:
        number = (payload.get("evse") or {}).get("id", 0)
        return {"status": self.set_operative(number, payload["operationalStatus"] == "Operative")}

    def _report_all(self, payload: Payload) -> Payload:
        self.after_answer(lambda: self._report(payload["requestId"]))
        return {"status": "Accepted"}

    def _web_payment(self, payload: Payload) -> Payload:
        self.display.pays(payload["evseId"], payload["timeout"])
        return {}

    def _cost_updated(self, payload: Payload) -> Payload:
        bay = self.find(payload["transactionId"])
        if bay is None or bay.tx is None:
            raise CallRefused("NotImplemented", "CostUpdated")
        self.limits.cost_received(bay.tx, payload["totalCost"])
        self.after_answer(lambda: self.refresh(bay, self.clock.seconds()))
        return {}

    def _profile(self, raw: dict[str, Any]) -> Profile:
        schedules = raw["chargingSchedule"]
        if len(schedules) != 1:
            raise ProfileRefused("one schedule a profile")
        return parse_profile(raw, schedules[0])

    def _set_profile(self, payload: Payload) -> Payload:
        try:
            profile = self._profile(payload["chargingProfile"])
            if profile.purpose is Purpose.TRANSACTION and profile.transaction is None:
                raise ProfileRefused("a transaction's profile names its transaction")
            self.set_profile(payload["evseId"], profile)
        except ProfileRefused as refusal:
            return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile", "additionalInfo": str(refusal)[:512]}}
        return {"status": "Accepted"}

    def _composite(self, payload: Payload) -> Payload:
        known = self.external_limits.composite(payload["evseId"], payload["duration"], payload.get("chargingRateUnit", "A"))
        if known is None:
            return {"status": "Rejected"}
        return {"status": "Accepted", "schedule": {"evseId": payload["evseId"], "scheduleStart": stamp(self.clock.seconds()), **known}}

    def _clear(self, number: int | None, criteria: Payload) -> Payload:
        purpose = criteria.get("chargingProfilePurpose")
        done = self.clear_profiles(number, criteria.get("evseId"), PURPOSES[purpose] if purpose else None, criteria.get("stackLevel"))
        return {"status": "Accepted" if done else "Unknown"}

    def _remote_start(self, payload: Payload) -> Payload:
        permit = Permit(payload["idToken"]["idToken"], "RemoteStart", payload["remoteStartId"])
        bay = self.free_bay(permit.token, payload.get("evseId"))
        if bay is None:
            return {"status": "Rejected"}
        self.display.begins(bay.number, permit.token, payload["idToken"]["type"])
        raw = payload.get("chargingProfile")
        self.start_remotely(bay, permit, None if raw is None else self._profile(raw))
        return {"status": "Accepted"} if bay.tx is None else {"status": "Accepted", "transactionId": bay.tx.key}

    def _remote_stop(self, number: str) -> Payload:
        bay = self.find(number)
        if bay is None:
            return {"status": "Rejected"}
        self.after_answer(lambda: self.end(bay, "Remote"))
        return {"status": "Accepted"}

    def _trigger(self, message: str, evse: int | None) -> Payload:
        bays = [b for b in self.bays.values() if evse in (None, 0, b.number)]
        if not bays:
            return {"status": "Rejected"}
        if message == "BootNotification":
            self.after_answer(self.boot_again)
        elif message == "Heartbeat":
            self.after_answer(self.beat)
        elif message == "StatusNotification":
            self.after_answer(lambda: each(bays, lambda b: self._send_status(b, self._status(b))))
        elif message in ("MeterValues", "TransactionEvent"):
            asked = [b for b in bays if message == "MeterValues" or b.tx is not None]
            self.after_answer(lambda: each(asked, self.meter_now))
        else:
            return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    def _reset(self, kind: str) -> Payload:
        if kind == "OnIdle" and any(b.tx is not None for b in self.bays.values()):
            self.restart_when_idle("Scheduled")
            return {"status": "Scheduled"}
        self.after_answer(lambda: self.restart("SoftReset"))
        return {"status": "Accepted"}

    def _unlock(self, evse: int) -> Payload:
        bay = self.bays.get(evse)
        if bay is None:
            return {"status": "UnknownConnector"}
        return {"status": "OngoingAuthorizedTransaction" if bay.tx is not None and bay.tx.token is not None else "Unlocked"}

    def busy(self, bay: Bay) -> bool:
        return self.display.is_busy(bay.number)

    def _token(self, token: str) -> Payload:
        if token in self.contracts:
            return {"idToken": token, "type": "eMAID"}
        return {"idToken": token, "type": "DirectPayment" if token in self.display.payments else "ISO14443"}

    def _transaction_status(self, number: str | None) -> Payload:
        waiting = {"messagesInQueue": self.backlog > 0}
        return waiting if number is None else waiting | {"ongoingIndicator": self.find(number) is not None}


def _of(number: int) -> Payload:
    """The whole charger is addressed without an EVSE."""
    return {"evseId": number} if number else {}
