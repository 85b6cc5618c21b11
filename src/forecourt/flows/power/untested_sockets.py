"""Sockets that have not been seen to keep a limit: keeping room for all they can draw, and orders that reveal whether they obey.

The maximum of an untested socket is kept free while a car is there, as far as charging cars keep their floors; at sites with strict
commissioning always, and no charge begins there without that room. Meanwhile it is sent its maximum and, once its car draws, half of
what it draws: a car that goes down to just that proves that its socket obeys. A socket that has disobeyed too often is sent its maximum,
too, as that is kept free for it anyway. If such loads alone exceed a limit, all of them are sent 0: one that obeys late, or is untested,
may help.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.power_plans import Grant
from forecourt.kernel import EvseId
from forecourt.planning import EvseLimits, Limits, Plan, PlanSetpoint, PlanStatus, evses_that_fit
from forecourt.sessions import Session
from forecourt.stations import TOLERANCE_MA, ConnectorState, Evse, Obedience, Socket

ABOUT_TO_START = timedelta(minutes=2)
# How long room is made for a car that was plugged in at an untested socket and has not begun.
HEADROOM_KEPT_FOR = timedelta(minutes=10)
# Drawing less than this above the lowest pilot, a car cannot go down by enough for a meter to show it.
VISIBLE_DROP_A = 2.0
FOLLOWS = 0.7  # a car that takes this share of its limit is held down by it


def untested(grant: Grant | None) -> bool:
    return grant is None or grant.obedience is Obedience.UNTESTED


def about_to_start(socket: Socket | None, at: datetime) -> bool:
    """Whether a car was just plugged in. One that stays plugged in without a charge no longer counts."""
    return socket is not None and socket.state is ConnectorState.OCCUPIED and socket.at is not None and at - socket.at <= ABOUT_TO_START


def waits_for_room(socket: Socket | None, grant: Grant | None, at: datetime) -> bool:
    """Whether a car waits at an untested socket without a charge: plugged in recently, or refused a moment ago."""
    asked_at = grant.refused_at if grant is not None else None
    plugged_in = (
        socket is not None and socket.state is ConnectorState.OCCUPIED and socket.at is not None and at - socket.at <= HEADROOM_KEPT_FOR
    )
    return plugged_in or (asked_at is not None and at - asked_at <= ABOUT_TO_START)


def in_service(socket: Socket | None) -> bool:
    """Whether a charge can begin at a socket, judged by its state."""
    return socket is None or socket.state not in (ConnectorState.UNAVAILABLE, ConnectorState.FAULTED)


def sockets_with_headroom(
    rows: Limits, limits: Sequence[EvseLimits], by_label: Mapping[str, Evse], loads_a: Mapping[str, float], preferred: Sequence[str]
) -> frozenset[EvseId]:
    """The sockets for whose maximum there is room beside the loads, tried in the order of `preferred`."""
    return frozenset(by_label[label].id for label in evses_that_fit(rows, limits, loads_a, preferred)) if preferred else frozenset()


def follows(current_ma: int, limit_a: int) -> bool:
    """Whether a reading within its limit is explained by the limit: an idle or finished car explains itself."""
    return limit_a > 0 and current_ma >= FOLLOWS * limit_a * 1000


def can_show(grant: Grant, current_ma: int | None, evse: Evse) -> bool:
    """Whether lowering its limit would show on the meter: its car draws enough, and its last order is verified."""
    return untested(grant) and grant.verified and (current_ma or 0) >= 1000 * (evse.min_a + VISIBLE_DROP_A)


def with_uncontrolled_loads(plan: Plan, loads: Sequence[tuple[EvseLimits, Grant, Session]]) -> Plan:
    """The plan with orders for cars outside it that can be sent some; 0 if such loads already exceed a limit.

    loads: with the session at each. A session without a driver gets no order but that 0.
    """
    is_infeasible = plan.status is PlanStatus.INFEASIBLE
    added = [
        PlanSetpoint(
            limits.id, str(session.id), 0 if is_infeasible else _load_a(limits, grant, session), _because(limits, grant, is_infeasible)
        )
        for limits, grant, session in loads
        if is_infeasible or session.driver_id is not None
    ]
    return replace(plan, setpoints=(*plan.setpoints, *added)) if added else plan


def _load_a(limits: EvseLimits, grant: Grant, session: Session) -> int:
    return limits.pilots_a[-1] if grant.quarantined else probe_a(limits, grant, session.current_ma)


def probe_a(limits: EvseLimits, grant: Grant, current_ma: int | None) -> int:
    """Its maximum until the car draws enough; then half of what it draws, until the car has gone down with it.

    Not before the last order is verified: what is seen after two orders at once may be due to either, and proves nothing.
    """
    pilots, draws_a = limits.pilots_a, (current_ma or 0) / 1000
    sent_a = grant.sent_a
    if sent_a is not None and pilots[0] <= sent_a < draws_a - TOLERANCE_MA / 1000:
        return sent_a
    if draws_a < pilots[0] + VISIBLE_DROP_A:
        return pilots[-1]
    half = max((pilot for pilot in pilots if pilot <= draws_a / 2), default=pilots[0])
    return sent_a if sent_a is not None and sent_a > half and not grant.verified else half


def _because(limits: EvseLimits, grant: Grant, is_infeasible: bool) -> str:
    if is_infeasible:
        return "Loads that cannot be controlled already exceed a limit, so all cars are stopped."
    if grant.quarantined:
        return f"It has ignored its limits: {limits.max_a} A is kept free for it until it passes a test."
    return f"Not tested yet: {limits.max_a} A is kept free for it until its meter shows that it keeps a limit."
