"""The words every room shares: money, spans of time, units, ids, the clock, the one rounding rule."""

from forecourt.kernel.addresses import caller_of
from forecourt.kernel.errors import BadInput, Conflict, Failed, Forbidden, NotFound, Refused
from forecourt.kernel.identity import (
    BookingId,
    ChargerId,
    DocumentId,
    DriverId,
    EvseId,
    Ids,
    OperatorId,
    PaymentId,
    PriceEntryId,
    SessionId,
    SiteId,
    TariffVersionId,
    TokenUid,
    instant_of,
    uuid7,
)
from forecourt.kernel.money import Money, minor_digits
from forecourt.kernel.rounding import decimal_at, divide_half_up, net_within, round_half_up, rounded_to
from forecourt.kernel.texts import DayThere, Text
from forecourt.kernel.timespan import YEARS, Clock, Span, instant_text, parse_day, parse_instant, utc
from forecourt.kernel.units import kilowatt_hours

__all__ = [
    "YEARS",
    "BadInput",
    "BookingId",
    "ChargerId",
    "Clock",
    "Conflict",
    "DayThere",
    "DocumentId",
    "DriverId",
    "EvseId",
    "Failed",
    "Forbidden",
    "Ids",
    "Money",
    "NotFound",
    "OperatorId",
    "PaymentId",
    "PriceEntryId",
    "Refused",
    "SessionId",
    "SiteId",
    "Span",
    "TariffVersionId",
    "Text",
    "TokenUid",
    "caller_of",
    "decimal_at",
    "divide_half_up",
    "instant_of",
    "instant_text",
    "kilowatt_hours",
    "minor_digits",
    "net_within",
    "parse_day",
    "parse_instant",
    "round_half_up",
    "rounded_to",
    "utc",
    "uuid7",
]
