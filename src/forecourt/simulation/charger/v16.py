"""The charger in OCPP 1.6J: each connector is one socket."""

from typing import Any

from forecourt.simulation.charger.bay import Bay, Permit, Transaction, each
from forecourt.simulation.charger.card_list import AT_ONCE, entries_16
from forecourt.simulation.charger.holds import Hold
from forecourt.simulation.charger.link import Payload
from forecourt.simulation.charger.machine import Answers, SimulatedCharger
from forecourt.simulation.charger.maintenance import do_maintenance
from forecourt.simulation.charger.profiles import PURPOSES, Profile, ProfileRefused, parse_profile
from forecourt.simulation.clock import instant_of, stamp

STATUS = {"EVConnected": "Preparing", "Charging": "Charging", "SuspendedEV": "SuspendedEV", "SuspendedEVSE": "SuspendedEVSE"}
STOP_REASONS = {"SoftReset", "HardReset", "DeAuthorized", "EVDisconnected", "Local", "Remote", "Reboot", "PowerLoss", "EmergencyStop"}
READ_ONLY = {
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
    "ChargingScheduleAllowedChargingRateUnit",
    "NumberOfConnectors",
    "SupportedFeatureProfiles",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
}


class Charger16(SimulatedCharger):
    """OCPP 1.6J."""

    @property
    def settings(self) -> dict[str, str]:
        """Configuration keys with their present values."""
        return {
            "HeartbeatInterval": f"{self.heartbeat_s:.0f}",
            "MeterValueSampleInterval": f"{self.meter_interval_s:.0f}",
            "MeterValuesSampledData": ",".join(self.measurands),
            "ClockAlignedDataInterval": "0",
            "ConnectionTimeOut": f"{self.plug_timeout_s:.0f}",
            "TransactionMessageAttempts": str(self.message_attempts),
            "TransactionMessageRetryInterval": f"{self.retry_interval_s:.0f}",
            "AllowOfflineTxForUnknownId": str(self.cards.unknown_may_charge).lower(),
            "StopTransactionOnInvalidId": str(self.stop_on_invalid).lower(),
            "AuthorizeRemoteTxRequests": "false",
            "LocalAuthListEnabled": str(self.cards.used).lower(),
            "LocalAuthListMaxLength": str(self.cards.most),
            "SendLocalListMaxLength": str(AT_ONCE),
            "ChargeProfileMaxStackLevel": str(self.profiles.max_stack),
            "ChargingScheduleMaxPeriods": str(self.profiles.max_periods),
            "MaxChargingProfilesInstalled": str(self.profiles.max_profiles),
            "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
            "NumberOfConnectors": str(len(self.bays)),
            "SupportedFeatureProfiles": "Core,LocalAuthListManagement,Reservation,RemoteTrigger,SmartCharging",
        }

    measurands: tuple[str, ...] = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Current.Offered", "SoC")

    # what it says

    def boot_payload(self, reason: str) -> Payload:
        spec = self.spec
        return {
            "chargePointVendor": spec.vendor,
            "chargePointModel": spec.model,
            "chargePointSerialNumber": spec.identity[:25],
            "firmwareVersion": spec.firmware,
        }

    def came_online(self) -> None:
        self.enqueue_call("StatusNotification", self._status_payload(0, "Available"))
        for bay in self.bays.values():
            bay.reported = ""
            self.send_status(bay)

    def send_status(self, bay: Bay) -> None:
        status = self._status(bay)
        if status != bay.reported and self.online:
            bay.reported = status
            self.enqueue_call("StatusNotification", self._status_payload(bay.number, status))

    def _status(self, bay: Bay) -> str:
        if bay.tx is not None:
            return STATUS.get(bay.state(), "Preparing")
        if bay.plugged:
            return "Finishing" if bay.reported in ("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing") else "Preparing"
        if not bay.operative:
            return "Unavailable"
        if bay.permit is not None:
            return "Preparing"
        return "Reserved" if self.holds.keep(bay.number) else "Available"

    def _status_payload(self, connector: int, status: str) -> Payload:
        return {"connectorId": connector, "errorCode": "NoError", "status": status, "timestamp": stamp(self.clock.seconds())}

    def authorise_call(self, token: str) -> tuple[str, Payload]:
        return "Authorize", {"idTag": token}

    def permitted(self, answer: Payload) -> bool:
        return bool(answer["idTagInfo"]["status"] == "Accepted")

    def group_in(self, answer: Payload) -> str:
        return str(answer["idTagInfo"].get("parentIdTag", ""))

    def send_started(self, bay: Bay, tx: Transaction, trigger: str) -> None:
        payload: Payload = {
            "connectorId": bay.number,
            "idTag": tx.token,
            "meterStart": tx.meter_start_wh,
            "timestamp": stamp(tx.started_at),
        }
        if tx.reservation is not None:
            payload["reservationId"] = tx.reservation

        def answered(answer: Payload) -> None:
            tx.number, tx.group = str(answer["transactionId"]), self.group_in(answer)
            if not self.permitted(answer):
                self.token_refused(bay, tx)

        self.queue("StartTransaction", lambda: payload, answered)
        self.send_meter(bay, "Transaction.Begin")

    def send_granted(self, bay: Bay, tx: Transaction, trigger: str) -> None:
        """A 1.6 transaction always starts with its token."""

    def send_state(self, bay: Bay, tx: Transaction) -> None:
        self.send_status(bay)

    def send_meter(self, bay: Bay, context: str) -> None:
        tx = bay.tx
        payload: Payload = {"connectorId": bay.number, "meterValue": [self._reading(bay, context)]}
        if tx is None:
            self.enqueue_call("MeterValues", payload)
            return
        self.queue("MeterValues", lambda: payload | _with(tx), _nothing)

    def send_ended(self, bay: Bay, tx: Transaction, reason: str) -> None:
        self.send_meter(bay, "Transaction.End")
        payload: Payload = {
            "meterStop": bay.evse.register_wh,
            "timestamp": stamp(bay.evse.at),
            "reason": reason if reason in STOP_REASONS else "Other",
        }
        if tx.token is not None and reason == "Local":
            payload["idTag"] = tx.token
        self.queue("StopTransaction", lambda: payload | _with(tx), _nothing)

    def _reading(self, bay: Bay, context: str) -> Payload:
        evse = bay.evse
        values = {
            "Energy.Active.Import.Register": (str(evse.register_wh), "Wh"),
            "Power.Active.Import": (f"{evse.power_w:.0f}", "W"),
            "Current.Import": (f"{evse.current_a:.1f}", "A"),
            "Current.Offered": (f"{evse.offered_a:.1f}", "A"),
        }
        if evse.car is not None:
            values["SoC"] = (str(evse.car.soc_percent), "Percent")
        sampled = [
            {"value": values[m][0], "context": context, "measurand": m, "unit": values[m][1], "location": "EV" if m == "SoC" else "Outlet"}
            for m in self.measurands
            if m in values
        ]
        return {"timestamp": stamp(evse.at), "sampledValue": sampled}

    # what it is told

    def answers(self) -> Answers:
        return {
            "CancelReservation": lambda p: {"status": "Accepted" if self.holds.release(p["reservationId"]) else "Rejected"},
            "ChangeAvailability": lambda p: {"status": self.set_operative(p["connectorId"], p["type"] == "Operative")},
            "ChangeConfiguration": lambda p: {"status": self._write(p["key"], p["value"])},
            "ClearCache": lambda p: {"status": "Accepted"},
            "ClearChargingProfile": self._clear,
            "DataTransfer": lambda p: {"status": "UnknownVendorId"},
            "GetCompositeSchedule": self._composite,
            "GetConfiguration": lambda p: self._read(p.get("key") or ()),
            "GetDiagnostics": lambda p: do_maintenance(self, "GetDiagnostics", p),
            "GetLocalListVersion": lambda p: {"listVersion": self.cards.version},
            "GetLog": lambda p: do_maintenance(self, "GetLog", p),
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": lambda p: self._remote_stop(str(p["transactionId"])),
            "ReserveNow": self._reserve,
            "Reset": self._reset,
            "SendLocalList": lambda p: {"status": self.cards.update(p["listVersion"], p["updateType"] == "Full", entries_16(p))},
            "SetChargingProfile": self._set_profile,
            "SignedUpdateFirmware": lambda p: do_maintenance(self, "SignedUpdateFirmware", p),
            "TriggerMessage": lambda p: self._trigger(p["requestedMessage"], p.get("connectorId")),
            "UnlockConnector": lambda p: {"status": self._unlock(p["connectorId"])},
        }

    def _composite(self, payload: Payload) -> Payload:
        known = self.external_limits.composite(payload["connectorId"], payload["duration"], payload.get("chargingRateUnit", "A"))
        if known is None:
            return {"status": "Rejected"}
        now = stamp(self.clock.seconds())
        return {"status": "Accepted", "connectorId": payload["connectorId"], "scheduleStart": now, "chargingSchedule": known}

    def _clear(self, payload: Payload) -> Payload:
        purpose = payload.get("chargingProfilePurpose")
        done = self.clear_profiles(
            payload.get("id"), payload.get("connectorId"), PURPOSES[purpose] if purpose else None, payload.get("stackLevel")
        )
        return {"status": "Accepted" if done else "Unknown"}

    def _reserve(self, payload: Payload) -> Payload:
        number, until = payload["reservationId"], instant_of(payload["expiryDate"])
        hold = Hold(number, payload["connectorId"], payload["idTag"], until, payload.get("parentIdTag", ""))
        return {"status": self.holds.take(hold)}

    def _reset(self, payload: Payload) -> Payload:
        self.after_answer(lambda: self.restart("HardReset" if payload["type"] == "Hard" else "SoftReset"))
        return {"status": "Accepted"}

    def _profile(self, raw: dict[str, Any]) -> Profile:
        return parse_profile(raw, raw["chargingSchedule"])

    def _set_profile(self, payload: Payload) -> Payload:
        try:
            self.set_profile(payload["connectorId"], self._profile(payload["csChargingProfiles"]))
        except ProfileRefused:
            return {"status": "Rejected"}
        return {"status": "Accepted"}

    def _remote_start(self, payload: Payload) -> Payload:
        permit = Permit(payload["idTag"], "RemoteStart")
        bay = self.free_bay(permit.token, payload.get("connectorId"))
        if bay is None:
            return {"status": "Rejected"}
        raw = payload.get("chargingProfile")
        self.start_remotely(bay, permit, None if raw is None else self._profile(raw))
        return {"status": "Accepted"}

    def _remote_stop(self, number: str) -> Payload:
        bay = self.find(number)
        if bay is None:
            return {"status": "Rejected"}
        self.after_answer(lambda: self.end(bay, "Remote"))
        return {"status": "Accepted"}

    def _trigger(self, message: str, connector: int | None) -> Payload:
        bays = [b for b in self.bays.values() if connector in (None, 0, b.number)]
        if not bays:
            return {"status": "Rejected"}
        if message == "BootNotification":
            self.after_answer(self.boot_again)
        elif message == "Heartbeat":
            self.after_answer(self.beat)
        elif message == "StatusNotification":
            self.after_answer(lambda: each(bays, self._resend_status))
        elif message == "MeterValues":
            self.after_answer(lambda: each(bays, self.meter_now))
        else:
            return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    def _resend_status(self, bay: Bay) -> None:
        self.enqueue_call("StatusNotification", self._status_payload(bay.number, self._status(bay)))

    def _unlock(self, connector: int) -> str:
        bay = self.bays.get(connector)
        if bay is None:
            return "NotSupported"
        if bay.tx is not None:
            self.after_answer(lambda: self.end(bay, "UnlockCommand"))
        return "Unlocked"

    def _read(self, keys: tuple[str, ...] | list[str]) -> Payload:
        settings = self.settings
        known = [{"key": k, "readonly": k in READ_ONLY, "value": v} for k, v in settings.items() if not keys or k in keys]
        return {"configurationKey": known, "unknownKey": [k for k in keys if k not in settings]}

    def _write(self, key: str, value: str) -> str:
        if key in READ_ONLY:
            return "Rejected"
        match key:
            case "AuthorizationKey":
                self.take_password(bytes.fromhex(value).decode("latin-1"))
            case "HeartbeatInterval":
                self.set_heartbeat(float(value))
            case "MeterValueSampleInterval":
                self.set_meter_interval(float(value))
            case "MeterValuesSampledData":
                self.measurands = tuple(m.strip() for m in value.split(",") if m.strip())
            case "ConnectionTimeOut":
                self.plug_timeout_s = float(value)
            case "TransactionMessageAttempts":
                self.message_attempts = int(value)
            case "TransactionMessageRetryInterval":
                self.retry_interval_s = float(value)
            case "AllowOfflineTxForUnknownId":
                self.cards.unknown_may_charge = value.lower() == "true"
            case "LocalAuthListEnabled":
                self.cards.used = value.lower() == "true"
            case "StopTransactionOnInvalidId":
                self.stop_on_invalid = value.lower() == "true"
            case _:
                return "Rejected" if key in self.settings else "NotSupported"
        return "Accepted"


def _with(tx: Transaction) -> Payload:
    """The transaction's number, known once the start was answered; -1 if it never was."""
    return {"transactionId": int(tx.number) if tx.number is not None else -1}


def _nothing(answer: Payload) -> None:
    """Handle an acknowledgement without further content."""
