"""What a driver is entitled to at a site: the one answer behind the quote, the running cost and the bill."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from forecourt.billing import Invoice
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DocumentId, DriverId, Money, SiteId, Span
from forecourt.offers import (
    AppliedDiscounts,
    Claim,
    Coupon,
    DiscountRule,
    Entitlement,
    EntitlementKind,
    EntitlementUse,
    Offer,
    OfferKind,
    Open,
    Voucher,
    apply_offers,
    entitlement_from_claim,
    entitlement_from_membership,
    entitlement_from_voucher,
    reconstruct_entitlement,
    record_spending,
)
from forecourt.tariffs import Rating


def discounts_for(store: Store, driver_id: DriverId | None, site_id: SiteId, rating: Rating, charge: Span) -> AppliedDiscounts:
    """The discounts on a charge's rating for this driver; none for an unknown driver."""
    if driver_id is None:
        return AppliedDiscounts(rating.currency)
    return apply_offers(rating, entitlements_of(store, driver_id, site_id, rating.currency, charge), charge)


def entitlements_on_document(store: Store, document_id: DocumentId, charge: Span) -> tuple[Entitlement, ...]:
    """The entitlements that an invoice used. On its rating they give the same discounts again (up to rounding), on a part of it what they
    would have given for that part."""
    return tuple(reconstruct_entitlement(use, *_rules_of_use(store, use), charge) for use in store.entitlements.uses_on(document_id))


def recalculated_entitlements(store: Store, invoice: Invoice, site_id: SiteId, charge: Span) -> tuple[Entitlement, ...]:
    """The entitlements for the same charge when it turns out larger: free energy, free time and coupon money that the invoice used, plus
    what is unused since. Raises Conflict for a partner's voucher."""
    found = list(_of_memberships(store, invoice.driver_id, site_id, invoice.currency, charge, excluded=invoice.id))
    claims: list[tuple[Claim, Coupon]] = []
    used: dict[UUID, Money] = {}
    for use in store.entitlements.uses_on(invoice.id):
        claim = store.coupons.claim(UUID(use.source)) if use.kind is EntitlementKind.COUPON else None
        coupon = store.coupons.coupon(claim.coupon_id) if claim else None
        if claim is not None and coupon is not None:
            claims.append((claim, coupon))
            used[coupon.id] = used.get(coupon.id, Money.zero(use.amount.currency)) + use.amount
        elif use.kind is not EntitlementKind.MEMBERSHIP:
            text = f"A partner's voucher was used for {invoice.number} and is used up."
            raise Conflict("late_used_up", text, "If the charge was longer, set it aside; if it ended earlier, check what to credit.")
    return (*found, *(entitlement_from_claim(claim, record_spending(coupon, -used[coupon.id], 0)) for claim, coupon in claims))


def _rules_of_use(store: Store, use: EntitlementUse) -> tuple[tuple[DiscountRule, ...], Money | None]:
    """The discount rules of the plan, coupon or offer that was used, and the least spend they require."""
    source = UUID(use.source)
    if use.kind is EntitlementKind.MEMBERSHIP:
        membership = store.memberships.membership(source)
        month = membership.period_at(use.at).number if membership else 0
        version = store.memberships.version(membership.term(month).version_id) if membership else None
        return (version.benefits_in(use.amount.currency), None) if version else ((), None)
    if use.kind is EntitlementKind.COUPON:
        claim = store.coupons.claim(source)
        coupon = store.coupons.coupon(claim.coupon_id) if claim else None
        return ((coupon.cut,), coupon.least_spend) if coupon else ((), None)
    voucher = store.partners.voucher(source)
    offer = store.partners.offer(voucher.offer_id) if voucher else None
    return ((offer.cut,), None) if offer and offer.cut else ((), None)


def lock_entitlements(store: Store, driver_id: DriverId, offers: Iterable[Offer] = ()) -> None:
    """Lock this driver's entitlements, their budgets and those of `offers` until this unit of work ends."""
    store.entitlements.lock_driver(driver_id)
    vouchers = _usable(store, driver_id)
    coupons = {claim.coupon_id for claim in store.coupons.claims_of(driver_id) if claim.used_by is None}
    lock_all(store, (one.id for one in vouchers), coupons, {*(one.offer_id for one in vouchers), *(one.id for one in offers)})


def lock_all(store: Store, vouchers: Iterable[UUID], coupons: Iterable[UUID], offers: Iterable[UUID]) -> None:
    """Lock in this order everywhere, and before a document's number or the ledger, to avoid deadlocks."""
    for voucher_id in sorted(vouchers):
        store.partners.lock_voucher(voucher_id)
    for coupon_id in sorted(coupons):
        store.coupons.lock(coupon_id)
    for offer_id in sorted(offers):
        store.partners.lock_offer(offer_id)


def entitlements_of(store: Store, driver_id: DriverId, site_id: SiteId, currency: str, charge: Span) -> tuple[Entitlement, ...]:
    """Every entitlement the driver could use for the charge at that site, in its currency."""
    found = (
        *_of_memberships(store, driver_id, site_id, currency, charge),
        *_of_coupons(store, driver_id, site_id),
        *_of_vouchers(store, driver_id, site_id),
    )
    return tuple(one for one in found if one.is_in(currency))


def _of_memberships(
    store: Store, driver_id: DriverId, site_id: SiteId, currency: str, charge: Span, excluded: DocumentId | None = None
) -> Iterator[Entitlement]:
    """excluded: an invoice whose uses do not count."""
    for membership in store.memberships.of_driver(driver_id):
        if membership.is_valid_at(charge.start):
            month = membership.period_at(charge.start)
            version = store.memberships.version(membership.term(month.number).version_id)
            if site_id in (version.sites or (site_id,)):
                uses = [one for one in store.entitlements.uses_of(str(membership.id), month.span.start) if one.document_id != excluded]
                yield entitlement_from_membership(membership, version, uses, charge.start, currency)


def _of_coupons(store: Store, driver_id: DriverId, site_id: SiteId) -> Iterator[Entitlement]:
    for claim in store.coupons.claims_of(driver_id):
        coupon = store.coupons.coupon(claim.coupon_id) if claim.used_by is None else None
        if coupon is not None and site_id in (coupon.sites or (site_id,)) and claim.claimed_at < coupon.validity.end:
            yield entitlement_from_claim(claim, coupon)


def _of_vouchers(store: Store, driver_id: DriverId, site_id: SiteId) -> Iterator[Entitlement]:
    for voucher in _usable(store, driver_id):
        offer, partner = store.partners.offer(voucher.offer_id), store.partners.partner(voucher.partner_id)
        if offer is not None and partner is not None and site_id in (offer.sites or (site_id,)):
            yield entitlement_from_voucher(voucher, offer, partner)


def _usable(store: Store, driver_id: DriverId) -> list[Voucher]:
    """Vouchers for charging that the driver has claimed and not used."""
    return [
        one
        for one in store.partners.open_vouchers_of(driver_id)
        if one.kind is OfferKind.PURCHASE and isinstance(one.state, Open) and one.state.claimed_at is not None
    ]
