"""Fallbacks: what chargers offer while they get no orders, and sending them anew when they are no longer safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import site_for_fallbacks
from forecourt.flows.power.charge_start import FALLBACK_DELAY, lacks_fallback, may_charge_unseen
from forecourt.flows.power.limit_ends import keeps_limits_for_ever
from forecourt.flows.power.lost_fallbacks import forget_fallback
from forecourt.flows.power.reported_schedules import request_schedule
from forecourt.flows.power.site_power import evse_limits, site_limits
from forecourt.kernel import ChargerId, Ids, SiteId
from forecourt.planning import all_fit_at_max, common_fallback_a, compile_grid
from forecourt.stations import Charger, Evse, Protocol, QuirkKind, SetFallback, Site, fallback_w, plug_voltage

# How long sending a charger its fallback is tried after its boot.
RETRIED_FOR = timedelta(hours=1)
# How often the fallback is sent again even if accepted: the charger may have lost it unnoticed.
RESENT_AFTER = timedelta(days=1)
# Sooner if something happened since it was accepted: its charger came back without a boot, or a car is plugged in.
RECHECKED_AFTER = timedelta(hours=4)
# A higher fallback is accepted within this, or not at all.
RAISED_WITHIN = timedelta(minutes=10)
# A charger that boots as it comes back is sent its fallback by then.
BOOTED_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Fallback:
    """limit_a: what every EVSE of the site may offer at the same time without orders; 0 if that is below any floor. at_once: all of
    them can be at their maximum, so no charge has to wait for others to make room."""

    limit_a: int
    at_once: bool

    def at(self, charger: Charger) -> tuple[int, int] | None:
        """The amps for one charger, and after how many seconds of a charge; None: it is sent none.

        A charger without support for times is sent 0; one that never recovers from 0 cannot wait, so room is kept (`unseen_charge_a`).
        """
        never_0 = charger.has(QuirkKind.NO_ZERO_FALLBACK)
        if not self.limit_a:
            return None if never_0 else (0, 0)
        if self.at_once or never_0:
            return self.limit_a, 0
        timeless = charger.has(QuirkKind.NO_END) or charger.settings.max_periods == 1
        return (0, 0) if timeless else (self.limit_a, round(FALLBACK_DELAY.total_seconds()))


def fallback_of(store: Store, site_id: SiteId, at: datetime) -> Fallback:
    site = site_for_fallbacks(store, store.stations.site(site_id))
    return fallback_at(site, store.stations.evses(site_id), store.stations.chargers(site_id), at)


def fallback_at(site: Site, evses: Sequence[Evse], chargers: Sequence[Charger], at: datetime) -> Fallback:
    """evses: all of the site; retired ones draw nothing. Chargers whose limits never end may keep the highest for
    as long as a charge lasts, so the others share what is left beside that."""
    serving = [evse for evse in evses if evse.retired_at is None]
    if not serving:
        return Fallback(0, at_once=False)
    limits = tuple(evse_limits(evse) for evse in serving)
    wired = compile_grid(site_limits(site, serving), limits)
    for_ever = {one.id for one in chargers if keeps_limits_for_ever(one, at)}
    holding = {evse.label: float(evse.max_a) for evse in serving if evse.charger_id in for_ever}
    return Fallback(common_fallback_a(wired, limits, holding), all_fit_at_max(wired, limits))


def send_fallback(store: Store, charger: Charger, at: datetime, ids: Ids, cause: str) -> None:
    """Send it regardless of what the charger has. cause: sending with the same cause again does nothing."""
    if charger.site_id is None:
        return
    found = fallback_of(store, charger.site_id, at)
    if (fallback := found.at(charger)) is not None:
        _send(store, charger, _allowed_now(store, charger, found, at) or fallback, at, ids, cause)


def update_fallbacks(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> None:
    """The site has changed: send every charger the fallback it should have now, if it has another. One that has to wait for a higher one
    (`_allowed_now`) is sent it by `resend_fallbacks`."""
    found, stored = fallback_of(store, site_id, at), _stored_fallbacks(store, site_id)
    for charger in store.stations.chargers(site_id):
        allowed = _allowed_now(store, charger, found, at)
        if allowed is not None and charger.id in stored and stored[charger.id] != allowed:
            _send(store, charger, allowed, at, ids, f"fallback/{charger.id}/{ids.new(at)}")


def resend_fallbacks(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> None:
    """Send fallbacks to connected chargers that have an unsafe one, or none yet, once an hour each: what was sent may have been lost on
    its way, or have arrived after something newer. An accepted fallback is sent again once a day, and after a lost connection."""
    grants = store.plans.grants(site_id)
    evses = [evse for evse in store.stations.evses(site_id) if evse.retired_at is None]
    chargers = store.stations.chargers(site_id) if evses else ()
    found = fallback_at(site_for_fallbacks(store, store.stations.site(site_id)), evses, chargers, at)
    for charger in chargers:
        fallback, own_evses = found.at(charger), [evse for evse in evses if evse.charger_id == charger.id]
        if fallback is None or not charger.connected or not own_evses:
            continue
        stored_grants = [grants.get(evse.id) for evse in own_evses]
        is_doubtful = any(_is_doubtful(one, charger, at) for one in stored_grants)
        if is_doubtful and charger.protocol is not Protocol.OCPP16:
            for evse in own_evses:  # before it is sent anew, so that a loss is noticed; OCPP 1.6 schedules only cover charges
                request_schedule(store, evse, at, ids)
        if is_doubtful or any(not _is_being_sent(charger, at) if lacks_fallback(one) else _exceeds(one, fallback) for one in stored_grants):
            allowed = _allowed_now(store, charger, found, at) or fallback
            _send(store, charger, allowed, at, ids, f"fallback/{charger.id}/{at:%Y-%m-%dT%H}")
        elif (
            not found.at_once
            and any(_raises(one, fallback) for one in stored_grants)
            and _allowed_now(store, charger, found, at) == fallback
        ):
            # Once a day and connection: some refuse it each time.
            _send(store, charger, fallback, at, ids, f"fallback/{charger.id}/{at:%Y-%m-%d}/{fallback[0]}/{charger.contact.since}")


def check_fallback(store: Store, evse: Evse, at: datetime, ids: Ids) -> None:
    """A car is plugged in: if the fallback was not accepted within the last hours, ask the charger for it. One that cannot say (OCPP 1.6
    schedules only cover charges), or has never answered, is sent it again."""
    charger = store.stations.charger(evse.charger_id)
    if charger is None or not charger.connected or not _is_old(store.plans.grant(evse.id), at, RECHECKED_AFTER, charger.booted_at or at):
        return
    answers = any(one.evse_number == evse.number for one in charger.schedules)
    if answers and charger.protocol is not Protocol.OCPP16:
        request_schedule(store, evse, at, ids)
    else:
        send_fallback(store, charger, at, ids, f"fallback/{charger.id}/{at:%Y-%m-%dT%H}")


def _is_old(grant: Grant | None, at: datetime, age: timedelta, before: datetime | None = None) -> bool:
    """Whether its fallback was accepted so long ago; before: assumed date of acceptance, if unknown."""
    if grant is None or grant.fallback_a is None:
        return False
    since = grant.fallback_at or before
    return since is None or at - since >= age


def _is_doubtful(grant: Grant | None, charger: Charger, at: datetime) -> bool:
    """Whether its fallback may be lost: accepted a day ago, or hours ago and its charger has been away since; some that restart report no
    boot."""
    before = charger.booted_at or at
    if grant is None or not _is_old(grant, at, RECHECKED_AFTER, before):
        return False
    back = charger.contact.since if charger.contact.lost is not None else None
    away = back is not None and at - back >= BOOTED_WITHIN and (grant.fallback_at is None or grant.fallback_at < back)
    return away or _is_old(grant, at, RESENT_AFTER, before)


def _is_being_sent(charger: Charger, at: datetime) -> bool:
    """Whether the fallback sent after its boot may still be retried."""
    return charger.booted_at is None or at - charger.booted_at < RETRIED_FOR


def _exceeds(grant: Grant | None, fallback: tuple[int, int]) -> bool:
    """Whether it has a higher fallback than it should, or one that applies sooner in a charge."""
    if grant is None or not grant.fallback_a:
        return False
    return grant.fallback_a > fallback[0] or grant.fallback_after_s < fallback[1]


def raises_fallback(store: Store, charger_id: ChargerId, fallback: SetFallback, at: datetime) -> bool:
    """Whether its sockets may draw more by this than by the fallback it has accepted, where not all fit at their maximum. Such an order
    must not wait for its charger: by the time it arrives, the limits of charges there may have ended."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.site_id is None:
        return False
    raises = any(_raises(store.plans.grant(evse.id), (fallback.limit_a, fallback.after_s)) for evse in _own(store, charger))
    return raises and not fallback_of(store, charger.site_id, at).at_once


def _allowed_now(store: Store, charger: Charger, found: Fallback, at: datetime) -> tuple[int, int] | None:
    """The fallback that it may be sent now. A higher one than it has waits until none of its sockets can begin to draw it uncounted."""
    fallback, own_evses = found.at(charger), _own(store, charger)
    grants = [(evse, grant) for evse in own_evses if (grant := store.plans.grant(evse.id)) is not None]
    higher = [(evse, grant) for evse, grant in grants if fallback is not None and _raises(grant, fallback)]
    if fallback is None or found.at_once or all(_is_held(store, charger, evse, grant, fallback[0], at) for evse, grant in higher):
        return fallback
    return min(grant.fallback_a or 0 for _, grant in higher), max(grant.fallback_after_s for _, grant in higher)


def _is_held(store: Store, charger: Charger, evse: Evse, grant: Grant, amps: int, at: datetime) -> bool:
    """Whether this socket can be given a fallback of so many amps: it is known that it has no charge, its charge counts at as much, or a
    proved limit holds it, and will for a while."""
    session, socket = store.sessions.open_on(evse.id), store.stations.socket(evse.id)
    if not charger.connected or grant.counted_a >= amps:
        return charger.connected
    if session is None:
        return not may_charge_unseen(socket, charger, at)
    lapses_late = grant.lapses_from is None or at + RAISED_WITHIN <= grant.lapses_from
    return grant.session_id == session.id and grant.verified and lapses_late


def _raises(grant: Grant | None, fallback: tuple[int, int]) -> bool:
    """Whether it allows more than the accepted one, or sooner in a charge. Without one, all that a socket can draw counts anyway."""
    if grant is None or grant.fallback_a is None:
        return False
    return fallback[0] > grant.fallback_a or (fallback[0] > 0 and 0 < fallback[1] < grant.fallback_after_s)


def _stored_fallbacks(store: Store, site_id: SiteId) -> dict[ChargerId, tuple[int, int]]:
    """What each charger has accepted: amps, and after how many seconds."""
    grants = store.plans.grants(site_id)
    return {
        evse.charger_id: (grant.fallback_a, grant.fallback_after_s)
        for evse in store.stations.evses(site_id)
        if evse.retired_at is None and (grant := grants.get(evse.id)) is not None and grant.fallback_a is not None
    }


def _send(store: Store, charger: Charger, fallback: tuple[int, int], at: datetime, ids: Ids, cause: str) -> None:
    own_evses = _own(store, charger)
    amps, after_s = fallback
    wanted = SetFallback(
        amps, fallback_w(own_evses, charger.settings, amps) if own_evses else None, plug_voltage(own_evses, charger.settings), after_s
    )
    enqueue_order(store, charger.id, wanted, at, ids, cause)


def fallback_accepted(store: Store, charger_id: ChargerId, fallback: SetFallback, at: datetime) -> None:
    """Record with each socket what its charger has accepted."""
    charger = store.stations.charger(charger_id)
    evses = store.stations.evses(charger.site_id) if charger is not None and charger.site_id is not None else ()
    for evse in [one for one in evses if one.charger_id == charger_id]:
        grant = store.plans.grant(evse.id) or Grant(evse.id, evse.operator_id, evse.site_id)
        store.plans.put_grant(replace(grant, fallback_a=fallback.limit_a, fallback_after_s=fallback.after_s, fallback_at=at))


def fallback_refused(store: Store, charger_id: ChargerId, fallback: SetFallback, at: datetime, ids: Ids, cause: str) -> None:
    """A charger that refuses a schedule of two steps is sent a single one: nothing while offline, rather than all at once. One that refuses
    any may have lost what it accepted before."""
    if fallback.after_s:
        enqueue_order(store, charger_id, SetFallback(0, None if fallback.limit_w is None else 0, fallback.plug_v), at, ids, cause)
    else:
        forget_fallback(store, charger_id)


def _own(store: Store, charger: Charger) -> list[Evse]:
    evses = store.stations.evses(charger.site_id) if charger.site_id else ()
    return [evse for evse in evses if evse.charger_id == charger.id and evse.retired_at is None]
