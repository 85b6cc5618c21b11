"""Sockets that nobody has seen keep a limit: room for all they can draw, and orders that show what they do.

What an untested socket may draw is kept free while a car is there, as far as cars that charge keep their floors; at sites with strict
commissioning always, and no charge begins there without that room. Meanwhile it is told all it can take, and, once its car draws, half of
that: a car that goes down to just that has shown that its socket obeys. A socket that has disobeyed too often is told all it can take as
well, as that is kept free for it anyhow. Where such loads alone exceed a limit, all of them are told 0: one that obeys late, or that nobody
has tried, may help.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.kernel import EvseId
from forecourt.planning import EvseLimits, Limits, Plan, PlanSetpoint, PlanStatus, who_fits
from forecourt.sessions import Session
from forecourt.stations import TOLERANCE_MA, ConnectorState, Evse, Obedience, Socket

ABOUT_TO_START = timedelta(minutes=2)
# So long room is made for a car that was plugged in at an untested socket and has not begun.
ROOM_FOR = timedelta(minutes=10)
# A car that takes less than this above the lowest pilot has too little to give up for a meter to show it.
SHOWS_A = 2.0
FOLLOWS = 0.7  # a car that takes this share of its limit is kept down by it


def untested(grant: Grant | None) -> bool:
    return grant is None or grant.obedience is Obedience.UNTESTED


def about_to_start(socket: Socket | None, at: datetime) -> bool:
    """A car was just plugged in. One that stays plugged in without a charge counts no longer."""
    return socket is not None and socket.state is ConnectorState.OCCUPIED and socket.at is not None and at - socket.at <= ABOUT_TO_START


def waits_for_room(socket: Socket | None, grant: Grant | None, at: datetime) -> bool:
    """A car at an untested socket, whose charge has not begun: plugged in of late, or refused a moment ago."""
    asked_at = grant.asked_at if grant is not None else None
    plugged_in = socket is not None and socket.state is ConnectorState.OCCUPIED and socket.at is not None and at - socket.at <= ROOM_FOR
    return plugged_in or (asked_at is not None and at - asked_at <= ABOUT_TO_START)


def in_service(socket: Socket | None) -> bool:
    """No charge can begin at a socket that is not."""
    return socket is None or socket.state not in (ConnectorState.UNAVAILABLE, ConnectorState.FAULTED)


def room_kept(
    rows: Limits, limits: Sequence[EvseLimits], by_label: Mapping[str, Evse], loads_a: Mapping[str, float], first: Sequence[str]
) -> frozenset[EvseId]:
    """Of the sockets named, those for whose maximum there is room beside the loads; who came first has it first."""
    return frozenset(by_label[label].id for label in who_fits(rows, limits, loads_a, first)) if first else frozenset()


def follows(current_ma: int, limit_a: int) -> bool:
    """A reading within its limit that the limit explains: an idle or finished car explains itself."""
    return limit_a > 0 and current_ma >= FOLLOWS * limit_a * 1000


def can_show(grant: Grant, current_ma: int | None, evse: Evse) -> bool:
    """Told less now, its meter would show what the socket does: its car draws enough, and its last order has been borne out."""
    return untested(grant) and grant.verified and (current_ma or 0) >= 1000 * (evse.min_a + SHOWS_A)


def with_loads(plan: Plan, loads: Sequence[tuple[EvseLimits, Grant, Session]]) -> Plan:
    """The plan, and what cars outside it that can be told something are told; 0 where such loads already exceed a limit.

    loads: with the session at each. One of nobody known is told nothing but that 0.
    """
    lost = plan.status is PlanStatus.INFEASIBLE
    told = [
        PlanSetpoint(limits.id, str(session.id), 0 if lost else _load_a(limits, grant, session), _because(limits, grant, lost))
        for limits, grant, session in loads
        if lost or session.driver_id is not None
    ]
    return replace(plan, setpoints=(*plan.setpoints, *told)) if told else plan


def _load_a(limits: EvseLimits, grant: Grant, session: Session) -> int:
    return limits.pilots_a[-1] if grant.quarantined else probe_a(limits, grant, session.current_ma)


def probe_a(limits: EvseLimits, grant: Grant, current_ma: int | None) -> int:
    """All it can take until its car draws enough; then half of that, for as long as the car has not gone down with it.

    Not before the last order has been borne out: what is seen after two orders at once may be the doing of either, and proves nothing.
    """
    pilots, draws_a = limits.pilots_a, (current_ma or 0) / 1000
    told = grant.sent_a
    if told is not None and pilots[0] <= told < draws_a - TOLERANCE_MA / 1000:
        return told
    if draws_a < pilots[0] + SHOWS_A:
        return pilots[-1]
    half = max((pilot for pilot in pilots if pilot <= draws_a / 2), default=pilots[0])
    return told if told is not None and told > half and not grant.verified else half


def _because(limits: EvseLimits, grant: Grant, lost: bool) -> str:
    if lost:
        return "Loads that cannot be controlled already exceed a limit, so all cars are stopped."
    if grant.quarantined:
        return f"It has ignored its limits: {limits.max_a} A is kept free for it until it passes a test."
    return f"Not tested yet: {limits.max_a} A is kept free for it until its meter shows that it keeps a limit."
