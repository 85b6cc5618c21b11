"""What a charger says it gives a socket, all limits it knows combined (OCPP's composite schedule)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MAX_PERIODS = 24


@dataclass(frozen=True, slots=True)
class OwnSchedule:
    """Asked at `at`. unit: amps of each phase, or watts of all. steps: (seconds from `at`, maximum from there on), never empty.

    accepted_a: the limit it had been sent and had accepted, in amps of the site; None = not certain.
    """

    evse_number: int
    at: datetime
    unit: Literal["A", "W"]
    steps: tuple[tuple[int, float], ...]
    accepted_a: int | None = None
