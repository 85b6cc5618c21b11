"""Tell a partner whether its charging profile holds at the charger, once that is known (OCPI: the charger's answer)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import looks_like_roamer
from forecourt.flows.desk.orders import enqueue_partner_message
from forecourt.flows.ports.outbox import PassProfile
from forecourt.flows.ports.roaming_charges import RoamingCharge
from forecourt.flows.ports.store import Store
from forecourt.flows.power.partner_profiles import profiles_of
from forecourt.flows.power.site_power import evse_limits
from forecourt.kernel import ChargerId, Ids, SiteId
from forecourt.ocpi import ProfileResult
from forecourt.sessions import Session
from forecourt.stations import OrderResult, Outcome, SetLimit

# Plans are made every five seconds, and chargers answer within thirty: a limit not confirmed by then does not hold.
RESULT_TIMEOUT = timedelta(seconds=45)
_REFUSED, _HAIR_W = (Outcome.REJECTED, Outcome.UNSUPPORTED), 1e-6


def report_limit_answer(store: Store, charger_id: ChargerId, limit: SetLimit, result: OrderResult, at: datetime, ids: Ids) -> None:
    """A charger has answered a limit: report the result to a partner waiting for its profile there. Hold the site's lock."""
    evse = store.stations.evse_at(charger_id, limit.evse_number)
    session = store.sessions.open_on(evse.id) if evse else None
    charge = store.roaming_charges.charge_of(session.id) if session and session.driver_id and looks_like_roamer(session.driver_id) else None
    if evse is None or session is None or charge is None or not _waits(charge):
        return
    if result.outcome in _REFUSED and _within(store, session, limit.limit_a, at):
        _pending_answered(store, charge, ProfileResult.REJECTED, at, ids)
    else:
        answer_if_within(store, charge, session, at, ids)


def answer_pending_profiles(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Answer partners for whose profile no order was needed, or no answer came in time. Returns how many."""
    if not any(map(_waits, _going_on(store, site_id))):
        return 0
    store.plans.lock_site(site_id)
    answered = 0
    for charge in _going_on(store, site_id):
        known, session = charge.profile, store.sessions.session(charge.session_id) if charge.session_id else None
        if known is None or known.set_at is None or session is None or not _waits(charge):
            continue
        if answer_if_within(store, charge, session, at, ids):
            answered += 1
        elif at - known.set_at >= RESULT_TIMEOUT:
            _pending_answered(store, charge, ProfileResult.REJECTED, at, ids)
            answered += 1
    return answered


def reject_pending_profile(store: Store, charge: RoamingCharge, at: datetime, ids: Ids) -> RoamingCharge:
    """A profile that is not confirmed yet no longer will be: the charge is over, or another one was requested."""
    return _pending_answered(store, charge, ProfileResult.REJECTED, at, ids) if _waits(charge) else charge


def answer_if_within(store: Store, charge: RoamingCharge, session: Session, at: datetime, ids: Ids) -> bool:
    """Answer once the charger's last accepted limit is within the profile: no later plan gives it more."""
    grant = store.plans.grant(session.evse_id)
    accepted_a = grant.confirmed_a if grant and grant.session_id == session.id and grant.confirmed_a == grant.sent_a else None
    if accepted_a is None or not _within(store, session, accepted_a, at):
        return False
    _pending_answered(store, charge, ProfileResult.ACCEPTED, at, ids)
    return True


def _within(store: Store, session: Session, amps: int, at: datetime) -> bool:
    """A partner that has been blocked limits nothing."""
    profile = profiles_of(store, [session]).get(session.id)
    return (
        profile is not None
        and amps * evse_limits(store.stations.evse(session.evse_id)).watts_per_amp <= profile.order_limit_w(at) + _HAIR_W
    )


def _pending_answered(store: Store, charge: RoamingCharge, result: ProfileResult, at: datetime, ids: Ids) -> RoamingCharge:
    """If the profile was not accepted, the previous one applies again."""
    known = charge.profile
    pending = known.pending if known else None
    if known is None or pending is None:
        return charge
    limits = known.limits if result is ProfileResult.ACCEPTED else pending.before
    enqueue_partner_message(store, charge, PassProfile(charge.id, pending.command_id, result), at, ids, pending.command_id)
    answered = replace(charge, profile=replace(known, limits=limits, pending=None))
    store.roaming_charges.put_charge(answered)
    return answered


def _going_on(store: Store, site_id: SiteId) -> Sequence[RoamingCharge]:
    return store.roaming_charges.charges({one.id for one in store.sessions.open_at(site_id)})


def _waits(charge: RoamingCharge) -> bool:
    return charge.profile is not None and charge.profile.pending is not None
