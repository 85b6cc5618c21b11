"""What roaming partners let their customers' cars have at most, as plans see it."""

from collections.abc import Iterable
from math import inf

from forecourt.drivers import looks_like_roamer
from forecourt.flows.ports.store import Store
from forecourt.kernel import SessionId
from forecourt.planning import Profile, ProfileStep
from forecourt.sessions import Session


def profiles_of(store: Store, sessions: Iterable[Session]) -> dict[SessionId, Profile]:
    """By the charge; of charges of our own drivers nothing is looked up. A partner that is blocked or has left caps nothing."""
    ids = {one.id for one in sessions if one.driver_id is not None and looks_like_roamer(one.driver_id)}
    found = {}
    for charge in store.roamed.charges(ids):
        if charge.session_id is not None and charge.profile is not None and charge.profile.limits:
            partner = store.roaming.partner(charge.partner_id)
            if partner is None or not partner.stands:
                continue
            steps = tuple(ProfileStep(one.start, inf if one.limit_w is None else float(one.limit_w)) for one in charge.profile.limits)
            found[charge.session_id] = Profile(partner.name, steps)
    return found
