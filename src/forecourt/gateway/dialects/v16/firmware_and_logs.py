"""Orders to upload a log and to install firmware: from the security white paper, except for diagnostics."""

from msgspec import json

from forecourt.gateway.dialects.charger_jobs import progress_reader
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.v16.types_schema import (
    Firmware,
    GetDiagnosticsRequest,
    GetLogRequest,
    LogParameters,
    SignedUpdateFirmwareRequest,
)
from forecourt.kernel import instant_text
from forecourt.stations import InstallFirmware, SendLog

_DIAGNOSTICS = progress_reader(absent="NothingToSend")
_LOG = progress_reader()
_FIRMWARE = progress_reader()


def send_log(order: SendLog) -> OutgoingCall:
    since = instant_text(order.since) if order.since else None
    if not order.security:
        return OutgoingCall("GetDiagnostics", json.encode(GetDiagnosticsRequest(order.address, start_time=since)), _DIAGNOSTICS)
    wanted = GetLogRequest(LogParameters(order.address, oldest_timestamp=since), "SecurityLog", order.number)
    return OutgoingCall("GetLog", json.encode(wanted), _LOG)


def install_firmware(order: InstallFirmware) -> OutgoingCall:
    firmware = Firmware(order.address, instant_text(order.retrieve_at), order.certificate, order.signature)
    return OutgoingCall("SignedUpdateFirmware", json.encode(SignedUpdateFirmwareRequest(order.number, firmware)), _FIRMWARE)
