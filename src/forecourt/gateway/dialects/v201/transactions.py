"""TransactionEvent."""

from datetime import datetime
from typing import Any

from msgspec import json

from forecourt.gateway.dialects.flagging import flag
from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Report
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v201.authorise import id_token_info, token_of
from forecourt.gateway.dialects.v201.meter import samples_of
from forecourt.gateway.dialects.v201.types_schema import TransactionEventRequest, TransactionEventResponse
from forecourt.stations import (
    Acknowledgement,
    ChargingState,
    CostTold,
    MeterSample,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)

_CHARGING = {
    "EVConnected": ChargingState.EV_CONNECTED,
    "Charging": ChargingState.CHARGING,
    "SuspendedEV": ChargingState.SUSPENDED_EV,
    "SuspendedEVSE": ChargingState.SUSPENDED_EVSE,
    "Idle": ChargingState.IDLE,
}
_REASONS: dict[str | None, StopReason] = {
    None: StopReason.DRIVER,  # may be left out only when it is Local
    **dict.fromkeys(("Local", "EVDisconnected", "StoppedByEV"), StopReason.DRIVER),
    **dict.fromkeys(("Remote", "MasterPass"), StopReason.REMOTE),
    **dict.fromkeys(("Reboot", "ImmediateReset"), StopReason.REBOOT),
    **dict.fromkeys(("GroundFault", "OvercurrentFault", "PowerQuality"), StopReason.FAULT),
    **dict.fromkeys(("EnergyLimitReached", "TimeLimitReached", "SOCLimitReached", "LocalOutOfCredit"), StopReason.LIMIT),
    "DeAuthorized": StopReason.UNAUTHORISED,
    "EmergencyStop": StopReason.EMERGENCY,
    "PowerLoss": StopReason.POWER_LOSS,
}


def happening(kind: type[TransactionEventRequest]) -> Hear:
    reader = Reader(kind, lenient=True)

    def happened(payload: str, heard: Heard) -> Report:
        """A step of a transaction, known again by its number, its time and the transaction's id.

        The time, because some chargers count their transactions from 1 again after a reset: what they then say is news.
        """
        message, flags = reader.read(payload, heard.message)
        at = read_instant(message.timestamp, heard, flags)
        samples = samples_of(message.meter_value or (), heard, flags)
        key = f"event/{message.seq_no}/{message.timestamp}/{message.transaction_info.transaction_id}"[:200]
        match message.event_type:
            case "Started":
                fact: TransactionStarted | TransactionUpdated | TransactionEnded = _started(message, at, samples, flags)
            case "Ended":
                fact = _ended(message, at, samples, flags)
            case _:
                fact = _updated(message, at, samples, flags)
        return Report(fact, key, tuple(flags), _answer)

    return happened


def _started(message: TransactionEventRequest, at: datetime, samples: tuple[MeterSample, ...], flags: list[str]) -> TransactionStarted:
    if message.evse is None:
        flag(flags, "evse_missing")
    return TransactionStarted(
        at=at,
        evse_number=small_number(message.evse.id, flags) if message.evse else 0,
        transaction=message.transaction_info.transaction_id,
        token=token_of(message.id_token),
        samples=samples,
        charging_state=_CHARGING.get(message.transaction_info.charging_state or ""),
        reservation_number=message.reservation_id,
        remote_start_number=message.transaction_info.remote_start_id,
        seq=message.seq_no,
        offline=message.offline or False,
    )


def _updated(message: TransactionEventRequest, at: datetime, samples: tuple[MeterSample, ...], flags: list[str]) -> TransactionUpdated:
    return TransactionUpdated(
        at=at,
        evse_number=small_number(message.evse.id, flags) if message.evse else None,
        transaction=message.transaction_info.transaction_id,
        token=token_of(message.id_token),
        samples=samples,
        charging_state=_CHARGING.get(message.transaction_info.charging_state or ""),
        seq=message.seq_no,
        offline=message.offline or False,
    )


def _ended(message: TransactionEventRequest, at: datetime, samples: tuple[MeterSample, ...], flags: list[str]) -> TransactionEnded:
    return TransactionEnded(
        at=at,
        transaction=message.transaction_info.transaction_id,
        evse_number=small_number(message.evse.id, flags) if message.evse else None,
        token=token_of(message.id_token),
        samples=samples,
        reason=_REASONS.get(message.transaction_info.stopped_reason, StopReason.OTHER),
        seq=message.seq_no,
        offline=message.offline or False,
        cost=_cost(getattr(message, "cost_details", None)),
    )


def _cost(details: Any) -> CostTold | None:
    """What the charger worked out (2.1)."""
    if details is None:
        return None
    total = details.total_cost.total
    return CostTold(
        details.total_cost.currency,
        None if total.excl_tax is None else repr(total.excl_tax),
        None if total.incl_tax is None else repr(total.incl_tax),
        tuple(dict.fromkeys(one.tariff_id for one in details.charging_periods or () if one.tariff_id)),
        (details.failure_reason or "no reason given") if details.failure_to_calculate else "",
    )


def _answer(acknowledgement: Acknowledgement) -> bytes:
    if acknowledgement.verdict is None:
        return EMPTY
    return json.encode(TransactionEventResponse(id_token_info=id_token_info(acknowledgement)))
