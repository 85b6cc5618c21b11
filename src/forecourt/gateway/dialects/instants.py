"""The times chargers write."""

from datetime import UTC, datetime, timedelta

from forecourt.gateway.dialects.flagging import flag
from forecourt.gateway.dialects.hearing import Heard

# A message cannot tell of what has not happened yet; clocks that are set by us are within seconds.
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def read_instant(text: str | None, heard: Heard, flags: list[str]) -> datetime:
    """RFC 3339 to UTC. No zone: read as of `heard.zone`, flag "zone". Unreadable or outside 2000..2100: time of arrival, flag "clock".

    More than five minutes after its own arrival: time of arrival, flag "clock_ahead"; a charge that ends in years would
    neither be billed nor looked at until then.
    """
    try:
        instant = datetime.fromisoformat(text or "")
        if instant.tzinfo is UTC and _EARLIEST <= instant <= heard.received_at:
            return instant  # as most are
        if instant.tzinfo is None:
            flag(flags, "zone")
            instant = instant.replace(tzinfo=heard.zone)
        if instant.tzinfo is not UTC:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        flag(flags, "clock")
        return heard.received_at
    if not 2000 <= instant.year <= 2100:
        flag(flags, "clock")
        return heard.received_at
    if instant > heard.received_at and instant - heard.received_at > _AHEAD:
        flag(flags, "clock_ahead")
        return heard.received_at
    return instant


def write_instant(instant: datetime) -> str:
    """UTC with milliseconds and Z, the form every charger reads."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
