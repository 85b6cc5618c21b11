"""Recorded sessions, read from a table: one line per stay, with instants or in steps of five minutes."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from forecourt.simulation.model import RecordedSession

NEEDED = ("arrival", "departure", "station", "kwh")
STEPS = ("arrival_step5", "departure_step5", "station", "kwh")
STEP = timedelta(minutes=5)
_CLAIMED = {"true": True, "1": True, "yes": True, "": False, "false": False, "0": False, "no": False}
_MAX_STEPS = 2_000_000


def read_table(content: bytes, step_0: datetime | None) -> tuple[RecordedSession, ...] | None:
    """The sessions in a CSV file, which may be gzipped; None if its header lacks the required columns."""
    text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode("utf-8-sig")
    columns = set(next(csv.reader(io.StringIO(text), delimiter=_delimiter(text)), ()))
    return tuple(read_sessions(text, step_0)) if set(NEEDED) <= columns or set(STEPS) <= columns else None


def read_sessions(text: str, step_0: datetime | None = None) -> Iterator[RecordedSession]:
    """arrival and departure with their offset from UTC, or arrival_step5 and departure_step5, five minutes each of elapsed time from
    step_0; station, kwh; as far as they are there session_id, requested_kwh and est_departure (what the driver said), and claimed (where
    it is there and not true, nobody said anything). Raises ValueError naming line and column."""
    delimiter = _delimiter(text)
    reader, seen = csv.DictReader(io.StringIO(text), delimiter=delimiter), dict[str, tuple[int, RecordedSession]]()
    for line in reader:
        try:
            session = _session(line if delimiter == "," else _with_points(line), reader.line_num, step_0)
            earlier_line, first = seen.setdefault(session.ref, (reader.line_num, session))
            if first != session:
                raise ValueError(f"session_id: {session.ref!r} is that of line {earlier_line} too, which says something else")
        except ValueError as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
        yield session


def _delimiter(text: str) -> str:
    """Programs whose numbers have a decimal comma separate columns by semicolons; others by tabs."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _with_points(line: Mapping[str, str | None]) -> Mapping[str, str | None]:
    return {column: (value or "").replace(",", ".") if column in ("kwh", "requested_kwh") else value for column, value in line.items()}


def _session(line: Mapping[str, str | None], number: int, step_0: datetime | None) -> RecordedSession:
    station = _text(line, "station")
    if "arrival" in line:
        arrival, departure = _instant(line, "arrival"), _instant(line, "departure")
    else:
        arrival, departure = _step(line, "arrival_step5", step_0), _step(line, "departure_step5", step_0)
    is_claimed = _claimed(line)  # otherwise nobody entered anything, and the statement repeats what happened
    stated = _instant(line, "est_departure") if is_claimed and _text(line, "est_departure") else None
    return RecordedSession(
        ref=_text(line, "session_id") or f"{station} {arrival.isoformat()} line {number}",
        station=station,
        arrival=arrival,
        departure=departure,
        energy_wh=_wh(line, "kwh"),
        requested_wh=(max(0, _wh(line, "requested_kwh")) or None) if is_claimed else None,
        stated_departure=stated if stated is not None and stated > arrival else None,
    )


def _text(line: Mapping[str, str | None], column: str) -> str:
    return (line.get(column) or "").strip()


def _claimed(line: Mapping[str, str | None]) -> bool:
    text = _text(line, "claimed")
    if "claimed" in line and text.lower() not in _CLAIMED:
        raise ValueError(f"claimed: {text!r} is neither True nor False")
    return _CLAIMED[text.lower()] if "claimed" in line else True


def _instant(line: Mapping[str, str | None], column: str) -> datetime:
    text = _text(line, column)
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{column}: {text!r} is no instant; write it like 2019-05-01T08:00:00-07:00") from error
    raise ValueError(f"{column} has no offset from UTC; write it like 2019-05-01T08:00:00-07:00")


def _step(line: Mapping[str, str | None], column: str, step_0: datetime | None) -> datetime:
    text = _text(line, column)
    if step_0 is None:
        raise ValueError(f'{column} counts from a day that the drawing must name: "steps_from": "2019-03-01"')
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) < _MAX_STEPS):
        raise ValueError(f"{column}: {text!r} is no number of five-minute steps")
    return step_0 + STEP * int(text)


def _wh(line: Mapping[str, str | None], column: str) -> int:
    text = _text(line, column)
    if not text:
        return 0
    try:
        wh = float(text) * 1000
    except ValueError as error:
        raise ValueError(f"{column}: {text!r} is no number") from error
    if not abs(wh) < 1e7:
        raise ValueError(f"{column}: {text} kWh is no energy of a car")
    return round(wh)
