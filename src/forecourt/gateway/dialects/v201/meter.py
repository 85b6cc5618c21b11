"""MeterValues, and the samples in TransactionEvent."""

from collections.abc import Sequence

from forecourt.gateway.dialects.dedupe_keys import digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.metering import Reading, fold, small_number
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.signed_readings import with_signed
from forecourt.gateway.dialects.v201.types_schema import MeterValue, MeterValuesRequest, SampledValue
from forecourt.stations import Acknowledgement, MeterSample, SignedReading, TransactionUpdated

_MAX_MULTIPLIER = 12
_NOT_THE_SOCKET = ("Inlet", "EV")


def meter_values_handler(kind: type[MeterValuesRequest]) -> CallHandler:
    reader = PayloadReader(kind, lenient=True)

    def handle(payload: str, context: CallContext) -> Report:
        """Readings outside a transaction."""
        message, flags = reader.read(payload, context.message)
        samples = samples_of(message.meter_value, context, flags)
        fact = TransactionUpdated(
            at=samples[-1].at if samples else context.received_at,
            evse_number=small_number(message.evse_id, flags),
            transaction=None,
            samples=samples,
        )
        return Report(fact, f"meter/{digest(payload)}", tuple(flags), _answer)

    return handle


def samples_of(values: Sequence[MeterValue], context: CallContext, flags: list[str]) -> tuple[MeterSample, ...]:
    """In the charger's order, omitting samples without any reading we store."""
    return tuple([sample for value in values if (sample := _sample(value, context, flags)) is not None])


def _sample(value: MeterValue, context: CallContext, flags: list[str]) -> MeterSample | None:
    at = read_instant(value.timestamp, context, flags)
    folded = fold(at, _readings(value.sampled_value), flags)
    signed = [one.signed_meter_value for one in value.sampled_value if one.signed_meter_value is not None]
    return with_signed(folded, at, [SignedReading(one.signed_meter_data, one.public_key or "") for one in signed]) if signed else folded


def _readings(values: Sequence[SampledValue]) -> list[Reading]:
    """Readings at the inlet or the vehicle are not from the socket's meter."""
    return [_reading(value) for value in values if value.location not in _NOT_THE_SOCKET or value.measurand == "SoC"]


def _reading(value: SampledValue) -> Reading:
    """A multiplier that no real meter uses makes the value invalid later."""
    measure = value.unit_of_measure
    unit, exponent = (measure.unit, measure.multiplier or 0) if measure else (None, 0)
    if exponent:
        exponent = max(-_MAX_MULTIPLIER, min(exponent, 2 * _MAX_MULTIPLIER))
    return value.measurand, unit, value.phase, value.context == "Transaction.Begin", value.value, exponent


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
