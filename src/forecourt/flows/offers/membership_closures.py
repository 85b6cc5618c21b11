"""Memberships whose sites close for good: the month in which the last one closes is free, and members are notified."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from forecourt.billing import PLACES_CLOSED, creditable_amount
from forecourt.flows.billing.credit_notes import CreditRequest, issue_credit_note
from forecourt.flows.desk.audit import Staff
from forecourt.flows.desk.money_notices import notify_membership_continues, notify_membership_ending
from forecourt.flows.ports.outbox import OutboxItem, RenewMembership
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.offers import Membership, MembershipEnd, PlanVersion
from forecourt.stations import Site


def last_site_closes_at(store: Store, version: PlanVersion) -> datetime | None:
    """When the last of a plan's sites closes for good; None: one stays open, or the plan is for all sites."""
    ends = [store.stations.site(one).ends_at for one in version.sites]
    known = [one for one in ends if one is not None]
    return max(known) if known and len(known) == len(ends) else None


def closed_within_month(store: Store, membership: Membership, at: datetime) -> datetime | None:
    """When its sites closed, within its newest month; None: they have not, or only at the end of that month."""
    ends_at = last_site_closes_at(store, _newest(store, membership))
    is_within = ends_at is not None and ends_at <= at and ends_at < membership.period(membership.billed - 1).span.end
    return ends_at if is_within else None


def end_with_sites(store: Store, membership: Membership, ends_at: datetime, at: datetime, ids: Ids) -> Membership:
    """End a membership and return what was paid for that month. Raises Conflict while its payment or a refund is under way, or disputed."""
    ended = replace(membership, over=True, ends_at=min(ends_at, membership.ends_at or ends_at), end=MembershipEnd.CLOSED)
    store.memberships.put(ended)
    notify_membership_ending(store, membership, _newest(store, membership).title, (ends_at, _paid(store, membership)), at)
    bill = store.documents.document(DocumentId(membership.document_id)) if membership.document_id else None
    if bill is not None and creditable_amount(bill, earlier := store.documents.credit_notes_of(bill.id)).minor > 0:
        by = Staff(membership.operator_id, "system", at, ids)
        issue_credit_note(store, by, CreditRequest(bill.id, len(earlier), PLACES_CLOSED))
    return ended


def notify_members(store: Store, by: Staff, site: Site) -> None:
    """Tell members that the site's last day is set and ends their membership, or that it stays open, as the site is now."""
    for one in _members(store, site):
        version = _newest(store, one)
        ends_at = last_site_closes_at(store, version)
        if ends_at is not None:
            paid = _paid(store, one) if ends_at < one.period(one.billed - 1).span.end else None
            notify_membership_ending(store, one, version.title, (ends_at, paid), by.at)
        elif site.ends_at is None and all(store.stations.site(other).ends_at for other in version.sites if other != site.id):
            notify_membership_continues(store, one, version.title, by.at)


def end_memberships(store: Store, by: Staff, site: Site) -> None:
    """After a site has closed: a task for each membership that was for it."""
    for one in _members(store, site):
        key = f"closed/{one.id}/{site.id}"
        item = OutboxItem(by.ids.new(by.at), site.operator_id, None, "task", f"renew/{one.id}", RenewMembership(one.id), by.at, key)
        store.outbox.put(item)


def _members(store: Store, site: Site) -> Iterator[Membership]:
    memberships = store.memberships.active(site.operator_id)
    return (one for one in memberships if one.billed and one.end is not MembershipEnd.CLOSED and site.id in _newest(store, one).sites)


def _newest(store: Store, membership: Membership) -> PlanVersion:
    return store.memberships.version(membership.term(max(0, membership.billed - 1)).version_id)


def _paid(store: Store, membership: Membership) -> Money | None:
    bill = store.documents.document(DocumentId(membership.document_id)) if membership.document_id else None
    creditable = creditable_amount(bill, store.documents.credit_notes_of(bill.id)) if bill else None
    return creditable if creditable else None
