"""Power: a Problem in, a numbered Plan out; what may be sent at once, the safe fallback, and the bound no plan can beat."""

from forecourt.planning.baselines import Baseline, Rule
from forecourt.planning.documents import parse_problem, plan_json
from forecourt.planning.linear import LinearShare
from forecourt.planning.model import (
    EvseLimits,
    Limits,
    Node,
    Plan,
    PlanSession,
    PlanSetpoint,
    PlanStatus,
    Policy,
    Problem,
    Row,
)
from forecourt.planning.releasing import Release, fallback_a, release
from forecourt.planning.solver import Solver
from forecourt.planning.wiring import Grid, grid
from forecourt.planning.yardstick import BoundResult, bound

__all__ = [
    "Baseline",
    "BoundResult",
    "EvseLimits",
    "Grid",
    "Limits",
    "LinearShare",
    "Node",
    "Plan",
    "PlanSession",
    "PlanSetpoint",
    "PlanStatus",
    "Policy",
    "Problem",
    "Release",
    "Row",
    "Rule",
    "Solver",
    "bound",
    "fallback_a",
    "grid",
    "parse_problem",
    "plan_json",
    "release",
]
