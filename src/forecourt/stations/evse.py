"""A bay that can charge a vehicle: its socket, what it may draw, and what else it offers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import BadInput, ChargerId, EvseId, OperatorId, SiteId
from forecourt.stations.bays import TETHERED, BayTraits, Feature

_PLAIN_BAY = BayTraits()


@dataclass(frozen=True, slots=True)
class Evse:
    """One bay that can charge one vehicle at a time.

    number: the EVSE's number at its charger (OCPP 1.6: the connector id), from 1.
    kind: what a driver books: sockets of the same kind at a site are interchangeable ("Type 1 7 kW").
    phases: of the site's supply, "L1", "L2", "L3"; two phases = line to line.
    phase_deg: angle of its current in the site's phasor rows.
    allowed_a: the currents a pilot may take; empty = every whole amp from min_a to max_a.
    """

    id: EvseId
    operator_id: OperatorId
    site_id: SiteId
    charger_id: ChargerId
    number: int
    label: str
    standard: str  # OCPI ConnectorType: IEC_62196_T1, IEC_62196_T2, IEC_62196_T2_COMBO, ...
    kind: str
    phases: tuple[str, ...]
    voltage_v: int
    max_a: int
    min_a: int = 6
    phase_deg: float = 0.0
    allowed_a: tuple[int, ...] = ()
    bay_x: float = 0.0  # place on the site plan, metres
    bay_y: float = 0.0
    retired_at: datetime | None = None  # from then on it is history: nobody charges there, and it is not shown
    meter_key: str = ""  # the meter's public key (DER as hex or base64), as printed on it; empty = readings need not be signed
    bay: BayTraits = _PLAIN_BAY  # as the operator described it

    def __post_init__(self) -> None:
        if not 0 < self.min_a <= self.max_a:
            raise BadInput("evse_current", f"{self.label}: 0 < min_a <= max_a does not hold ({self.min_a}, {self.max_a}).")

    @property
    def max_power_w(self) -> int:
        """Power at full current: two-phase sockets see the line-to-line voltage once, three-phase ones three times."""
        return self.voltage_v * self.max_a * (3 if len(self.phases) == 3 else 1)

    @property
    def offers(self) -> BayTraits:
        """The bay's traits, including the cable if its plug always comes with one."""
        tethered = self.standard in TETHERED and Feature.CABLE not in self.bay.features
        return replace(self.bay, features=(*self.bay.features, Feature.CABLE)) if tethered else self.bay


def in_service(evses: Iterable[Evse]) -> list[Evse]:
    """The EVSEs that are not retired."""
    return [evse for evse in evses if evse.retired_at is None]
