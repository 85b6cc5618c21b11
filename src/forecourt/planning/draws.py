"""What cars have shown to take, remembered while it cannot be measured: for some time after each change of an order."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.planning.model import PlanSession
from forecourt.planning.wants import RAMP_A, SHORT_A


class Draws:
    """Of one site, between its plans. A battery that takes less than it is offered will not take more later."""

    def __init__(self) -> None:
        self._took_a: dict[str, float] = {}

    def remembered(self, sessions: Sequence[PlanSession]) -> tuple[PlanSession, ...]:
        """Each with its settled measurement; where it has none, with what it took when it was last offered more."""
        here = {one.id for one in sessions}
        self._took_a = {name: took_a for name, took_a in self._took_a.items() if name in here}
        return tuple(self._remembered(one) for one in sessions)

    def _remembered(self, session: PlanSession) -> PlanSession:
        took_a = self._took_a.get(session.id)
        if session.drawing_a is not None and session.offered_a is not None:
            if session.drawing_a < session.offered_a - SHORT_A:
                self._took_a[session.id] = session.drawing_a
            elif took_a is not None and session.drawing_a >= took_a:
                del self._took_a[session.id]
            return session
        return session if not took_a else replace(session, drawing_a=took_a, offered_a=took_a + RAMP_A)
