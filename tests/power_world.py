"""A small forecourt's power, played: plans made, orders answered, grants looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecourt.flows.answers import apply_order_result
from forecourt.flows.ports import ChargerOrder, Grant
from forecourt.flows.power import plan_power
from forecourt.planning import Plan, Problem, Solver
from forecourt.stations import LimitRow, Obedience, OrderResult, Outcome, SetLimit

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Planner:
    """The real solver, without a stopwatch."""

    took_ms = None

    def __init__(self) -> None:
        self._solver = Solver()

    def plan(self, problem: Problem) -> Plan:
        return self._solver.plan(problem)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def plan(forecourt, minute: float) -> dict[str, int]:
    """The plan's amps by EVSE label."""
    with forecourt.transactions.begin() as store:
        paper = plan_power(store, forecourt.site_id, at(minute), forecourt.ids, Planner())
        labels = {evse.id: evse.label for evse in store.stations.evses(forecourt.site_id)}
    return {labels[one.evse_id]: one.limit_a for one in paper.setpoints} if paper else {}


def deliver(forecourt, minute: float, outcome: Outcome = Outcome.ACCEPTED) -> list[tuple[str, object]]:
    """Every open order is answered, and what those answers bring about; (charger, order) in that order."""
    done = []
    with forecourt.transactions.begin() as store:
        for item in store.outbox.claim("charger", at(minute), 100, 60):
            assert isinstance(item.work, ChargerOrder)
            apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), forecourt.ids)
            store.outbox.done(item.id, at(minute), outcome)
            done.append((str(item.key), item.work.order))
    return [*done, *deliver(forecourt, minute, outcome)] if done else []


def limits(delivered: list[tuple[str, object]]) -> dict[str, int]:
    return {charger: order.limit_a for charger, order in delivered if isinstance(order, SetLimit)}


def grant(forecourt, number: int) -> Grant:
    with forecourt.transactions.begin() as store:
        return store.plans.grant(forecourt.evse_id(number))


def limited(forecourt, amps: float) -> None:
    """The site's wire carries this much from now on."""
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, limits=(LimitRow("supply", float(amps), site.limits[0].weights),)))


def unheld(forecourt, *numbers: int) -> None:
    """These chargers obey, and have accepted no fallback yet."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in numbers:
            store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(number)), fallback_a=None))


def safe_fallback(forecourt) -> None:
    """Every charger is known to obey and has accepted a fallback of 0 A, so an idle one counts for nothing."""
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            evse = store.stations.evse(forecourt.evse_id(number))
            store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, fallback_a=0, obeys=Obedience.OBEYS))
