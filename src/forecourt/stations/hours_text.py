"""Opening hours as people write and read them: "06:00-22:00", "08:00-12:00, 14:00-02:00", one line per day of the week.

Special days have a line each: "2026-12-24 08:00-12:00; Christmas Eve", "2026-12-31 closed".
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from forecourt.kernel import BadInput, parse_day
from forecourt.stations.opening import DayHours, Opening, SpecialDay, hours_by_weekday

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOSED = "closed"
_DAY_MIN = 24 * 60
_STRETCH = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d{2}))?", re.ASCII)


def parse_week(written: Mapping[str, str]) -> tuple[Opening, ...]:
    """Parse the week from a line per day; a day that is not named is closed. A week without a gap is (): open day and night.

    Raises BadInput named after the day whose line is invalid or overlaps, or "openings" for a week that is closed throughout.
    """
    for day in written:
        if day not in WEEKDAYS:
            raise BadInput("openings", f"{day[:20]!r} is not a day of the week.", f"Use {', '.join(WEEKDAYS)}.")
    found = sorted(
        ((one, day) for place, day in enumerate(WEEKDAYS) for one in _read_day(place, day, written.get(day, ""))),
        key=lambda pair: (pair[0].weekday, pair[0].from_min),
    )
    for (before, _), (after, day) in pairwise(found):
        if before.weekday == after.weekday and after.from_min < before.to_min:
            raise BadInput(day, f"{_clock(after.from_min)} is within other hours of that day.", "Hours must not overlap.")
    if not found:
        raise BadInput("openings", "The site must open at least once a week.", "Enter hours, or plan maintenance for the whole site.")
    joined = _joined([one for one, _ in found])
    return () if all((day, 0, _DAY_MIN) in {(one.weekday, one.from_min, one.to_min) for one in joined} for day in range(7)) else joined


def format_week(openings: Sequence[Opening]) -> dict[str, str]:
    """The week as one line per day, which `parse_week` reads back unchanged. Without opening hours: every day from 00:00 to 24:00."""
    return dict(zip(WEEKDAYS, map(format_hours, hours_by_weekday(tuple(openings))), strict=True))


def parse_hours(line: str, field: str) -> tuple[DayHours, ...]:
    """The hours of one day, () = closed. Raises BadInput named after the field if they are invalid or overlap."""
    text = line.strip().lower()
    if text in ("", CLOSED):
        return ()
    found = sorted((_read_stretch(field, part.strip()) for part in text.split(",")), key=lambda one: one.from_min)
    for before, after in pairwise(found):
        if after.from_min < before.to_min:
            raise BadInput(field, f"{_clock(after.from_min)} is within other hours of that day.", "Hours must not overlap.")
    return tuple(found)


def format_hours(hours: Sequence[DayHours]) -> str:
    return (
        ", ".join(f"{_clock(one.from_min)}-{_clock(one.to_min if one.to_min <= _DAY_MIN else one.to_min - _DAY_MIN)}" for one in hours)
        or CLOSED
    )


def parse_special_days(lines: str, field: str) -> tuple[SpecialDay, ...]:
    """Parse one special day per line. Raises BadInput named after the field, quoting the invalid line."""
    return tuple(_read_special(line.strip(), field) for line in lines.splitlines() if line.strip())


def format_special_days(days: Sequence[SpecialDay]) -> str:
    return "\n".join(f"{one.day} {format_hours(one.hours)}{f'; {one.note}' if one.note else ''}" for one in days)


def _read_special(line: str, field: str) -> SpecialDay:
    written, _, rest = line.partition(" ")
    hours, _, note = rest.partition(";")
    try:
        day = parse_day(written.rstrip(":"), field)
    except BadInput:
        raise BadInput(field, f"{line[:40]!r} does not start with a date.", "Enter it as 2026-12-24 08:00-12:00; Christmas Eve.") from None
    return SpecialDay(day, parse_hours(hours, field), note.strip())


def _read_day(weekday: int, day: str, line: str) -> list[Opening]:
    return [part for one in parse_hours(line, day) for part in _parted(weekday, one)]


def _parted(weekday: int, hours: DayHours) -> list[Opening]:
    if hours.to_min <= _DAY_MIN:
        return [Opening(weekday, hours.from_min, hours.to_min)]
    return [Opening(weekday, hours.from_min, _DAY_MIN), Opening((weekday + 1) % 7, 0, hours.to_min - _DAY_MIN)]


def _read_stretch(field: str, text: str) -> DayHours:
    found = _STRETCH.fullmatch(text)
    if found is None:
        raise BadInput(
            field,
            f"{text[:30]!r} is not a range of hours.",
            "Enter it as 06:00-22:00, separate several with commas, or leave it empty if closed.",
        )
    from_min, to_min = (60 * int(hour) + int(minute or 0) for hour, minute in (found.group(1, 2), found.group(3, 4)))
    if any(int(minute or 0) > 59 for minute in found.group(2, 4)) or from_min >= _DAY_MIN or to_min > _DAY_MIN:
        raise BadInput(field, f"{text[:30]!r} is not within one day.", "Use 00:00 to 24:00.")
    if from_min == to_min:
        raise BadInput(field, f"{text[:30]!r} starts when it ends.", "For all day, enter 00:00-24:00.")
    return DayHours(from_min, to_min if from_min < to_min else to_min + _DAY_MIN)


def _joined(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    """Join stretches of a day that touch."""
    joined: list[Opening] = []
    for one in openings:
        last = joined[-1] if joined else None
        if last and last.weekday == one.weekday and last.to_min == one.from_min:
            joined[-1] = Opening(last.weekday, last.from_min, one.to_min)
        else:
            joined.append(one)
    return tuple(joined)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
