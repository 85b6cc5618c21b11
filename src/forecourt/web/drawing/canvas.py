"""The few SVG elements every picture is made of, and its axes."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape


def number(value: float) -> str:
    """A coordinate with at most one decimal: pictures stay small."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(slots=True)
class Canvas:
    """Collects elements; `svg` closes the picture. title is read by screen readers in place of the drawing."""

    width: int
    height: int
    title: str
    css: str = "picture"
    parts: list[str] = field(default_factory=list)

    def add(self, element: str) -> None:
        self.parts.append(element)

    def rect(self, x: float, y: float, width: float, height: float, css: str, radius: float = 0) -> None:
        rounded = f' rx="{number(radius)}"' if radius else ""
        self.add(
            f'<rect class="{css}" x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(height)}"{rounded}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        self.add(f'<line class="{css}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>')

    def path(self, points: Iterable[tuple[float, float]], css: str, close: bool = False) -> None:
        drawn = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(f'<path class="{css}" d="M{drawn}{"Z" if close else ""}"/>')

    def text(self, x: float, y: float, text: str, css: str = "", anchor: str = "start") -> None:
        css_class = f' class="{css}"' if css else ""
        self.add(f'<text{css_class} x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>')

    def svg(self, role: str = "img") -> Markup:
        label = escape(self.title)
        body = "".join(self.parts)
        return Markup(  # noqa: S704 - every text that reaches the parts was escaped on its way
            f'<svg class="{self.css}" viewBox="0 0 {self.width} {self.height}" role="{role}" aria-label="{label}">{body}</svg>'
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from a range of values to a range of pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        spread = self.high - self.low or 1.0
        return self.start + (value - self.low) / spread * (self.end - self.start)


def nice_ceiling(value: float) -> float:
    """The next round number above: 1, 2, 2.5, 4, 5, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 2.5, 4, 5, 8, 10) if step * power >= value * 0.9999))


def axis_marks(top: float) -> list[float]:
    """From zero to the result of `nice_ceiling`, in equal round steps: quarters for 2, 4 and 8, fifths for the others."""
    parts = 4 if f"{top:e}"[0] in "48" or f"{top:.1e}".startswith("2.0") else 5
    return [top * part / parts for part in range(parts + 1)]


def hour_marks(start: datetime, end: datetime, zone: str, max_marks: int) -> Iterator[tuple[datetime, str]]:
    """Whole local hours (minutes in a short span) between two instants, at most `max_marks`, with their labels."""
    steps = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
    minutes = next((step for step in steps if (end - start) / timedelta(minutes=step) <= max_marks), steps[-1])
    # Stepping in UTC skips the hours that a local clock skips. 15 minutes suit zones with odd offsets.
    mark = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while mark <= end:
        local = mark.astimezone(ZoneInfo(zone))
        if mark >= start and (local.hour * 60 + local.minute) % minutes == 0:
            yield mark, local.strftime("%H:%M")
        mark += timedelta(minutes=min(minutes, 15))
