"""Faults of a charger, by a seeded plan: the same seed gives the same faults."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Chances are per transaction message (per profile for the profile faults), between 0 and 1; spans in virtual seconds.

    lose_answer: an answer does not arrive, so the message is sent again. duplicate: an acknowledged message is sent once
    more. cut: the link breaks right after a message was sent. ignore_profiles: accept, but disobey.
    """

    lose_answer: float = 0.0
    duplicate: float = 0.0
    new_message_id: float = 0.5
    cut: float = 0.0
    cut_s: float = 300.0
    ignore_profiles: bool = False
    delay_profiles_s: float = 0.0


NO_FAULTS = FaultPlan()


class FaultInjector:
    """The plan's dice. Every question is one throw, even if its chance is 0, so that enabling one fault does not shift the others."""

    def __init__(self, plan: FaultPlan, dice: Random) -> None:
        self.plan = plan
        self._dice = dice

    def should_lose_answer(self) -> bool:
        return self._dice.random() < self.plan.lose_answer

    def should_duplicate(self) -> bool:
        return self._dice.random() < self.plan.duplicate

    def should_change_id(self) -> bool:
        return self._dice.random() < self.plan.new_message_id

    def should_cut(self) -> bool:
        return self._dice.random() < self.plan.cut
