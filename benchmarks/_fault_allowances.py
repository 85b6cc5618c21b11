"""A site's power allowances on a random day: announced immediately or hours ahead, with an end or until lifted; and who would draw more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from _fault_site import OPERATOR, SITE
from _sequential_ids import SequentialIds

from forecourt.flows.chargers import apply_allowance, lift_allowance
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Store
from forecourt.stations import Allowance, AllowanceStep

LEAD_S = 360  # plans go down so long before


@dataclass
class SiteAllowance:
    """Seconds of the day. told: when it is told; start, end: from when to when it holds; lifted: by hand, else by itself."""

    source: str
    announced_at: float
    start: float
    end: float
    watts: int
    lifted: bool

    def announce(self, store: Store, at: Callable[[float], datetime], ids: SequentialIds) -> None:
        until = None if self.lifted else at(self.end)
        allowance = Allowance(self.source, at(self.announced_at), (AllowanceStep(at(self.start), self.watts),), until)
        apply_allowance(store, Staff(OPERATOR, "system", at(self.announced_at), ids), SITE, allowance)

    def lift(self, store: Store, at: Callable[[float], datetime], ids: SequentialIds) -> None:
        lift_allowance(store, Staff(OPERATOR, "system", at(self.end), ids), SITE, self.source)

    def binds(self, now: float, cut_s: float, planned_since: float) -> bool:
        """Not before its source has told it and somebody has had the time to plan."""
        return max(self.start, self.announced_at + cut_s, planned_since + cut_s) <= now < self.end


def draw_allowances(dice: Random, day_s: float, supply_w: float) -> Iterator[SiteAllowance]:
    for n in range(dice.randint(1, 4)):
        announced_at = dice.uniform(600, day_s - 3600)
        start = announced_at if dice.random() < 0.4 else announced_at + dice.uniform(60, 3 * 3600)
        yield SiteAllowance(
            f"source {n}",
            announced_at,
            start,
            start + dice.uniform(900, 2 * 3600),
            round(supply_w * dice.uniform(0.05, 0.6)),
            dice.random() < 0.4,
        )
