"""What cars have proved able to take, remembered while it cannot be measured: for some time after each change of an order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.planning.car_demand import NOTHING_A, RAMP_A, SHORT_A
from forecourt.planning.model import PlanSession

# A car that took nothing is offered its floor again after so long; sooner if it has hardly had anything (it may be slow to wake).
_AGAIN, _AGAIN_SOON = timedelta(minutes=30), timedelta(minutes=5)
_HARDLY_WH = 500.0


@dataclass(frozen=True, slots=True)
class _Took:
    """amps: what the car took at `at`; offered_a: what it was offered."""

    amps: float
    offered_a: float
    at: datetime


class DrawMemory:
    """For one site, kept between its plans. A battery that takes less than it is offered will not take more later."""

    def __init__(self) -> None:
        self._took: dict[str, _Took] = {}

    def remembered(self, sessions: Sequence[PlanSession], at: datetime) -> tuple[PlanSession, ...]:
        """Each session with its settled measurement; without one, with what it took when it was last offered more.

        A car that took nothing counts as full for a while, even when it is offered nothing: otherwise plans would alternate between
        offering it power and finding that it takes none.
        """
        connected = {one.id for one in sessions}
        self._took = {name: took for name, took in self._took.items() if name in connected}
        return tuple(self._remembered(one, at) for one in sessions)

    def _remembered(self, session: PlanSession, at: datetime) -> PlanSession:
        took, drawing_a, offered_a = self._took.get(session.id), session.drawing_a, session.offered_a
        offered_nothing = offered_a is not None and offered_a < NOTHING_A
        if drawing_a is not None and offered_a is not None and not (offered_nothing and took is not None):
            if drawing_a < offered_a - SHORT_A:
                self._took[session.id] = _Took(drawing_a, offered_a, at)
            elif took is not None and drawing_a >= took.amps:
                del self._took[session.id]
            return session
        if took is None:
            return session
        if took.amps < NOTHING_A and at - took.at < (_AGAIN if session.delivered_wh >= _HARDLY_WH else _AGAIN_SOON):
            return replace(session, drawing_a=0.0, offered_a=took.offered_a)
        return replace(session, drawing_a=took.amps, offered_a=took.amps + RAMP_A)
