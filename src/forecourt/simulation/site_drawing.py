"""A garage's drawing, read from JSON: its sockets, the phase angle and pilots of each, and their shared limits."""

import codecs
import re
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from forecourt.simulation.model import Row, SiteSpec, StationSpec

# The garage's protocols are not recorded: use the four in turn.
_PROTOCOLS = ("ocpp1.6", "ocpp2.1", "ocpp1.6", "ocpp2.0.1")
MAX_A = 500
FLOOR_A = 6  # no car charges with less (IEC 61851)
_PHASES = ("L1", "L2", "L3")
_NAME_MOST = 80


class _Station(msgspec.Struct):
    id: str
    voltage: float
    phase_deg: float
    max_a: float = 32.0
    phases: tuple[str, ...] = ("L1", "L2")
    pilots: tuple[float, ...] | None = None


class _Constraint(msgspec.Struct):
    name: str
    limit_a: float
    coeff: dict[str, float]


class _Drawing(msgspec.Struct):
    stations: list[_Station]
    constraints: list[_Constraint]
    transformer_kw: float
    site: str = ""
    zone: str = ""
    scaled_rows: list[str] = []
    steps_from: date | None = None


def read_drawing(text: bytes, slug: str, zone: str = "") -> SiteSpec:
    """A site from JSON. zone: default if the drawing names none; slug: likewise.

    Raises ValueError, naming the place of the error, if it is not a drawing or contradicts itself.
    """
    try:
        drawing = msgspec.json.decode(text.removeprefix(codecs.BOM_UTF8), type=_Drawing)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    stations = tuple(_station(one, index) for index, one in enumerate(drawing.stations))
    known = {one.id for one in stations}
    if not known or len(known) < len(stations):
        raise ValueError("stations: there must be some, each with an id of its own")
    if len({len(one.phases) == 2 for one in stations}) > 1:
        raise ValueError("stations: sockets between two lines and those of one or three phases cannot share a drawing")
    if not drawing.transformer_kw > 0:
        raise ValueError("transformer_kw: must be above 0")
    rows = tuple(_row(one, known) for one in drawing.constraints)
    if len({row.name for row in rows}) < len(rows):
        raise ValueError("constraints: each must have a name of its own")
    _check_angles(rows, stations)
    if missing := set(drawing.scaled_rows) - {row.name for row in rows}:
        raise ValueError(f"scaled_rows: no constraint is named {sorted(missing)[0]}")
    name = (drawing.site or slug).strip()[:_NAME_MOST] or "garage"
    address = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "garage"
    scaled = frozenset(drawing.scaled_rows)
    return SiteSpec(address, name, _zone(drawing.zone or zone), drawing.transformer_kw, scaled, stations, rows, drawing.steps_from)


def _station(one: _Station, index: int) -> StationSpec:
    pilots = range(FLOOR_A, min(int(one.max_a), MAX_A) + 1) if one.pilots is None else one.pilots
    allowed_a = tuple(sorted({int(pilot) for pilot in pilots if FLOOR_A <= pilot <= one.max_a and pilot == int(pilot)}))
    if not re.fullmatch(r"[\w.-]{1,36}", one.id, re.ASCII):
        raise ValueError(f"stations: {one.id!r} cannot be the name of a charger; use 1 to 36 letters, digits, - _ .")
    if not allowed_a or not 50 <= one.voltage <= 1000 or not one.max_a <= MAX_A:
        raise ValueError(f"station {one.id}: needs voltage from 50 to 1000, max_a up to {MAX_A}, and pilots: whole amps from 6 to max_a")
    if not one.phases or one.phases != tuple(phase for phase in _PHASES if phase in one.phases):
        raise ValueError(f"station {one.id}: phases must be one to three of L1, L2, L3, in this order")
    return StationSpec(one.id, round(one.voltage), one.phase_deg, allowed_a[-1], allowed_a, _PROTOCOLS[index % len(_PROTOCOLS)], one.phases)


def _row(one: _Constraint, known: set[str]) -> Row:
    if missing := set(one.coeff) - known:
        raise ValueError(f"constraint {one.name}: no station is named {sorted(missing)[0]}")
    if not one.limit_a > 0:
        raise ValueError(f"constraint {one.name}: limit_a must be above 0")
    return Row(one.name, one.limit_a, tuple(one.coeff.items()))


def _check_angles(rows: Sequence[Row], stations: Sequence[StationSpec]) -> None:
    """A three-phase socket must be in phase with whatever shares a line with it; with different angles both together would be counted too
    low."""
    by_id = {one.id: one for one in stations}
    for row in rows:
        counted = [by_id[name] for name, weight in row.weights if weight]
        if any(one.loads == 3 for one in counted) and len({one.phase_deg for one in counted}) > 1:
            raise ValueError(f"constraint {row.name}: phase_deg must be the same for all its stations, as one of them has three phases")


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'zone: {name!r} is no zone of the world; write one such as "Europe/Berlin"') from error
