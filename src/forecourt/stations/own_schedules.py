"""What a charger says that it gives a socket, all limits that it knows taken together (OCPP's composite schedule)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MOST_PERIODS = 24


@dataclass(frozen=True, slots=True)
class OwnSchedule:
    """Asked at `at`. unit: amps of each phase, or watts of all. steps: seconds from then on, and the most from there; none is empty.

    told_a: what it had been told and had accepted, in amps of the site; None = nothing that is certain.
    """

    evse_number: int
    at: datetime
    unit: Literal["A", "W"]
    steps: tuple[tuple[int, float], ...]
    told_a: int | None = None
