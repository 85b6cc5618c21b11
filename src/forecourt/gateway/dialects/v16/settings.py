"""Orders to read and write the charger's configuration keys."""

import msgspec
from msgspec import Raw, json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import UNREADABLE, status_reader
from forecourt.gateway.dialects.v16.types_schema import (
    ChangeConfigurationRequest,
    GetConfigurationRequest,
    GetConfigurationResponse,
)
from forecourt.stations import OrderResult, Outcome, ReadSettings, WriteSetting

# The keys needed for smart charging, metering and card lists.
_USUAL = (
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "ClockAlignedDataInterval",
    "SupportedFeatureProfiles",
    "NumberOfConnectors",
    "CustomDisplayCostAndPrice",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
)
_WRITTEN = status_reader()
_CONFIGURATION = json.Decoder(GetConfigurationResponse)


def read_settings(order: ReadSettings) -> OutgoingCall:
    names = order.names or (() if order.every else _USUAL)
    return OutgoingCall("GetConfiguration", json.encode(GetConfigurationRequest(list(names) or None)), _read)


def write_setting(order: WriteSetting) -> OutgoingCall:
    return OutgoingCall("ChangeConfiguration", json.encode(ChangeConfigurationRequest(order.name, order.value)), _WRITTEN)


def _read(payload: Raw) -> OrderResult:
    """The keys that have a value; the detail lists the names of unknown ones."""
    try:
        answer = _CONFIGURATION.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    values = tuple((key.key, key.value or "") for key in answer.configuration_key or ())
    return OrderResult(Outcome.ACCEPTED, ", ".join(answer.unknown_key or ()), values)
