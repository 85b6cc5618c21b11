"""What happened to a charger or one of its sockets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import BadInput, ChargerId, OperatorId, SiteId


class IncidentKind(StrEnum):
    OFFLINE = "OFFLINE"
    FAULTED = "FAULTED"
    UNAVAILABLE = "UNAVAILABLE"  # out of use, as it reported or because it was set so
    NO_START = "NO_START"  # it was asked to start a charge, and did not


@dataclass(frozen=True, slots=True)
class Incident:
    """number: of the socket; 0 = the whole charger. until: equal to since for an event without duration, None while it lasts.
    error: the charger's own code, or the outcome of a start."""

    operator_id: OperatorId
    site_id: SiteId
    charger_id: ChargerId
    number: int
    what: IncidentKind
    since: datetime
    until: datetime | None
    error: str = ""

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise BadInput("past", f"{self.what.value.lower()} of {self.charger_id} would end before it began.")
