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
    """Bays of a site that are all in the same state. connected: whether their chargers are connected. charge: the phase of the charge
    there; None: there is none. stopped: the newest plan allows them 0 A. promised: each is reserved, for a booking or for a driver
    called from the queue. draws: a charge there draws power. labels: of the bays. power_w: the sum over these bays."""

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
        """All bays at the operator's sites except retired ones, by site and state."""
        ...

    def chargers(self, operator_id: OperatorId) -> Sequence[ChargerSummary]:
        """The operator's chargers that have been approved or refused, and such chargers that belong to no operator; by id."""
        ...
