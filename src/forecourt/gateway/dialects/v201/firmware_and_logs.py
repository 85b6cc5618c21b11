"""Orders to upload a log and to install firmware."""

from msgspec import json

from forecourt.gateway.dialects.charger_jobs import progress_reader
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.v201.types_schema import Firmware, GetLogRequest, LogParameters, UpdateFirmwareRequest
from forecourt.kernel import instant_text
from forecourt.stations import InstallFirmware, SendLog

_LOG = progress_reader()
_FIRMWARE = progress_reader()


def send_log(order: SendLog) -> OutgoingCall:
    to = LogParameters(order.address, oldest_timestamp=instant_text(order.since) if order.since else None)
    return OutgoingCall("GetLog", json.encode(GetLogRequest(to, "SecurityLog" if order.security else "DiagnosticsLog", order.number)), _LOG)


def install_firmware(order: InstallFirmware) -> OutgoingCall:
    firmware = Firmware(order.address, instant_text(order.retrieve_at), signing_certificate=order.certificate, signature=order.signature)
    return OutgoingCall("UpdateFirmware", json.encode(UpdateFirmwareRequest(order.number, firmware)), _FIRMWARE)
