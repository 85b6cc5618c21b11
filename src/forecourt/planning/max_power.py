"""The most power that could flow now among the cars here, whoever gets it: shows how much a plan holds back for later."""

import numpy as np

from forecourt.planning.car_demand import demand_of_cars
from forecourt.planning.linear import LinearShare
from forecourt.planning.model import Problem
from forecourt.planning.sockets import sockets
from forecourt.planning.wiring import compile_grid


def max_power_now_w(problem: Problem) -> float:
    """Watts within every limit, ignoring floors and turns; includes loads that cannot be steered. 0 if these alone exceed a limit."""
    wired, places = compile_grid(problem.limits_now, problem.evses), sockets(problem.evses)
    fixed_a = wired.vector(problem.counted_a)
    demand = demand_of_cars(problem, [one for one in problem.sessions if one.evse not in problem.counted_a], places)
    high_a, weights = fixed_a.copy(), np.zeros(len(fixed_a))
    high_a[demand.places] = demand.spare_a
    weights[demand.places] = demand.watts_per_amp
    found = LinearShare(wired).solve(weights, fixed_a, high_a)
    return 0.0 if found is None else float(found @ places.watts_per_amp)
