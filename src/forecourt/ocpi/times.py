"""Converts instants and spans to and from OCPI."""

from datetime import datetime

from forecourt.kernel import BadInput, Span, instant_text, parse_instant, utc
from forecourt.ocpi.model import Period, Timeslot


def span_of(period: Period | Timeslot, place: str) -> Span:
    """Raises BadInput if the end is not after the start, or an instant does not exist."""
    start, end = instant_of(period.start_date_time, f"{place}.start_date_time"), instant_of(period.end_date_time, f"{place}.end_date_time")
    if end <= start:
        raise BadInput("field", f"{place}.end_date_time: the end is not after the start.")
    return Span(start, end)


def instant_of(text: str, place: str) -> datetime:
    """OCPI sometimes omits the Z; its instants are UTC all the same."""
    try:
        return parse_instant(f"{text.removesuffix('Z')}Z")
    except BadInput as error:
        raise BadInput("field", f"{place}: {error.text}", error.remedy) from error


def bound_of(text: str, place: str) -> datetime:
    """Like `instant_of`, but for any year: a partner that wants everything asks from 1970 on."""
    try:
        return utc(datetime.fromisoformat(f"{text.removesuffix('Z')}Z"))
    except (ValueError, OverflowError):
        return instant_of(text, place)


def period_of(span: Span) -> Period:
    return Period(start_date_time=instant_text(span.start), end_date_time=instant_text(span.end))


def slot_of(span: Span, max_power_w: int, min_power_w: int | None = None) -> Timeslot:
    start, end = instant_text(span.start), instant_text(span.end)
    return Timeslot(start_date_time=start, end_date_time=end, min_power=min_power_w, max_power=max_power_w or None)
