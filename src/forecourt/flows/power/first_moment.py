"""The first moment of a charge: what it may draw before anybody was told of it.

Where not all sockets together may draw all they can, chargers let a charge that nobody has told anything wait. It outlasts every limit
that was told before room was made for it (`limit_ends`), so nothing is drawn on top of one that still holds; with contact, the next plan
tells the charge how much it may draw, seconds after it began.

A charger that has accepted no fallback yet does not wait: a charge there draws all it can at once. So none begins there without room for
that (`admitting`).
"""

from datetime import datetime, timedelta

from forecourt.flows.ports.plans import Grant
from forecourt.flows.power.limit_ends import CLOCK, HOLDS_FOR
from forecourt.flows.power.proving import about_to_start, in_service
from forecourt.stations import Charger, ChargingState, ConnectorState, Evse, Protocol, Socket

# So long after contact was lost, room is made for a charge that may have begun; not for a link that is back soon.
SILENT = timedelta(minutes=30)
# A charger that answers no ping is missed so much later (16 minutes, `silence_s` of the gateway).
MISSED_WITHIN = timedelta(minutes=20)
# What was told without that room, up to then, has ended before such a charge draws, also at chargers that lose their contact right after.
WAITS = MISSED_WITHIN + SILENT + HOLDS_FOR + CLOCK
ANSWERS_WITHIN = timedelta(minutes=1)
# Back in contact, a charger has told the states of its sockets by then; it may still tell of charges, one message after another.
TELLS_WITHIN = timedelta(minutes=5)
# One that has told nothing of a socket by then, though it was asked, has nothing new to tell of it.
SAYS_WITHIN = timedelta(hours=1)


def unheld(grant: Grant | None) -> bool:
    """Its charger has accepted no fallback, so nothing holds a charge there that was told nothing."""
    return grant is None or grant.fallback_a is None


def waits_unheld(socket: Socket | None, grant: Grant | None, charger: Charger | None, at: datetime) -> bool:
    """A car is plugged in where nothing holds a charge, so room is made for all it can draw; or its charger is out of contact, where one
    could begin that nobody hears of: for longer, also where a fallback is worth nothing, as limits were not kept. One that was never
    there draws nothing."""
    if charger is None or not in_service(socket):
        return False
    if grant is not None and grant.fallback_a is not None:
        return grant.disobeyed > 0 and not grant.quarantined and unheard(socket, charger, at)
    if not charger.connected:
        return charger.booted_at is not None
    return socket is not None and socket.state is ConnectorState.OCCUPIED


def begins_a(grant: Grant | None, evse: Evse) -> int:
    """The amps that a charge may draw that is told nothing. A fallback is worth nothing where limits were not kept."""
    return evse.max_a if grant is None or grant.fallback_a is None or grant.disobeyed else grant.fallback_a


def idle_a(socket: Socket | None, grant: Grant | None, evse: Evse, at: datetime) -> int:
    """The amps to keep for a socket without a charge; 0 where none can begin.

    A socket that has disobeyed too often may take its maximum the moment a car comes, before anybody else can make room: all of
    that stays free for it. Others: a car that was just plugged in may begin with the fallback that its charger has accepted (with
    everything, if it has ever disobeyed), unless that waits. Where none was accepted, no charge begins before there is room for it.
    """
    if grant is not None and grant.quarantined:
        return evse.max_a
    return 0 if unheld(grant) or _waits(grant) or not about_to_start(socket, at) else begins_a(grant, evse)


def untold_a(grant: Grant | None, evse: Evse, began: datetime, at: datetime) -> int:
    """What is to be counted for a charge that was told nothing: room is made as for one that nobody hears of."""
    return 0 if _waits(grant) and at - began < SILENT else begins_a(grant, evse)


def is_untold(grant: Grant, at: datetime) -> bool:
    """Its charger has accepted nothing, for longer than an answer takes: the fallback that waits may still come."""
    return _waits(grant) and grant.confirmed_at is None and (grant.sent_at is None or at - grant.sent_at > ANSWERS_WITHIN)


def _waits(grant: Grant | None) -> bool:
    return grant is not None and grant.fallback_after_s > 0 and not grant.disobeyed


def unheard_a(socket: Socket | None, grant: Grant | None, charger: Charger | None, at: datetime) -> int:
    """The fallback of a socket without a charge, where one could begin to draw that before the others have made room: at a charger that
    lets no charge wait, and at one without contact, where nobody would hear of it. Only where not all sockets together may draw all they
    can does it matter."""
    if grant is None or not grant.fallback_a or not in_service(socket):
        return 0
    return grant.fallback_a if unheard(socket, charger, at) or not grant.fallback_after_s else 0


def unheard(socket: Socket | None, charger: Charger | None, at: datetime) -> bool:
    """A charge may have begun there that nobody has heard of: its charger is out of contact, or has not told everything since. It told
    of charges one after another, but of the states of its sockets at once."""
    if charger is None or charger.contact.silent(charger.connected, at, SILENT):
        return True
    back = charger.contact.back_from(charger.connected, SILENT)
    if back is None:
        return False
    if not has_said(socket, back):
        return at - back < SAYS_WITHIN
    return at - back < TELLS_WITHIN or not _says_nothing_charges(socket, charger)


def has_said(socket: Socket | None, back: datetime) -> bool:
    """Whether its charger has told its state since it came back; by its own clock."""
    return socket is not None and socket.at is not None and socket.at >= back - CLOCK


def _says_nothing_charges(socket: Socket | None, charger: Charger) -> bool:
    """OCPP 1.6 tells a charge from a car that is only there; 2.x does not."""
    if socket is None or socket.state is not ConnectorState.OCCUPIED:
        return True
    return charger.protocol is Protocol.OCPP16 and socket.charging_state in (None, ChargingState.EV_CONNECTED, ChargingState.IDLE)
