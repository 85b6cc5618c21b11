"""Towns by name, without an outside service: those on our maps (static/map/outline.json, Natural Earth)."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from forecourt.stations import Position


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    position: Position


def town_called(name: str) -> Town | None:
    """The largest of the towns of that name."""
    return _towns().get(plain(name.strip()))


def plain(text: str) -> str:
    """Normalises a name: Straße, STRASSE and Strasse are equal, and so are Orléans and Orleans."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


@cache
def _towns() -> dict[str, Town]:
    """Read once, at the first search. The file has the largest first."""
    drawn = json.loads((files("forecourt.web") / "static" / "map" / "outline.json").read_text("utf-8"))["features"]
    found: dict[str, Town] = {}
    for one in drawn:
        if one["properties"]["kind"] == "town":
            name, (longitude, latitude) = one["properties"]["name"], one["geometry"]["coordinates"]
            found.setdefault(plain(name), Town(name, Position(latitude, longitude)))
    return found
