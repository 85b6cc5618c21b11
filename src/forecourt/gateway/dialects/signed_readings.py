"""Signed readings of any version: stored as received, verified when the bill is made."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from forecourt.stations import MeterSample, SignedReading


class _Wrapped(msgspec.Struct):
    """How the white paper on signed meter values in OCPP 1.6 wraps them in a value."""

    signed_meter_data: str = msgspec.field(name="signedMeterData")
    public_key: str = msgspec.field(name="publicKey", default="")


_WRAPPED = msgspec.json.Decoder(_Wrapped)


def signed_reading(value: str) -> SignedReading:
    """A 1.6 value of format SignedData: either wrapped as in the white paper, or the bare record."""
    if value.lstrip().startswith("{"):
        try:
            found = _WRAPPED.decode(value)
        except msgspec.MsgspecError:
            return SignedReading(value)
        return SignedReading(found.signed_meter_data, found.public_key)
    return SignedReading(value)


def with_signed(sample: MeterSample | None, at: datetime, signed: Sequence[SignedReading]) -> MeterSample | None:
    """The sample with its signed readings; a new sample if there were no other readings."""
    if not signed:
        return sample
    return replace(sample, signed=tuple(signed)) if sample else MeterSample(at, signed=tuple(signed))
