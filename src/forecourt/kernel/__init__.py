"""The words every room shares: money, spans of time, units, ids, the clock, the one rounding rule."""

from forecourt.kernel.addresses import client_network
from forecourt.kernel.countries import COUNTRIES
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
from forecourt.kernel.rounding import divide_half_up, net_of_gross, round_half_up, round_to_total, round_within, scaled_decimal
from forecourt.kernel.texts import NearbyDay, Text, lowered
from forecourt.kernel.timespan import YEARS, Clock, Span, instant_text, month_name, parse_day, parse_instant, utc
from forecourt.kernel.units import kilowatt_hours

__all__ = [
    "COUNTRIES",
    "YEARS",
    "BadInput",
    "BookingId",
    "ChargerId",
    "Clock",
    "Conflict",
    "DocumentId",
    "DriverId",
    "EvseId",
    "Failed",
    "Forbidden",
    "Ids",
    "Money",
    "NearbyDay",
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
    "client_network",
    "divide_half_up",
    "instant_of",
    "instant_text",
    "kilowatt_hours",
    "lowered",
    "minor_digits",
    "month_name",
    "net_of_gross",
    "parse_day",
    "parse_instant",
    "round_half_up",
    "round_to_total",
    "round_within",
    "scaled_decimal",
    "utc",
    "uuid7",
]
