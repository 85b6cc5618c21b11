"""Orders and their results as bytes, for the way between processes."""

from typing import Any

import msgspec
from msgspec import Raw

from forecourt.kernel import BadInput
from forecourt.stations import (
    AskCharge,
    CancelReserve,
    CapCharge,
    ClearLimits,
    ClearSheets,
    ComeAgain,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    Order,
    OrderResult,
    ReadInventory,
    ReadRoots,
    ReadSettings,
    ReportMeter,
    Reserve,
    Restart,
    SendCards,
    SendLog,
    SetAvailability,
    SetChargeSheet,
    SetFallback,
    SetLimit,
    SetSheet,
    ShowCost,
    StartCharge,
    StopCharge,
    TellPaying,
    Unlock,
    WriteSetting,
)

_KINDS: tuple[type[Any], ...] = (
    AskCharge,
    CancelReserve,
    CapCharge,
    ClearLimits,
    ClearSheets,
    ComeAgain,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    ReadInventory,
    ReadRoots,
    ReadSettings,
    ReportMeter,
    Reserve,
    Restart,
    SendCards,
    SendLog,
    SetAvailability,
    SetChargeSheet,
    SetFallback,
    SetLimit,
    SetSheet,
    ShowCost,
    StartCharge,
    StopCharge,
    TellPaying,
    Unlock,
    WriteSetting,
)
_DECODERS = {kind.__name__: msgspec.json.Decoder(kind) for kind in _KINDS}
_ENVELOPE = msgspec.json.Decoder(tuple[str, Raw])
_RESULT = msgspec.json.Decoder(OrderResult)


def encode_order(order: Order) -> bytes:
    """Its kind and its fields, as a JSON list of two."""
    return msgspec.json.encode((type(order).__name__, order))


def decode_order(data: bytes) -> Order:
    """Raises BadInput for anything that `encode_order` did not write."""
    try:
        kind, body = _ENVELOPE.decode(data)
        order: Order = _DECODERS[kind].decode(body)
    except (msgspec.MsgspecError, KeyError) as error:
        raise BadInput("order", "This is not an order to a charger.") from error
    return order


def encode_result(result: OrderResult) -> bytes:
    return msgspec.json.encode(result)


def decode_result(data: bytes) -> OrderResult:
    """Raises BadInput for anything that `encode_result` did not write."""
    try:
        return _RESULT.decode(data)
    except msgspec.MsgspecError as error:
        raise BadInput("order_result", "This is not the result of an order.") from error
