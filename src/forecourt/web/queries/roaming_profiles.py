"""A roaming partner's limits for its customer's car, in the trace of the charge."""

from collections.abc import Iterator
from datetime import datetime

from forecourt.drivers import looks_like_roamer
from forecourt.flows.ports import PartnerProfile, ProfileLimit, Store
from forecourt.sessions import ChargeRecord, Session
from forecourt.web.views.console import TraceStep
from forecourt.wording import EN

_SHOWN = 6


def profile_steps(store: Store, found: Session | ChargeRecord) -> Iterator[TraceStep]:
    """The last setting or clearing."""
    if found.driver_id is None or not looks_like_roamer(found.driver_id):
        return
    charge = store.roaming_charges.charge_of(found.session_id if isinstance(found, ChargeRecord) else found.id)
    profile = charge.profile if charge else None
    if charge is None or profile is None or profile.set_at is None:
        return
    partner, zone = store.roaming.partner(charge.partner_id), store.stations.site(found.site_id).zone
    title = f"{partner.name if partner else 'A partner'} {'set a profile' if profile.limits else 'cleared its profile'}"
    yield TraceStep(profile.set_at, "plan", title, _limits_text(profile, zone, profile.set_at))


def _limits_text(profile: PartnerProfile, zone: str, at: datetime) -> str:
    if not profile.limits:
        return "Nothing but the site limits this charge."
    begun = max((n for n, one in enumerate(profile.limits) if one.start <= at), default=0)
    listed = profile.limits[begun:]
    texts = [_limit(one, zone, at) for one in listed[:_SHOWN]]
    remaining = len(listed) - len(texts)
    text = "; ".join([*texts, f"and {remaining} more"] if remaining else texts)
    return f"{text[0].upper()}{text[1:]}."


def _limit(limit: ProfileLimit, zone: str, at: datetime) -> str:
    limit_text = "no limit" if limit.limit_w is None else f"at most {EN.kw(limit.limit_w)}"
    if limit.start <= at:
        return limit_text
    day = "" if EN.day(limit.start, zone) == EN.day(at, zone) else f"{EN.day(limit.start, zone)}, "
    return f"{limit_text} from {day}{EN.clock(limit.start, zone)}"
