"""StartTransaction and StopTransaction."""

from datetime import datetime

from msgspec import json

from forecourt.drivers import unmark_contract
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import register, small_number
from forecourt.gateway.dialects.model import CallContext, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v16.authorise import id_tag_info
from forecourt.gateway.dialects.v16.meter import samples_of
from forecourt.gateway.dialects.v16.types_schema import (
    StartTransactionRequest,
    StartTransactionResponse,
    StopTransactionRequest,
    StopTransactionResponse,
)
from forecourt.stations import Acknowledgement, MeterSample, StopReason, TransactionEnded, TransactionStarted

_START = PayloadReader(StartTransactionRequest, lenient=True)
_STOP = PayloadReader(StopTransactionRequest, lenient=True)
_REASONS = {
    None: StopReason.DRIVER,  # the standard's default is Local
    "Local": StopReason.DRIVER,
    "EVDisconnected": StopReason.DRIVER,
    "UnlockCommand": StopReason.REMOTE,
    "Remote": StopReason.REMOTE,
    "EmergencyStop": StopReason.EMERGENCY,
    "PowerLoss": StopReason.POWER_LOSS,
    "HardReset": StopReason.REBOOT,
    "SoftReset": StopReason.REBOOT,
    "Reboot": StopReason.REBOOT,
    "DeAuthorized": StopReason.UNAUTHORISED,
}


def handle_start_transaction(payload: str, context: CallContext) -> Report:
    """The transaction's number is assigned when the fact is stored: `transaction` is empty until then."""
    message, flags = _START.read(payload, context.message)
    at = read_instant(message.timestamp, context, flags)
    reservation = message.reservation_id
    fact = TransactionStarted(
        at=at,
        evse_number=small_number(message.connector_id, flags),
        transaction="",
        token=unmark_contract(message.id_tag or "") or None,
        samples=_register(at, message.meter_start, flags),
        reservation_number=reservation if reservation is not None and reservation >= 0 else None,
    )
    key = f"start/{message.connector_id}/{message.timestamp}/{message.meter_start}/{message.id_tag}"
    return Report(fact, _short(_certain(key, flags, context)), tuple(flags), _answer_start)


def handle_stop_transaction(payload: str, context: CallContext) -> Report:
    """A number of 0 or less was never assigned (the start was made offline): time and meter value tell such stops apart."""
    message, flags = _STOP.read(payload, context.message)
    at = read_instant(message.timestamp, context, flags)
    fact = TransactionEnded(
        at=at,
        transaction=str(message.transaction_id),
        token=unmark_contract(message.id_tag or "") or None,
        samples=(*samples_of(message.transaction_data or (), context, flags), *_register(at, message.meter_stop, flags)),
        reason=_REASONS.get(message.reason, StopReason.OTHER),
    )
    key = f"stop/{message.transaction_id}"
    if message.transaction_id <= 0:
        key = _certain(f"{key}/{message.timestamp}/{message.meter_stop}", flags, context)
    return Report(fact, _short(key), tuple(flags), _answer_stop)


def _register(at: datetime, value: int, flags: list[str]) -> tuple[MeterSample, ...]:
    energy_wh = register(value, flags)
    return () if energy_wh is None else (MeterSample(at, energy_wh),)


def _certain(key: str, flags: list[str], context: CallContext) -> str:
    """A charger without a clock may always write the same time; then only the message id tells two starts apart."""
    return f"{key}/{context.call_id}" if "clock" in flags else key


def _short(key: str) -> str:
    return key[:200]


def _answer_start(acknowledgement: Acknowledgement) -> bytes:
    info = id_tag_info(acknowledgement)
    return json.encode(StartTransactionResponse(info, int(acknowledgement.transaction or 0)))


def _answer_stop(acknowledgement: Acknowledgement) -> bytes:
    info = id_tag_info(acknowledgement) if acknowledgement.verdict else None
    return json.encode(StopTransactionResponse(info))
