"""What a site's storage should do now: advice for its operator and the battery's controller. We do not control inverters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.ports.store import Store
from forecourt.flows.power.energy_costs import paid_w, supply_from
from forecourt.flows.power.site_power import STEP_S, load_site_state, problem_of
from forecourt.planning import DISCOUNT_PER_H, Problem, Supply, maximize_profit, site_cap, variable_edges
from forecourt.stations import Site


@dataclass(frozen=True, slots=True)
class StorageAdvice:
    """watts: positive to charge, negative to discharge. because: why there is no advice, if watts is None."""

    watts: int | None
    until: datetime
    because: str = ""


def storage_advice(store: Store, site: Site, at: datetime) -> StorageAdvice | None:
    """The advice of the program over the hours, on which the next plan's cap relies. None if the site has no storage."""
    costs, until = store.plans.energy_costs(site.id), at + timedelta(seconds=STEP_S)
    if costs is None or costs.plant is None or costs.plant.storage is None:
        return None
    if costs.contract is None:
        return StorageAdvice(None, until, "Energy costs are missing.")
    supply = supply_from(costs.contract, costs.plant, site, at)
    if supply.storage is None:
        return StorageAdvice(None, until, "Its level is unknown: none was reported in the last hour.")
    problem = problem_of(load_site_state(store, site.id, at), store.drivers.needs(site.id), 1, at, trusting=True)
    watts = _storage_w(problem, supply, float(paid_w(store, site, costs, at)))
    return StorageAdvice(watts, until, "" if watts is not None else "No result could be calculated.")


def _storage_w(problem: Problem, supply: Supply, paid: float) -> int | None:
    cap = site_cap(problem, supply, paid)
    if cap is not None and cap.steps and cap.steps[0].mix is not None:
        return round(cap.steps[0].mix.storage_w)
    edges = variable_edges(problem.now, (), supply, timedelta(seconds=problem.step_s))
    found = maximize_profit((), supply, paid, edges, DISCOUNT_PER_H)
    return round(float(found.mix.storage_w[0])) if found is not None and found.mix is not None else None
