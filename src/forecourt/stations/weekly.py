"""Opening hours as people write and read them: "06:00-22:00", "08:00-12:00, 14:00-02:00", a line for each day of the week."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from forecourt.kernel import BadInput
from forecourt.stations.opening import Opening

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOSED = "closed"
_DAY_MIN = 24 * 60
_STRETCH = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d{2}))?", re.ASCII)
# What goes on past midnight and ends by noon belongs to the day on which it began.
_NOON = 12 * 60


def read_week(written: Mapping[str, str]) -> tuple[Opening, ...]:
    """The week of what is written for each day; a day that is not named is closed. A week without a gap is (): day and night.

    Raises BadInput named after the day whose line cannot be read or overlaps, "openings" for a week without a single stretch.
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
            raise BadInput(day, f"{_clock(after.from_min)} lies within hours that are written already.", "Let no two of them overlap.")
    if not found:
        raise BadInput("openings", "A place that never opens serves nobody.", "Write hours, or plan maintenance of the whole site.")
    joined = _joined([one for one, _ in found])
    return () if all((day, 0, _DAY_MIN) in {(one.weekday, one.from_min, one.to_min) for one in joined} for day in range(7)) else joined


def written_week(openings: Sequence[Opening]) -> dict[str, str]:
    """The same week, a line for each day, which `read_week` reads as it was. No openings at all: every day from 00:00 to 24:00."""
    if not openings:
        return dict.fromkeys(WEEKDAYS, "00:00-24:00")
    return {day: ", ".join(_written(openings, place)) or CLOSED for place, day in enumerate(WEEKDAYS)}


def _read_day(weekday: int, day: str, line: str) -> list[Opening]:
    text = line.strip().lower()
    if text in ("", CLOSED):
        return []
    return [one for part in text.split(",") for one in _read_stretch(weekday, day, part.strip())]


def _read_stretch(weekday: int, day: str, text: str) -> list[Opening]:
    found = _STRETCH.fullmatch(text)
    if found is None:
        raise BadInput(day, f"{text[:30]!r} are not hours.", "Write 06:00-22:00, several with commas, or nothing for closed.")
    from_min, to_min = (60 * int(hour) + int(minute or 0) for hour, minute in (found.group(1, 2), found.group(3, 4)))
    if any(int(minute or 0) > 59 for minute in found.group(2, 4)) or from_min >= _DAY_MIN or to_min > _DAY_MIN:
        raise BadInput(day, f"{text[:30]!r} are not hours of a day.", "From 00:00 to 24:00.")
    if from_min == to_min:
        raise BadInput(day, f"{text[:30]!r} begins when it ends.", "All day is 00:00-24:00.")
    if from_min < to_min:
        return [Opening(weekday, from_min, to_min)]
    past = [Opening((weekday + 1) % 7, 0, to_min)] if to_min else []
    return [Opening(weekday, from_min, _DAY_MIN), *past]


def _joined(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    """Stretches of a day that touch are one."""
    joined: list[Opening] = []
    for one in openings:
        last = joined[-1] if joined else None
        if last and last.weekday == one.weekday and last.to_min == one.from_min:
            joined[-1] = Opening(last.weekday, last.from_min, one.to_min)
        else:
            joined.append(one)
    return tuple(joined)


def _written(openings: Sequence[Opening], weekday: int) -> list[str]:
    of_day = sorted((one for one in openings if one.weekday == weekday), key=lambda one: one.from_min)
    lines = []
    for one in of_day:
        if _goes_on(openings, (weekday - 1) % 7, one):
            continue  # written with the evening before
        end = one.to_min
        if end == _DAY_MIN:
            morning = next((other for other in openings if other.weekday == (weekday + 1) % 7 and _goes_on(openings, weekday, other)), None)
            end = morning.to_min if morning else end
        lines.append(f"{_clock(one.from_min)}-{_clock(end)}")
    return lines


def _goes_on(openings: Sequence[Opening], eve: int, morning: Opening) -> bool:
    """Whether a morning is the rest of hours that began the day before, later than they end."""
    if morning.from_min or morning.to_min > _NOON:
        return False
    return any(one.weekday == eve and one.to_min == _DAY_MIN and one.from_min > morning.to_min for one in openings)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
