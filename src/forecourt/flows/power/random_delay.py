"""Raises delayed by a random time, where the law demands it: no step in the load when many chargers hear the same signal.

Great Britain, S.I. 2021/1467, regulation 11: when electricity would begin to flow or its rate would change, a charge point waits
for a random time of up to 600 s (to the second; remotely adjustable up to 1,800 s), unless its owner or user overrides that or an
equal delay has been applied already. A lower limit never waits here: it protects wires.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.site_power import SiteState, grant_of
from forecourt.kernel import DriverId, EvseId, NotFound, SessionId


def draw_delay(grant: Grant, occasion: int, most_s: int) -> timedelta:
    """A delay of 0 to most_s whole seconds, all equally likely; the same for a socket, a charge and an occasion (a plan's number)."""
    digest = sha256(f"{grant.evse_id}/{grant.session_id}/{occasion}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % (most_s + 1))


def raise_due_at(grant: Grant, wanted_a: int, most_s: int, occasion: int, at: datetime) -> datetime | None:
    """When a raise may be sent; None: nothing is raised, or nothing is delayed here.

    A raise that waits, for its time or for room, is one occasion: its delay is drawn once, whatever later plans say.
    """
    if not most_s or grant.at_once or wanted_a <= _last_sent_a(grant):
        return None
    return grant.raise_from or at + draw_delay(grant, occasion, most_s)


def _last_sent_a(grant: Grant) -> int:
    """An order under way is not taken back, and a raise is not delayed twice."""
    return grant.applied_a if grant.sent_a is None else grant.sent_a


def raise_times(view: SiteState, wanted: Mapping[str, int], occasion: int, at: datetime) -> dict[EvseId, datetime]:
    """When each raise of a plan may be sent. wanted: amps by EVSE label."""
    most_s, ids = view.site.sharing.random_delay_s, {evse.label: evse.id for evse in view.evses}
    found = {ids[label]: raise_due_at(view.grants[ids[label]], amps, most_s, occasion, at) for label, amps in wanted.items()}
    return {evse_id: until for evse_id, until in found.items() if until is not None}


def without_delayed_raises(view: SiteState, wanted: Mapping[str, int], until: Mapping[EvseId, datetime], at: datetime) -> dict[str, int]:
    """What may be sent now: a delayed raise stays at the socket's present limit."""
    ids = {evse.label: evse.id for evse in view.evses}
    return {label: _last_sent_a(view.grants[ids[label]]) if _waits(until.get(ids[label]), at) else amps for label, amps in wanted.items()}


def delay_note(until: datetime | None, zone: str, at: datetime) -> str:
    """An additional sentence on why a car has not got its amps yet."""
    return f" From {until.astimezone(ZoneInfo(zone)):%H:%M:%S}: increases are randomly delayed here." if until and _waits(until, at) else ""


def _waits(until: datetime | None, at: datetime) -> bool:
    return until is not None and at < until


def skip_random_delay(store: Store, driver_id: DriverId, session_id: SessionId, at: datetime) -> None:
    """The driver's choice: nothing in this charge is delayed at random any more. The next plan sends what was waiting."""
    session = store.sessions.session(session_id)
    if session is None or session.driver_id != driver_id:
        raise NotFound("session", "You have no such charge running.")
    store.plans.lock_site(session.site_id)
    grant = grant_of(store.plans.grant(session.evse_id), store.stations.evse(session.evse_id), session, at)
    store.plans.put_grant(replace(grant, at_once=True, raise_from=None))
