"""No order exceeds a car's profile, whatever the order is for."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.power.site_power import SiteState, evse_limits
from forecourt.planning import Plan, PlanSetpoint, Profile
from forecourt.stations import Evse


def within_profiles(plan: Plan, view: SiteState, at: datetime) -> Plan:
    """The solver keeps to profiles itself; this does so for sockets that get orders outside of it because their obedience is unproved."""
    if not view.profiles:
        return plan
    by_label = {evse.label: evse for evse in view.evses}
    profiles = {str(session_id): profile for session_id, profile in view.profiles.items()}
    setpoints = [_within(one, by_label[one.evse], profiles.get(one.session), at) for one in plan.setpoints]
    return replace(plan, setpoints=tuple(setpoints))


def _within(setpoint: PlanSetpoint, evse: Evse, profile: Profile | None, at: datetime) -> PlanSetpoint:
    if profile is None:
        return setpoint
    limits, most_w = evse_limits(evse), profile.order_limit_w(at)
    most_a = max((amps for amps in limits.pilots_a if amps * limits.watts_per_amp <= most_w), default=0)
    if setpoint.amps <= most_a:
        return setpoint
    return replace(setpoint, amps=most_a, because=f"{setpoint.because} No more than {most_a} A under the profile of {profile.of}.")
