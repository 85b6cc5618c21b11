"""Frozen values of power planning: the question (Problem) and the answer (Plan), independent of any solver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from math import inf

from forecourt.kernel import BadInput, utc
from forecourt.planning.profiles import Profile
from forecourt.planning.supply import PriceStep, Stay, V2gBattery


@dataclass(frozen=True, slots=True)
class EvseLimits:
    """What one EVSE can offer. allowed_a: its possible pilots, without 0; empty = every whole amp from min_a to max_a.

    phases: the supply it is wired to; two = line to line. phase_deg: angle of its current in phasor rows; None = derived from its phases.
    """

    id: str
    max_a: int
    min_a: int = 6
    voltage_v: float = 230.0
    phases: tuple[str, ...] = ("L1",)
    phase_deg: float | None = None
    allowed_a: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.min_a <= self.max_a:
            raise BadInput("evse_current", f"{self.id}: 0 < min_a <= max_a does not hold ({self.min_a}, {self.max_a}).")
        if not 0 < self.voltage_v < 2000:
            raise BadInput("evse_voltage", f"{self.id}: {self.voltage_v} V is not a charging voltage.")
        if self.phases not in PHASES_DEG:
            raise BadInput("evse_phases", f"{self.id}: {list(self.phases)} are not supply phases.", "Name one, two or three of L1, L2, L3.")

    @property
    def pilots_a(self) -> tuple[int, ...]:
        """Every current it can be set to offer, rising, without 0."""
        return _pilots(self.allowed_a, self.min_a, self.max_a)

    @property
    def watts_per_amp(self) -> float:
        """voltage_v is line to neutral for one and three phases, line to line for two."""
        return self.voltage_v * (3 if len(self.phases) == 3 else 1)

    @property
    def angle_deg(self) -> float:
        return PHASES_DEG[self.phases] if self.phase_deg is None else self.phase_deg


@lru_cache(maxsize=1024)
def _pilots(allowed_a: tuple[int, ...], min_a: int, max_a: int) -> tuple[int, ...]:
    return tuple(sorted({amps for amps in allowed_a or range(min_a, max_a + 1) if min_a <= amps <= max_a}))


# The angle of an EVSE's current against the voltage of L1, at unity power factor.
PHASES_DEG: Mapping[tuple[str, ...], float] = {
    ("L1",): 0.0,
    ("L2",): -120.0,
    ("L3",): 120.0,
    ("L1", "L2"): 30.0,
    ("L2", "L3"): -90.0,
    ("L1", "L3"): 150.0,
    ("L1", "L2", "L3"): 0.0,
}


@dataclass(frozen=True, slots=True)
class Row:
    """|sum of weight x current x e^(j angle)| <= limit_a, over the EVSEs named; the angles are those of the EVSEs."""

    name: str
    limit_a: float
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A panel, feeder or transformer of the electrical tree, with the EVSEs connected directly to it.

    limit_a: per phase; limit_w: over all phases. A node without a limit only groups.
    """

    name: str
    parent: str | None = None
    limit_a: float | None = None
    limit_w: float | None = None
    evses: tuple[str, ...] = ()


Limits = tuple[Row | Node, ...]


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise to a car: energy_wh in total until `by`, as far as the car takes it; never more than power_w is reserved for it.

    Anything still missing then remains owed, at that power.
    """

    energy_wh: float
    power_w: float
    by: datetime

    def __post_init__(self) -> None:
        utc(self.by)

    def required_w(self, delivered_wh: float, now: datetime) -> float:
        """The power to give now so that the rest arrives in time; 0 if nothing is left."""
        left_s = max((self.by - now).total_seconds(), 1.0)
        return min(self.power_w, max(0.0, self.energy_wh - delivered_wh) * 3600 / left_s)


@dataclass(frozen=True, slots=True)
class PlanSession:
    """One car at an EVSE.

    departure, need_wh: None = unknown (a default is assumed, see Policy); need_wh is the minimum its driver wants; beyond it the car may
    have spare power, up to limit_wh if its driver set a limit. leaves: equally likely instants of departure, used instead of `departure`
    (past ones are ignored). weight: 1 = like everybody.
    charging_since: when its present turn began, None = switched off now. pauses: times it was switched off unfinished.
    waiting_since: when it was last switched off, None = at its arrival. max_a: what cable and car can take, if known.
    drawing_a: what it drew last, once offered_a had been on offer for long enough to settle: a car that takes less has no more reserved.
    guarantee: what it was promised in advance; promises come first.
    v2g: energy it may give back in the schedule ahead (no order tells it to). hour_costs: cost of a kWh to its driver over time, in any
    unit, for a driver who prefers the best hours of the stay to charging soon; () = soon. profile: a ceiling set by somebody else;
    promises do not override it.
    """

    id: str
    evse: str
    arrival: datetime
    delivered_wh: float = 0.0
    departure: datetime | None = None
    need_wh: float | None = None
    limit_wh: float | None = None
    weight: float = 1.0
    charging_since: datetime | None = None
    waiting_since: datetime | None = None
    pauses: int = 0
    max_a: int | None = None
    drawing_a: float | None = None
    offered_a: float | None = None
    leaves: tuple[datetime, ...] = ()
    guarantee: Guarantee | None = None
    v2g: V2gBattery | None = None
    hour_costs: tuple[PriceStep, ...] = ()
    profile: Profile | None = None

    def __post_init__(self) -> None:
        for name in ("arrival", "departure", "charging_since", "waiting_since"):
            if (instant := getattr(self, name)) is not None:
                utc(instant)
        for instant in self.leaves:
            utc(instant)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a site wants its power shared.

    default_need_wh, default_stay_s: for drivers who said nothing; the stay is a mean. min_dwell_s: shortest turn before a car may be
    asked to make room; half of it if another car would leave with nothing. pause_budget: times a car may be switched off to let a starved
    one in (some cars never wake up again). starved_after_s: the longest that a car which has had nothing waits for its turn; on a
    short stay, less. look_ahead: weigh the stays of all cars here (a linear program over hours); False: this step only, by laxity.
    fairness: 0 = most energy; 1 = cars that miss most of their need, and those that have had nothing, get their turn early.
    """

    default_need_wh: float = 15_000.0
    default_stay_s: int = 4 * 3600
    min_dwell_s: int = 2700
    pause_budget: int = 1
    starved_after_s: int = 4 * 3600
    look_ahead: bool = True
    fairness: float = 1.0


@dataclass(frozen=True, slots=True)
class Problem:
    """A site at one instant.

    counted_a: EVSEs that this plan cannot steer (offline, disobeying, an order under way) and the amps each may be drawing:
    loads that stay as they are. previous: amps by EVSE in the previous plan. allowance: what all EVSEs together may draw over time, in
    addition to the limits. expected_stays: cars that may come to any free EVSE, each expected `times` times; looking ahead takes
    their energy into account.
    """

    now: datetime
    step_s: int
    evses: tuple[EvseLimits, ...]
    limits: Limits
    sessions: tuple[PlanSession, ...]
    number: int = 1
    counted_a: Mapping[str, float] = field(default_factory=dict)
    previous: Mapping[str, int] = field(default_factory=dict)
    policy: Policy = Policy()
    expected_stays: tuple[Stay, ...] = ()
    allowance: Profile | None = None

    @property
    def limits_now(self) -> Limits:
        """The limits, plus the allowance that applies as long as an order given now may still be in effect."""
        return (
            self.limits
            if self.allowance is None
            else (*self.limits, *allowed_now(self.allowance, [evse.id for evse in self.evses], self.now))
        )


def allowed_now(allowance: Profile, evses: Sequence[str], now: datetime) -> Limits:
    """The limit that the allowance sets now for these EVSEs (all that are fed through one meter), if any."""
    watts = allowance.site_order_limit_w(now)
    return (Node(allowance.label, limit_w=watts, evses=tuple(evses)),) if evses and watts < inf else ()


class PlanStatus(StrEnum):
    OPTIMAL = "OPTIMAL"
    FALLBACK = "FALLBACK"  # the solver reached its iteration limit; shared by urgency only, within every limit
    INFEASIBLE = "INFEASIBLE"  # the loads that cannot be steered exceed a limit on their own: everybody is set to 0


@dataclass(frozen=True, slots=True)
class PlanSetpoint:
    """amps: whole, 0 or one of the EVSE's pilots; because: one sentence for a person."""

    evse: str
    session: str
    amps: int
    because: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Complete: every EVSE with a session is included, those that get nothing with 0. binding: names of the limits that held a car back."""

    number: int
    status: PlanStatus
    setpoints: tuple[PlanSetpoint, ...]
    binding: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def amps(self) -> dict[str, int]:
        return {setpoint.evse: setpoint.amps for setpoint in self.setpoints}
