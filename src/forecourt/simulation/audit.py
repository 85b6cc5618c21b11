"""The physical truth, measured at the chargers: what really flowed, against every limit, at every change of any current.

It knows nothing of plans or messages. Each change of one socket's actual current evaluates every row that socket is in.
"""

import cmath
import math
from dataclasses import dataclass, field

from forecourt.simulation.model import Row

ROUNDING_A = 1e-6  # what adding 54 floating point phasors may lose


@dataclass(frozen=True, slots=True)
class Violation:
    """The worst excess of one row."""

    row: str
    excess_a: float
    at: float


@dataclass(slots=True)
class PowerAudit:
    """Present currents and the worst excess so far. power_per_amp_w: voltage x phases, by socket label."""

    rows: tuple[Row, ...]
    phase_deg: dict[str, float]
    power_per_amp_w: dict[str, float]
    limit_violation_a_max: float = 0.0
    violation_seconds: float = 0.0
    changes: int = 0
    power_w_max: float = 0.0
    trace: list[tuple[float, float]] = field(default_factory=list)
    worst: dict[str, Violation] = field(default_factory=dict)
    _currents: dict[str, float] = field(default_factory=dict)
    _phasors: dict[str, complex] = field(default_factory=dict)
    _rows_of: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _over_since: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._phasors = {label: cmath.rect(1.0, math.radians(deg)) for label, deg in self.phase_deg.items()}
        for label in self.phase_deg:
            self._rows_of[label] = tuple(i for i, row in enumerate(self.rows) if any(name == label for name, _ in row.weights))

    def change(self, label: str, current_a: float, at: float) -> None:
        """Socket `label` draws `current_a` from instant `at` (unix seconds). Raises KeyError for an unknown socket."""
        self._currents[label] = current_a
        self.changes += 1
        for index in self._rows_of[label]:
            self._judge(self.rows[index], at)
        power_w = self.power_w()
        self.power_w_max = max(self.power_w_max, power_w)
        self.trace.append((at, power_w))

    def power_w(self) -> float:
        return sum(current * self.power_per_amp_w[label] for label, current in self._currents.items())

    def row_a(self, row: Row) -> float:
        """What flows in a row now."""
        currents = self._currents
        return abs(sum(weight * currents[label] * self._phasors[label] for label, weight in row.weights if currents.get(label)))

    def _judge(self, row: Row, at: float) -> None:
        excess = self.row_a(row) - row.limit_a
        if excess <= ROUNDING_A:
            since = self._over_since.pop(row.name, None)
            if since is not None:
                self.violation_seconds += max(0.0, at - since)
            return
        self._over_since.setdefault(row.name, at)
        self.limit_violation_a_max = max(self.limit_violation_a_max, excess)
        if row.name not in self.worst or excess > self.worst[row.name].excess_a:
            self.worst[row.name] = Violation(row.name, excess, at)
