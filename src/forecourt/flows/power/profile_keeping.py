"""Whoever is told something, by whatever reason, is told no more than its profile lets it have."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.power.site_power import Survey, limits_of
from forecourt.planning import Plan, PlanSetpoint, Profile
from forecourt.stations import Evse


def within_profiles(plan: Plan, view: Survey, at: datetime) -> Plan:
    """The solver keeps to them itself; sockets that are told something beside it, because nobody knows whether they obey, do so here."""
    if not view.profiles:
        return plan
    by_label = {evse.label: evse for evse in view.evses}
    profiles = {str(session_id): profile for session_id, profile in view.profiles.items()}
    told = [_within(one, by_label[one.evse], profiles.get(one.session), at) for one in plan.setpoints]
    return replace(plan, setpoints=tuple(told))


def _within(told: PlanSetpoint, evse: Evse, profile: Profile | None, at: datetime) -> PlanSetpoint:
    if profile is None:
        return told
    limits, most_w = limits_of(evse), profile.soon_w(at)
    most_a = max((amps for amps in limits.pilots_a if amps * limits.watts_per_amp <= most_w), default=0)
    if told.amps <= most_a:
        return told
    return replace(told, amps=most_a, because=f"{told.because} No more than {most_a} A under the profile of {profile.of}.")
