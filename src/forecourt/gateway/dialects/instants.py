"""Timestamps as chargers write them."""

from datetime import UTC, datetime, timedelta

from forecourt.gateway.dialects.flags import add_flag
from forecourt.gateway.dialects.model import CallContext

# A message cannot report the future, and the clocks we set are accurate to within seconds.
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def read_instant(text: str | None, context: CallContext, flags: list[str]) -> datetime:
    """RFC 3339 to UTC. No zone: read in `context.zone`, flag "zone". Unreadable or outside 2000..2100: time of arrival, flag "clock".

    More than five minutes after its own arrival: time of arrival, flag "clock_ahead"; a charge that ends years from now would
    neither be billed nor reviewed until then.
    """
    try:
        instant = datetime.fromisoformat(text or "")
        if instant.tzinfo is UTC and _EARLIEST <= instant <= context.received_at:
            return instant  # the most common form
        if instant.tzinfo is None:
            add_flag(flags, "zone")
            instant = instant.replace(tzinfo=context.zone)
        if instant.tzinfo is not UTC:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        add_flag(flags, "clock")
        return context.received_at
    if not 2000 <= instant.year <= 2100:
        add_flag(flags, "clock")
        return context.received_at
    if instant > context.received_at and instant - context.received_at > _AHEAD:
        add_flag(flags, "clock_ahead")
        return context.received_at
    return instant


def write_instant(instant: datetime) -> str:
    """UTC with milliseconds and Z, the form every charger reads."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
