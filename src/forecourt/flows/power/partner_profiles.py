"""Ceilings that roaming partners set for their customers' cars, as plans see them."""

from collections.abc import Iterable
from math import inf

from forecourt.drivers import looks_like_roamer
from forecourt.flows.ports.store import Store
from forecourt.kernel import SessionId
from forecourt.planning import Profile, ProfileStep
from forecourt.sessions import Session


def profiles_of(store: Store, sessions: Iterable[Session]) -> dict[SessionId, Profile]:
    """By charge; those of our own drivers are not looked up. A partner that is blocked or has left limits nothing."""
    ids = {one.id for one in sessions if one.driver_id is not None and looks_like_roamer(one.driver_id)}
    found = {}
    for charge in store.roaming_charges.charges(ids):
        if charge.session_id is not None and charge.profile is not None and charge.profile.limits:
            partner = store.roaming.partner(charge.partner_id)
            if partner is None or not partner.is_active:
                continue
            steps = tuple(ProfileStep(one.start, inf if one.limit_w is None else float(one.limit_w)) for one in charge.profile.limits)
            found[charge.session_id] = Profile(partner.name, steps)
    return found
