"""When a site closes for good: notify its partners and hosts, and end offers, coupons and plans for it alone."""

from collections.abc import Sequence, Set
from dataclasses import replace

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_partner_of_site
from forecourt.flows.offers.coupons import pause_coupon
from forecourt.flows.offers.memberships import open_plan
from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId, Span
from forecourt.offers import Offer
from forecourt.stations import Site


def notify_site_partners(store: Store, by: Staff, site: Site) -> None:
    """Notify partners that are near it, earn there or have an offer there of its last day, or that it stays open, as the site is now."""
    hosts = dict(site.shares_at(by.at))
    offering = {one.partner_id for one in store.partners.offers(site.operator_id) if site.id in one.sites and one.validity.end > by.at}
    for partner in store.partners.partners(site.operator_id):
        is_affected = site.id in partner.sites or partner.handle in hosts or partner.id in offering
        if is_affected and partner.left_at is None and partner.email:
            notify_partner_of_site(store, partner, site, by.at)


def end_offers(store: Store, by: Staff, site: Site) -> None:
    """End what is only for this site, or for others that have closed too. Vouchers and coupons in circulation stay valid."""
    closed = {one.id for one in store.stations.sites(site.operator_id) if one.closed_at is not None}
    for offer in store.partners.offers(site.operator_id):
        if _is_only_for(site, offer.sites, closed) and offer.validity.end > by.at:
            _end_offer(store, by, offer)
    for coupon in store.coupons.coupons(site.operator_id):
        if _is_only_for(site, coupon.sites, closed) and not coupon.paused:
            pause_coupon(store, by, coupon.id, True)
    for plan in store.memberships.plans(site.operator_id):
        if plan.open and _is_only_for(site, store.memberships.version(plan.version_id).sites, closed):
            open_plan(store, by, plan.id, False)


def _end_offer(store: Store, by: Staff, known: Offer) -> None:
    offer = store.partners.lock_offer(known.id) or known
    begun = offer.validity.start < by.at
    ended = replace(offer, validity=Span(offer.validity.start, by.at)) if begun else replace(offer, paused=True)
    store.partners.put_offer(ended)
    note(store, by, "offer.end", offer.id, offer.title)


def _is_only_for(site: Site, sites: Sequence[SiteId], closed: Set[SiteId]) -> bool:
    return site.id in sites and closed >= set(sites)
