"""How a whole network stands now, told in few rows: its bays counted where they are alike, its chargers without their settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Approval, ConnectorState
from forecourt.tariffs import PhaseState


@dataclass(frozen=True, slots=True)
class BayCount:
    """Bays of a site of which all the same is known. connected: their chargers are. charge: what goes on there, None: nothing.
    stopped: the newest plan gives it no ampere. promised: kept for a booking, or for who is called from the queue. power_w: of all
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
    """signs_by_hand: it asked for a certificate that a person has to have signed. limited: it has told of limits of others, which may be
    over or set aside."""

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
        """Of all that stand at its sites, those that were taken out of service left out."""
        ...

    def chargers(self, operator_id: OperatorId) -> Sequence[ChargerSummary]:
        """Those that are at its sites or were refused there, and those that were refused and are nobody's; by id."""
        ...
