"""MeterValues, and the samples in other messages."""

from collections.abc import Sequence

from forecourt.gateway.dialects.dedupe_keys import digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import Reading, fold, small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.signed_readings import signed_reading, with_signed
from forecourt.gateway.dialects.v16.types_schema import MeterValue, MeterValuesRequest, SampledValue, TransactionData
from forecourt.stations import Acknowledgement, MeterSample, TransactionUpdated

_METER = PayloadReader(MeterValuesRequest, lenient=True)
_NOT_THE_SOCKET = ("Inlet", "EV")


def handle_meter_values(payload: str, context: CallContext) -> Report:
    """Readings with a transaction id of 0 or less do not belong to any transaction that the charger knows by id."""
    message, flags = _METER.read(payload, context.message)
    samples = samples_of(message.meter_value, context, flags)
    transaction = message.transaction_id
    fact = TransactionUpdated(
        at=samples[-1].at if samples else context.received_at,
        evse_number=small_number(message.connector_id, flags),
        transaction=str(transaction) if transaction is not None and transaction > 0 else None,
        samples=samples,
    )
    return Report(fact, f"meter/{digest(payload)}", tuple(flags), _answer)


def samples_of(values: Sequence[MeterValue | TransactionData], context: CallContext, flags: list[str]) -> tuple[MeterSample, ...]:
    """In the charger's order, omitting samples without any reading we store."""
    found = []
    for value in values:
        sample = _sample(value, context, flags)
        if sample is not None:
            found.append(sample)
    return tuple(found)


def _sample(value: MeterValue | TransactionData, context: CallContext, flags: list[str]) -> MeterSample | None:
    at, readings = read_instant(value.timestamp, context, flags), _readings(value.sampled_value)
    folded = fold(at, readings, flags)
    if len(readings) == len(value.sampled_value):
        return folded
    return with_signed(folded, at, [signed_reading(one.value) for one in value.sampled_value if one.format == "SignedData"])


def _readings(values: Sequence[SampledValue]) -> list[Reading]:
    """Signed data is not a number; readings at the inlet or the vehicle are not from the socket's meter."""
    return [
        (value.measurand, value.unit, value.phase, value.context == "Transaction.Begin", value.value, 0)
        for value in values
        if value.format != "SignedData" and (value.location is None or value.location not in _NOT_THE_SOCKET or value.measurand == "SoC")
    ]


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
