"""Fallbacks that chargers accepted and then lost: in a firmware update, say, or because somebody cleared the profiles at the box.

A charge without orders that draws more than its charger's fallback proves the loss; often that is only known after
contact is back. From then on nothing is assumed to hold back a charge there until the fallback is accepted anew, and the
charger's own limits are not relied on until it has passed a test.
"""

from dataclasses import replace

from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.limit_ends import CLOCK_TOLERANCE
from forecourt.flows.power.proof import CHARGING_MA
from forecourt.kernel import ChargerId
from forecourt.sessions import Session
from forecourt.stations import TOLERANCE_MA, Evse, MeterSample


def forget_fallback(store: Store, charger_id: ChargerId) -> None:
    """Assume that the charger may no longer have what it accepted."""
    charger = store.stations.charger(charger_id)
    evses = store.stations.evses(charger.site_id) if charger is not None and charger.site_id is not None else ()
    for evse in [one for one in evses if one.charger_id == charger_id]:
        grant = store.plans.grant(evse.id)
        if grant is not None and grant.fallback_a is not None:
            store.plans.put_grant(grant.without_fallback())


def exceeds_fallback(store: Store, grant: Grant, evse: Evse, session: Session, sample: MeterSample) -> bool:
    """Whether a charge without orders drew more than its charger's fallback allows."""
    if grant.fallback_a is None or grant.fallback_at is None or session.started_at < grant.fallback_at:
        return False
    if grant.fallback_a >= evse.max_a and not grant.fallback_after_s:
        return False  # the fallback is no restriction
    waited = (sample.at - session.started_at + CLOCK_TOLERANCE).total_seconds() >= grant.fallback_after_s
    most_ma = (grant.fallback_a if waited else 0) * 1000 + TOLERANCE_MA
    return (sample.current_ma or 0) > max(most_ma, CHARGING_MA) and _had_no_order(store, grant, session, sample)


def _had_no_order(store: Store, grant: Grant, session: Session, sample: MeterSample) -> bool:
    """Whether none of our orders can have been in force when that was measured."""
    if _was_sent_no_order(grant, session) or (grant.ends_at is not None and sample.at > grant.ends_at + CLOCK_TOLERANCE):
        return True
    if grant.sent_at is None or sample.at >= grant.sent_at:
        return False
    charger = store.stations.charger(session.charger_id)
    contact = charger.contact if charger is not None else None
    if charger is None or contact is None or contact.since is None:
        return False
    lost_at = contact.lost if charger.connected else contact.since
    return lost_at is not None and lost_at <= session.started_at and (not charger.connected or sample.at < contact.since)


def _was_sent_no_order(grant: Grant, session: Session) -> bool:
    return grant.session_id != session.id or (grant.sent_at is None and grant.confirmed_at is None)


def distrust_fallback(store: Store, grant: Grant, session: Session, evse: Evse, sample: MeterSample) -> Grant:
    """The grant after such a reading, which is also shown to a person."""
    charger, drew_a = store.stations.charger(session.charger_id), (sample.current_ma or 0) / 1000
    if charger is not None:
        text = (
            f"{evse.label}: {charger.id} has a fallback of {grant.fallback_a} A,"
            f" but allowed {drew_a:g} A. The fallback is sent again and not relied on until a test."
        )
        quarantine_once(store, charger, sample.at, "lost_fallback", text)
    ordered_since = grant.sent_at is not None and sample.at < grant.sent_at and grant.session_id == session.id
    distrusted = replace(grant.without_fallback(), disobeyed=grant.disobeyed + 1)
    return distrusted if ordered_since else replace(distrusted, counted_a=evse.max_a, verified=False)
