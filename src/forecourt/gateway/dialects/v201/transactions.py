"""TransactionEvent."""

from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from msgspec import json

from forecourt.gateway.dialects.flags import add_flag
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.authorise import id_token_info, token_of
from forecourt.gateway.dialects.v201.meter import samples_of
from forecourt.gateway.dialects.v201.types_schema import TransactionEventRequest, TransactionEventResponse
from forecourt.stations import (
    Acknowledgement,
    ChargeCap,
    ChargingState,
    CostReported,
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
    None: StopReason.DRIVER,  # may be omitted only if it is Local
    **dict.fromkeys(("Local", "EVDisconnected", "StoppedByEV"), StopReason.DRIVER),
    **dict.fromkeys(("Remote", "MasterPass"), StopReason.REMOTE),
    **dict.fromkeys(("Reboot", "ImmediateReset"), StopReason.REBOOT),
    **dict.fromkeys(("GroundFault", "OvercurrentFault", "PowerQuality"), StopReason.FAULT),
    **dict.fromkeys(("EnergyLimitReached", "TimeLimitReached", "SOCLimitReached", "LocalOutOfCredit"), StopReason.LIMIT),
    "DeAuthorized": StopReason.UNAUTHORISED,
    "EmergencyStop": StopReason.EMERGENCY,
    "PowerLoss": StopReason.POWER_LOSS,
}
_CAPPED = frozenset(("CostLimitReached", "EnergyLimitReached", "SoCLimitReached", "TimeLimitReached"))
_MAX_WH = 1e9
_NUMBERS = json.Encoder(decimal_format="number")


def transaction_event_handler(kind: type[TransactionEventRequest]) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> Report:
        """A step of a transaction; a repeat is recognised by its number, its time and the transaction's id.

        The time is needed because some chargers number their transactions from 1 again after a reset: what they send then is new.
        """
        message, flags = reader.read(payload, context.message)
        at = read_instant(message.timestamp, context, flags)
        samples = samples_of(message.meter_value or (), context, flags)
        key = f"event/{message.seq_no}/{message.timestamp}/{message.transaction_info.transaction_id}"[:200]
        match message.event_type:
            case "Started":
                fact: TransactionStarted | TransactionUpdated | TransactionEnded = _started(message, at, samples, flags)
            case "Ended":
                fact = _ended(message, at, samples, flags)
            case _:
                fact = _updated(message, at, samples, flags)
        return Report(fact, key, tuple(flags), _answer)

    return handle


def _started(message: TransactionEventRequest, at: datetime, samples: tuple[MeterSample, ...], flags: list[str]) -> TransactionStarted:
    if message.evse is None:
        add_flag(flags, "evse_missing")
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
        cap=_cap(getattr(message.transaction_info, "transaction_limit", None)),
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
        cap=_cap(getattr(message.transaction_info, "transaction_limit", None)),
        capped=message.trigger_reason in _CAPPED,
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


def _cost(details: Any) -> CostReported | None:
    """The cost calculated by the charger (2.1)."""
    if details is None:
        return None
    total = details.total_cost.total
    return CostReported(
        details.total_cost.currency,
        None if total.excl_tax is None else repr(total.excl_tax),
        None if total.incl_tax is None else repr(total.incl_tax),
        tuple(dict.fromkeys(one.tariff_id for one in details.charging_periods or () if one.tariff_id)),
        (details.failure_reason or "no reason given") if details.failure_to_calculate else "",
    )


def _cap(limit: Any) -> ChargeCap | None:
    """The limit on the charge as the charger reports it (2.1): the one we sent, or the one chosen at its display."""
    if limit is None:
        return None
    cost, energy_wh = limit.max_cost, limit.max_energy
    return ChargeCap(
        Decimal(repr(cost)) if cost is not None and isfinite(cost) else None,
        int(max(-_MAX_WH, min(energy_wh, _MAX_WH))) if energy_wh is not None else None,
        limit.max_so_c,
    )


def _answer(acknowledgement: Acknowledgement) -> bytes:
    if acknowledgement.cap is not None:
        return _NUMBERS.encode(_judged(acknowledgement) | {"transactionLimit": _limit(acknowledgement.cap)})
    if acknowledgement.verdict is None:
        return EMPTY
    return json.encode(TransactionEventResponse(id_token_info=id_token_info(acknowledgement)))


def _judged(acknowledgement: Acknowledgement) -> dict[str, Any]:
    return {} if acknowledgement.verdict is None else {"idTokenInfo": id_token_info(acknowledgement)}


def _limit(cap: ChargeCap) -> dict[str, Any]:
    """Only 2.1 has such limits."""
    stated = {"maxCost": cap.cost, "maxEnergy": cap.energy_wh, "maxSoC": cap.level_percent}
    return {name: value for name, value in stated.items() if value is not None}
