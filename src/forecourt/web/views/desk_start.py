"""What the console shows before it starts a charge for a driver."""

from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.web.views.bays import BayState


@dataclass(frozen=True, slots=True)
class StartHere:
    """A socket that is called as somebody typed. hold: what is put aside first; None where the month's account pays, or lacks says why
    there is no price."""

    evse_id: str
    label: str
    site: str
    charger: str
    state: BayState
    hold: Money | None
    lacks: str = ""
