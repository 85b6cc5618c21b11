"""What a membership plan would have saved a driver lately: its entitlement, applied to the driver's charges as rated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.billing import rating_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Money, Span
from forecourt.offers import (
    EntitlementKind,
    EntitlementUse,
    Membership,
    MembershipTerm,
    PlanVersion,
    apply_offers,
    entitlement_from_membership,
)

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Saving:
    """Over the charges of the last 30 days, in the fee's currency: what the plan would have taken off, not counting its fee."""

    charges: int
    saved: Money


def estimate_plan_saving(store: Store, driver_id: DriverId, version: PlanVersion, at: datetime) -> Saving:
    """As if the driver had been a member for those days, without any other offers."""
    zone, nil_id = store.stations.operator(version.operator_id).zone, UUID(int=0)
    terms = (MembershipTerm(0, version.plan_id, version.id),)
    member = Membership(nil_id, version.operator_id, driver_id, terms, zone, at - LATELY)
    uses: list[EntitlementUse] = []
    charges = 0
    for record in reversed(store.sessions.records_of(driver_id)):
        if record.tariff_version_id is None or record.held or not member.joined_at <= record.started_at < at:
            continue
        rating = rating_of(record, store.prices.version(record.tariff_version_id), store.stations.site(record.site_id).zone)
        if rating.currency != version.fee.currency or record.site_id not in (version.sites or (record.site_id,)):
            continue
        charge = Span(record.started_at, max(record.ended_at, record.started_at + timedelta(seconds=1)))
        charges += 1
        for applied in apply_offers(
            rating, [entitlement_from_membership(member, version, uses, charge.start, rating.currency)], charge
        ).taken:
            number = UUID(int=len(uses) + 1)
            uses.append(
                EntitlementUse(
                    number,
                    applied.source,
                    EntitlementKind.MEMBERSHIP,
                    number,
                    charge.start,
                    applied.amount,
                    applied.energy_wh,
                    applied.seconds,
                )
            )
    return Saving(charges, sum((use.amount for use in uses), Money.zero(version.fee.currency)))
