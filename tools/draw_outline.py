"""Draws web/static/map/outline.json, the ground of our maps, from Natural Earth: land, lakes, borders and towns.

Run: python tools/draw_outline.py FOLDER, which holds four files of https://github.com/martynafford/natural-earth-geojson (commit 0b9a6ce;
Natural Earth 4.0, public domain; some lie in archives beside their names): ne_10m_land.json, ne_10m_lakes.json,
ne_10m_admin_0_boundary_lines_land.json and ne_10m_populated_places_simple.json. The same files give the same outline.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

OUTLINE = Path(__file__).parents[1] / "src" / "forecourt" / "web" / "static" / "map" / "outline.json"
TOLERANCE_KM = 4.0  # so far a drawn line may be off
DIGITS = 2  # of degrees: a kilometre
LEAST_AREA_KM2 = {"land": 100.0, "lake": 800.0}  # smaller islands and lakes are left out
LAST_LATITUDE = -60.0  # nobody charges on the ice of the Antarctic, and its coast is long
KM_A_DEGREE = 111.2
LAST_ZOOM = 6.0  # towns that Natural Earth would show only closer than this are left out

Point = tuple[float, float]


def main(folder: Path) -> None:
    land = _shapes(folder / "ne_10m_land.json", "land")
    lakes = _shapes(folder / "ne_10m_lakes.json", "lake")
    borders = [_simpler(line) for one in _features(folder / "ne_10m_admin_0_boundary_lines_land.json") for line in _lines(one["geometry"])]
    drawn = [
        _feature("land", "MultiPolygon", land),
        _feature("lake", "MultiPolygon", lakes),
        _feature("border", "MultiLineString", borders),
        *_towns(folder / "ne_10m_populated_places_simple.json"),
    ]
    OUTLINE.parent.mkdir(exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": drawn}, ensure_ascii=False, separators=(",", ":"))
    OUTLINE.write_text(text + "\n", "utf-8")


def _features(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text("utf-8"))["features"])


def _feature(kind: str, shape: str, coordinates: object, **more: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, **more}, "geometry": {"type": shape, "coordinates": coordinates}}


def _shapes(path: Path, kind: str) -> list[list[list[Point]]]:
    """Polygons of a file, coarser, the small ones left out."""
    kept = []
    for one in _features(path):
        for rings in _polygons(one["geometry"]):
            large = [ring for ring in rings if _area_km2(ring) >= LEAST_AREA_KM2[kind]]
            if large and large[0] is rings[0] and rings[0][0][1] > LAST_LATITUDE:
                kept.append([ring for ring in map(_simpler, large) if len(ring) >= 4])
    return kept


def _towns(path: Path) -> Iterator[dict[str, Any]]:
    """The largest first, so that their names win where there is no room for all; zoom: from which on they are shown."""
    named = [(one["properties"], one["geometry"]["coordinates"]) for one in _features(path)]
    for town, place in sorted(named, key=lambda one: (-one[0]["pop_max"], one[0]["name"])):
        if town["min_zoom"] <= LAST_ZOOM:
            yield _feature("town", "Point", _rounded(place), name=town["name"], zoom=town["min_zoom"])


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def _lines(geometry: dict[str, Any]) -> list[Any]:
    return [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]


def _rounded(point: Sequence[float]) -> Point:
    return round(point[0], DIGITS), round(point[1], DIGITS)


def _area_km2(ring: Sequence[Sequence[float]]) -> float:
    flat = [_flat(point, ring[0][1]) for point in ring]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(flat))) / 2


def _flat(point: Sequence[float], latitude: float) -> Point:
    """In kilometres, as good as it is near the latitude."""
    return point[0] * KM_A_DEGREE * cos(radians(latitude)), point[1] * KM_A_DEGREE


def _simpler(line: Sequence[Sequence[float]]) -> list[Point]:
    """The line after Ramer, Douglas and Peucker, rounded; without points that fall together."""
    keep, open_parts = {0, len(line) - 1}, [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        off_km = [_off_km(line[at], line[first], line[last]) for at in range(first + 1, last)]
        if off_km and max(off_km) > TOLERANCE_KM:
            far = first + 1 + off_km.index(max(off_km))
            keep.add(far)
            open_parts += [(first, far), (far, last)]
    points = [_rounded(line[at]) for at in sorted(keep)]
    return points[:1] + [b for a, b in pairwise(points) if a != b]


def _off_km(point: Sequence[float], a: Sequence[float], b: Sequence[float]) -> float:
    """How far a point is from the way between two."""
    (x, y), (along, up) = _flat((point[0] - a[0], point[1] - a[1]), a[1]), _flat((b[0] - a[0], b[1] - a[1]), a[1])
    square = along * along + up * up
    part = max(0.0, min(1.0, (x * along + y * up) / square)) if square else 0.0
    return hypot(x - part * along, y - part * up)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
