"""Known deviations of chargers by make, and how they are handled: one file per make in `makes`, with public sources."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_MAX_DIGITS = 18


class QuirkKind(StrEnum):
    LOCAL_TIME = "LOCAL_TIME"  # times without a zone are local to its place
    NO_END = "NO_END"  # is sent limits without an end
    NO_READING_ON_REQUEST = "NO_READING_ON_REQUEST"  # is not asked for readings
    NO_ZERO_FALLBACK = "NO_ZERO_FALLBACK"  # is never sent a fallback of 0
    WATTS_ALONE = "WATTS_ALONE"  # is sent watts, whatever it says it takes


@dataclass(frozen=True, slots=True)
class Quirk:
    """words: for the operator. source: where it is documented. mended: the first firmware without it; empty = none known."""

    kind: QuirkKind
    words: str
    source: str
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Make:
    """Chargers identified by what they report at boot. model: a pattern, * for anything."""

    vendor: str
    model: str
    quirks: tuple[Quirk, ...]

    def includes(self, vendor: str, model: str) -> bool:
        return vendor.strip().lower() == self.vendor.lower() and fnmatchcase(model.strip().lower(), self.model.lower())


@cache
def makes() -> tuple[Make, ...]:
    listed = sorted((files("forecourt.stations") / "makes").iterdir(), key=lambda one: one.name)
    return tuple(_make(tomllib.loads(one.read_text("utf-8"))) for one in listed if one.name.endswith(".toml"))


@lru_cache(maxsize=1024)
def quirks_of(vendor: str, model: str, firmware: str) -> tuple[Quirk, ...]:
    """The quirks of a charger that identifies itself like this."""
    of_model = [quirk for make in makes() if make.includes(vendor, model) for quirk in make.quirks]
    return tuple(quirk for quirk in of_model if not (quirk.mended and firmware and _parts(firmware) >= _parts(quirk.mended)))


def has_quirk(kind: QuirkKind, vendor: str, model: str, firmware: str) -> bool:
    return any(quirk.kind is kind for quirk in quirks_of(vendor, model, firmware))


def _make(read: dict[str, Any]) -> Make:
    return Make(read["vendor"], read["model"], tuple(Quirk(QuirkKind(one.pop("kind")), **one) for one in read["quirk"]))


def _parts(firmware: str) -> list[int]:
    """The version's numbers in order: 055.10 is after 055.6. Chargers may send anything, so each number is cut to a sane length."""
    return [int(part[:_MAX_DIGITS]) for part in re.findall(r"\d+", firmware)]
