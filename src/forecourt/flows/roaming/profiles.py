"""Charging profiles by which a roaming partner limits its customer's car: set, cleared and queried; and what our plan makes of them.

Our planner stays in control: a car never gets more than the profile, and never more than it would without one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor
from uuid import UUID

from forecourt.drivers import RoamingPartner
from forecourt.flows.desk.orders import enqueue_partner_message
from forecourt.flows.ports.outbox import PassProfile
from forecourt.flows.ports.roaming_charges import PartnerProfile, ProfileLimit, ProfilePending, RoamingCharge, RoamingCommand
from forecourt.flows.ports.store import Store
from forecourt.flows.power.partner_profiles import profiles_of
from forecourt.flows.power.power_forecast import AHEAD, forecast_power
from forecourt.flows.power.site_power import STEP_S, evse_limits
from forecourt.flows.roaming.profile_results import answer_if_within, reject_pending_profile
from forecourt.flows.roaming.references import UNKNOWN_SESSION, check_response_url, parse_own_id
from forecourt.kernel import Ids, NotFound, instant_text
from forecourt.ocpi import ActiveChargingProfile, ChargingProfile, ProfileResponse, ProfileResult, RateUnit, active_profile, limits_from
from forecourt.planning import Profile
from forecourt.sessions import Session
from forecourt.stations import Evse, Obedience, is_dc

# A partner gains nothing by changing a profile more often than plans are made and sent.
MIN_INTERVAL = timedelta(seconds=10)
# How far ahead we report, unasked, when the profile has changed (OCPI: between 5 and 60 minutes).
REPORTED_S = 3600


@dataclass(frozen=True, slots=True)
class _Running:
    charge: RoamingCharge
    session: Session
    evse: Evse


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """session_id: the partner's name for it. response_url: where it wants to receive the result."""

    partner: RoamingPartner
    session_id: str
    response_url: str
    at: datetime
    ids: Ids


def set_profile(store: Store, by: ProfileRequest, wanted: ChargingProfile) -> ProfileResponse:
    """Applies from the next plan, within seconds; the partner gets the result once the charger has, or has not, accepted a limit within the
    profile. Raises BadInput for a meaningless profile: then nothing changes."""
    check_response_url(by.partner, by.response_url)
    running = _running(store, by)
    if running is None:
        return ProfileResponse.UNKNOWN_SESSION
    watts_per_amp = evse_limits(running.evse).watts_per_amp
    limits = tuple(ProfileLimit(*one) for one in limits_from(wanted, running.session.started_at, watts_per_amp, by.at))
    refusal = _refusal(store, running, wanted.charging_rate_unit, by.at)
    if refusal is not None:
        return refusal
    charge = reject_pending_profile(store, running.charge, by.at, by.ids)
    known = _known(charge)
    pending = ProfilePending(_store_command(store, charge, by), known.limits)
    charge = _keep(store, charge, replace(known, limits=limits, set_at=by.at, pending=pending))
    answer_if_within(store, charge, running.session, by.at, by.ids)
    return ProfileResponse.ACCEPTED


def clear_profile(store: Store, by: ProfileRequest) -> ProfileResponse:
    """Never refused for being too frequent: lifting a limit is always possible."""
    check_response_url(by.partner, by.response_url)
    running = _running(store, by)
    if running is None:
        return ProfileResponse.UNKNOWN_SESSION
    was_set = bool(_known(running.charge).limits)
    charge = reject_pending_profile(store, running.charge, by.at, by.ids)
    if was_set:
        charge = _keep(store, charge, replace(_known(charge), limits=(), set_at=by.at))
    _answer(store, charge, by, ProfileResult.ACCEPTED if was_set else ProfileResult.UNKNOWN)
    return ProfileResponse.ACCEPTED


def query_profile(store: Store, by: ProfileRequest, duration_s: int) -> ProfileResponse:
    """What the current plan gives, and what the coming hours would, as far as they are planned; calculated when it is sent."""
    check_response_url(by.partner, by.response_url)
    running = _running(store, by)
    if running is None:
        return ProfileResponse.UNKNOWN_SESSION
    known = _known(running.charge)
    if known.requested_at is not None and by.at - known.requested_at < MIN_INTERVAL:
        return ProfileResponse.TOO_OFTEN
    charge = _keep(store, running.charge, replace(known, requested_at=by.at))
    _answer(store, charge, by, ProfileResult.ACCEPTED, min(duration_s, int(AHEAD.total_seconds())))
    return ProfileResponse.ACCEPTED


def report_profile_change(store: Store, charge: RoamingCharge, at: datetime, ids: Ids) -> RoamingCharge:
    """Tell a partner that has set a profile if the plan's current is now another than the one it was last told."""
    known, session = charge.profile, store.sessions.session(charge.session_id) if charge.session_id else None
    partner = store.roaming.partner(charge.partner_id)
    hears = partner is not None and partner.peer is not None and partner.peer.url_of("chargingprofiles", "SENDER")
    if known is None or known.set_at is None or session is None or not hears:
        return charge
    amps = _planned_a(store, session)
    if amps == known.sent_a:
        return charge
    after = replace(charge, profile=replace(known, sent_a=amps))
    store.roaming_charges.put_charge(after)
    enqueue_partner_message(store, charge, PassProfile(charge.id, None, ProfileResult.ACCEPTED, REPORTED_S), at, ids, instant_text(at))
    return after


def current_profile(store: Store, charge: RoamingCharge, at: datetime, duration_s: int) -> ActiveChargingProfile | None:
    """None: nobody charges any more."""
    session = store.sessions.session(charge.session_id) if charge.session_id else None
    if session is None:
        return None
    evse = store.stations.evse(session.evse_id)
    watts_per_amp = evse_limits(evse).watts_per_amp
    profile = profiles_of(store, [session]).get(session.id) or Profile("", ())
    planned_w = [(at, _planned_a(store, session) * watts_per_amp)]
    until = at + timedelta(seconds=STEP_S)  # the next plan decides anew; this foretells what it would do
    for step in forecast_power(store, session.site_id, at).steps:
        if step.end > until:
            planned_w.append((max(step.start, until), dict(step.watts).get(str(session.id), 0.0)))
    unit = RateUnit.W if is_dc(evse) else RateUnit.A
    return active_profile(at, duration_s, unit, _merged(planned_w, profile, at, duration_s, watts_per_amp if unit is RateUnit.A else 1.0))


def _merged(
    planned_w: list[tuple[datetime, float]], profile: Profile, at: datetime, duration_s: int, per_unit: float
) -> list[tuple[int, float]]:
    """The lesser of the two at each instant at which either changes, in the unit, rounded down to tenths."""
    end = at + timedelta(seconds=duration_s)
    instants = sorted({start for start, _ in planned_w} | {step.start for step in profile.in_force(at, end)})
    found: list[tuple[int, float]] = []
    for instant in instants:
        if instant < end:
            watts = min(next(one for start, one in reversed(planned_w) if start <= instant), profile.least_w(instant, instant))
            limit, second = floor(watts / per_unit * 10 + 1e-6) / 10, int((instant - at).total_seconds())
            if not found or found[-1][1] != limit:
                found = [*(one for one in found if one[0] != second), (second, limit)]
    return found


def _planned_a(store: Store, session: Session) -> int:
    """The current in the plan in force; the socket's maximum if there is no plan."""
    grant = store.plans.grant(session.evse_id)
    if grant is None or grant.session_id != session.id or not grant.plan:
        return store.stations.evse(session.evse_id).max_a
    return grant.target_a


def _running(store: Store, by: ProfileRequest) -> _Running | None:
    try:
        charge = store.roaming_charges.charge(parse_own_id(by.session_id, UNKNOWN_SESSION))
    except NotFound:
        return None
    session = store.sessions.session(charge.session_id) if charge and charge.session_id and charge.partner_id == by.partner.id else None
    if session is None:
        return None
    store.plans.lock_site(session.site_id)  # chargers' answers change the state of a profile
    charge = store.roaming_charges.charge_of(session.id)
    return _Running(charge, session, store.stations.evse(session.evse_id)) if charge else None


def _refusal(store: Store, running: _Running, unit: RateUnit, at: datetime) -> ProfileResponse | None:
    """A socket known not to keep limits cannot keep a profile; for direct current the site knows no amps. If the charger is out of
    reach, or the socket is being tested, the partner may try again later."""
    known, grant, charger = _known(running.charge), store.plans.grant(running.evse.id), store.stations.charger(running.evse.charger_id)
    if (grant is not None and grant.obedience is Obedience.IGNORES) or (unit is RateUnit.A and is_dc(running.evse)):
        return ProfileResponse.NOT_SUPPORTED
    if known.set_at is not None and at - known.set_at < MIN_INTERVAL:
        return ProfileResponse.TOO_OFTEN
    if charger is None or not charger.connected or (grant is not None and grant.testing):
        return ProfileResponse.REJECTED
    return None


def _known(charge: RoamingCharge) -> PartnerProfile:
    return charge.profile or PartnerProfile()


def _keep(store: Store, charge: RoamingCharge, profile: PartnerProfile) -> RoamingCharge:
    updated = replace(charge, profile=profile)
    store.roaming_charges.put_charge(updated)
    return updated


def _answer(store: Store, charge: RoamingCharge, by: ProfileRequest, result: ProfileResult, duration_s: int = 0) -> None:
    command_id = _store_command(store, charge, by)
    enqueue_partner_message(store, charge, PassProfile(charge.id, command_id, result, duration_s), by.at, by.ids, command_id)


def _store_command(store: Store, charge: RoamingCharge, by: ProfileRequest) -> UUID:
    command = RoamingCommand(by.ids.new(by.at), charge.operator_id, charge.partner_id, by.response_url, by.at)
    store.roaming_charges.put_command(command)
    return command.id
