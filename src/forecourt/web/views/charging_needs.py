"""What a driver stated about a charge."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Text


@dataclass(frozen=True, slots=True)
class NeedView:
    """The driver's statement about a charge, for the form. battery_kwh is remembered from earlier charges. hours_differ: whether energy has
    more than one price in the day ahead, so that choosing hours makes sense. sun: whether the place has solar power. last: nothing was
    stated for this charge; the rest is from the previous one here, and applies once it is stated again. last_departure: when that one was
    to leave."""

    energy_kwh: int | None = None
    stop_there: bool = False
    pace: str = "FAST"
    battery_kwh: int | None = None
    target_percent: int | None = None
    hours_differ: bool = False
    sun: bool = False
    last: bool = False
    last_departure: datetime | None = None

    @property
    def paces(self) -> tuple[tuple[str, str], ...]:
        """The choices here, in words; a single one is no choice."""
        cheap = (("CHEAP", Text("in the cheapest hours")),) if self.hours_differ or self.pace == "CHEAP" else ()
        green = (("GREEN", Text("while the sun shines here")),) if self.sun or self.pace == "GREEN" else ()
        return (("FAST", Text("as soon as there is power")), *cheap, *green)


NOTHING_STATED = NeedView()
