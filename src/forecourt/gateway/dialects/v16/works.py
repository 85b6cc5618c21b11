"""Orders to upload a log and to install firmware: from the security white paper, except for diagnostics."""

from msgspec import json

from forecourt.gateway.dialects.hearing import Asked
from forecourt.gateway.dialects.v16.types_schema import (
    Firmware,
    GetDiagnosticsRequest,
    GetLogRequest,
    LogParameters,
    SignedUpdateFirmwareRequest,
)
from forecourt.gateway.dialects.works import work_reader
from forecourt.kernel import instant_text
from forecourt.stations import InstallFirmware, SendLog

_DIAGNOSTICS = work_reader(absent="NothingToSend")
_LOG = work_reader()
_FIRMWARE = work_reader()


def send_log(order: SendLog) -> Asked:
    since = instant_text(order.since) if order.since else None
    if not order.security:
        return Asked("GetDiagnostics", json.encode(GetDiagnosticsRequest(order.address, start_time=since)), _DIAGNOSTICS)
    wanted = GetLogRequest(LogParameters(order.address, oldest_timestamp=since), "SecurityLog", order.number)
    return Asked("GetLog", json.encode(wanted), _LOG)


def install_firmware(order: InstallFirmware) -> Asked:
    firmware = Firmware(order.address, instant_text(order.retrieve_at), order.certificate, order.signature)
    return Asked("SignedUpdateFirmware", json.encode(SignedUpdateFirmwareRequest(order.number, firmware)), _FIRMWARE)
