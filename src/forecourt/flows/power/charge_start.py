"""The first moment of a charge: what it may draw before it has had any order.

At sites where not all sockets can be at their maximum together, chargers make a charge without orders wait. The wait outlasts every limit
that was sent before room was made for it (`limit_ends`), so it never draws on top of one still in force; if the charger is online, the
next plan tells the charge how much it may draw, seconds after it began.

A charger that has not accepted a fallback does not wait: a charge there draws all it can at once. So none begins there without room for
that (`admission`).
"""

from datetime import datetime, timedelta

from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.power.limit_ends import CLOCK_TOLERANCE, LIMIT_DURATION
from forecourt.flows.power.untested_sockets import about_to_start, in_service
from forecourt.stations import Charger, ChargingState, ConnectorState, Evse, Protocol, Socket

# Offline for this long, room is made for a charge that may have begun there; shorter losses of contact are ignored.
OFFLINE_FOR = timedelta(minutes=30)
# How much later a charger that stops answering is noticed (16 minutes, `silence_s` of the gateway).
OFFLINE_NOTICED_WITHIN = timedelta(minutes=20)
# Limits sent before such room was made have ended before the charge draws, even if the charger goes offline right after it got one.
FALLBACK_DELAY = OFFLINE_NOTICED_WITHIN + OFFLINE_FOR + LIMIT_DURATION + CLOCK_TOLERANCE
ANSWER_WITHIN = timedelta(minutes=1)
# Back online, a charger has reported the states of its sockets by then; its charges may still follow, one message after another.
CHARGES_REPORTED_WITHIN = timedelta(minutes=5)
# If it has not reported a socket by then although it was asked, there is nothing new about it.
STATE_REPORTED_WITHIN = timedelta(hours=1)


def lacks_fallback(grant: Grant | None) -> bool:
    """Whether its charger has accepted no fallback, so that nothing holds back a charge without orders there."""
    return grant is None or grant.fallback_a is None


def needs_headroom(socket: Socket | None, grant: Grant | None, charger: Charger | None, at: datetime) -> bool:
    """Whether room must be made for all it can draw: a car is plugged in where nothing holds back a charge; or the charger is offline, so
    that a charge could begin unnoticed (also where a fallback is worthless because limits were not kept). A charger that was never
    online draws nothing."""
    if charger is None or not in_service(socket):
        return False
    if grant is not None and grant.fallback_a is not None:
        return grant.disobeyed > 0 and not grant.quarantined and may_charge_unseen(socket, charger, at)
    if not charger.connected:
        return charger.booted_at is not None
    return socket is not None and socket.state is ConnectorState.OCCUPIED


def start_current_a(grant: Grant | None, evse: Evse) -> int:
    """The amps that a charge may draw without orders. A fallback is worthless at a socket that has not kept its limits."""
    return evse.max_a if grant is None or grant.fallback_a is None or grant.disobeyed else grant.fallback_a


def idle_a(socket: Socket | None, grant: Grant | None, evse: Evse, at: datetime) -> int:
    """The amps to keep free for a socket without a charge; 0 if none can begin.

    A socket that has disobeyed too often may take its maximum the moment a car comes, before anybody else can make room, so all of
    that stays free for it. At others, a car just plugged in may begin with the accepted fallback (with
    the maximum if the socket has ever disobeyed), unless it waits. If none was accepted, no charge begins without room for it.
    """
    if grant is not None and grant.quarantined:
        return evse.max_a
    return 0 if lacks_fallback(grant) or _waits(grant) or not about_to_start(socket, at) else start_current_a(grant, evse)


def current_without_order_a(grant: Grant | None, evse: Evse, began: datetime, at: datetime) -> int:
    """What to count for a charge that has had no orders; once it has waited long enough, as for a charge that nobody hears of."""
    return 0 if _waits(grant) and at - began < OFFLINE_FOR else start_current_a(grant, evse)


def has_no_accepted_order(grant: Grant, at: datetime) -> bool:
    """Whether its charger has accepted no order for longer than an answer takes, so that its waiting fallback may still apply."""
    return _waits(grant) and grant.confirmed_at is None and (grant.sent_at is None or at - grant.sent_at > ANSWER_WITHIN)


def _waits(grant: Grant | None) -> bool:
    return grant is not None and grant.fallback_after_s > 0 and not grant.disobeyed


def unseen_charge_a(socket: Socket | None, grant: Grant | None, charger: Charger | None, at: datetime) -> int:
    """The fallback to count for a socket without a charge if one could begin to draw it before the others have made room: at a charger
    that makes no charge wait, or at an offline one, where it would go unnoticed. It only matters where not all sockets can be at their
    maximum together."""
    if grant is None or not grant.fallback_a or not in_service(socket):
        return 0
    return grant.fallback_a if may_charge_unseen(socket, charger, at) or not grant.fallback_after_s else 0


def may_charge_unseen(socket: Socket | None, charger: Charger | None, at: datetime) -> bool:
    """Whether a charge may have begun there unnoticed: its charger is offline, or has not reported everything since it came back. Charges
    are reported one after another, states of sockets at once."""
    if charger is None or charger.contact.silent(charger.connected, at, OFFLINE_FOR):
        return True
    back_since = charger.contact.back_from(charger.connected, OFFLINE_FOR)
    if back_since is None:
        return False
    if not has_reported(socket, back_since):
        return at - back_since < STATE_REPORTED_WITHIN
    return at - back_since < CHARGES_REPORTED_WITHIN or not _reports_no_charge(socket, charger)


def has_reported(socket: Socket | None, back_since: datetime) -> bool:
    """Whether its charger has reported its state since it came back; by its own clock."""
    return socket is not None and socket.at is not None and socket.at >= back_since - CLOCK_TOLERANCE


def _reports_no_charge(socket: Socket | None, charger: Charger) -> bool:
    """OCPP 1.6 distinguishes a charging car from one that is only there; 2.x does not."""
    if socket is None or socket.state is not ConnectorState.OCCUPIED:
        return True
    return charger.protocol is Protocol.OCPP16 and socket.charging_state in (None, ChargingState.EV_CONNECTED, ChargingState.IDLE)
