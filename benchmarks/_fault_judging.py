"""Checks the currents of a random day against every limit at each change; what no one can prevent is counted separately."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from _fault_allowances import SiteAllowance
from _fault_losses import knowable_a
from _fault_site import Socket

from forecourt.planning import Grid

CUT_S = 180  # no charger can obey sooner than it is told, and the slowest needs two minutes


@dataclass
class Judge:
    """The most above a limit. over: what can be told something has no part in it no more than it must; helpless: what chargers that cannot
    carry alone; unknown: what flows through chargers that have lost their fallback, before anybody can know."""

    figures: Counter[str] = field(default_factory=Counter)
    over_a: float = 0.0
    helpless_a: float = 0.0
    unknown_a: float = 0.0
    over_w: float = 0.0
    helpless_w: float = 0.0

    def wires(self, binding: Grid, sockets: Sequence[Socket], now: float) -> None:
        known = {one.evse.label: knowable_a(one, now, CUT_S) for one in sockets}
        excess = _excess_a(binding, known)
        drawn = _excess_a(binding, {one.evse.label: one.draws_a(now) for one in sockets})
        if drawn > max(excess, 0.0) + 1e-6:
            self.unknown_a = max(self.unknown_a, drawn)
            self.figures["unknown"] += 1
        if excess <= 1e-6:
            return
        alone = _excess_a(binding, {one.evse.label: a for one in sockets if (a := known[one.evse.label]) and _is_out_of_contact(one, now)})
        if alone > 1e-6:
            self.helpless_a = max(self.helpless_a, alone)
            self.figures["helpless"] += 1
        if excess > alone + 1e-6 or alone <= 1e-6:
            self.figures["over"] += 1
            self.over_a = max(self.over_a, excess)

    def allowances(self, allowances: Sequence[SiteAllowance], sockets: Sequence[Socket], now: float, planned_since: float) -> None:
        bound = [one.watts for one in allowances if one.binds(now, CUT_S, planned_since)]
        if not bound:
            return
        watts = {one.evse.label: knowable_a(one, now, CUT_S) * 230 * len(one.evse.phases) for one in sockets}
        alone = sum(watts[one.evse.label] for one in sockets if _is_out_of_contact(one, now))
        if (excess := sum(watts.values()) - max(alone, min(bound))) > 1e-3:
            self.figures["over_allowed"] += 1
            self.over_w = max(self.over_w, excess)
        if alone > min(bound):
            self.figures["helpless_allowed"] += 1
            self.helpless_w = max(self.helpless_w, alone - min(bound))


def _excess_a(binding: Grid, amps: dict[str, float]) -> float:
    return float((binding.loads_a(binding.vector(amps)) - binding.limits_a).max())


def _is_out_of_contact(socket: Socket, now: float) -> bool:
    """It cannot be told anything, or not for long enough to have obeyed."""
    return socket.delay_s is None or not socket.linked or now - socket.linked_at < CUT_S
