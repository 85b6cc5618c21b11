"""The present state of a whole network in few rows: bays in the same state counted together, chargers without their settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Approval, ConnectorState
from forecourt.tariffs import PhaseState


@dataclass(frozen=True, slots=True)
class BayCount:
    """Bays of a site that are all in the same state. connected: their chargers are. charge: the phase of the charge there, None: none.
    stopped: the newest plan allows it 0 A. promised: reserved for a booking, or for a driver called from the queue. power_w: of all
    together."""

    site_id: SiteId
    socket: ConnectorState
    connected: bool
    charge: PhaseState | None
    stopped: bool
    promised: bool
    draws: bool
    labels: tuple[str, ...]
    power_w: int


@dataclass(frozen=True, slots=True)
class ChargerSummary:
    """signs_by_hand: it requested a certificate that staff must have signed. limited: it has reported limits by third parties, which may
    have ended or been dismissed."""

    id: ChargerId
    site_id: SiteId | None
    approval: Approval
    connected: bool
    vendor: str
    model: str
    firmware: str
    certificate_ends: datetime | None
    signs_by_hand: bool
    limited: bool = False


class NetworkStatus(Protocol):
    def bays(self, operator_id: OperatorId) -> Sequence[BayCount]:
        """All bays at its sites, without retired ones."""
        ...

    def chargers(self, operator_id: OperatorId) -> Sequence[ChargerSummary]:
        """Chargers approved or refused at its sites, and refused ones that belong to no operator; by id."""
        ...
