"""Coupons made by the operator, and redeeming a driver's code, whatever it is for."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_zone
from forecourt.flows.offers.memberships import check_sites
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, Ids, Money, NotFound, OperatorId, SiteId, Span
from forecourt.offers import Claim, Coupon, DiscountRule, OfferKind, claim_coupon, claim_voucher, code_of, parse_code


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """Fields as in `offers.Coupon`."""

    title: str
    cut: DiscountRule
    validity: Span
    sites: tuple[SiteId, ...] = ()
    least_spend: Money | None = None
    most_claims: int | None = None
    per_driver: int = 1
    budget: Money | None = None
    stacks: bool = False


def create_coupon(store: Store, by: Staff, terms: CouponTerms) -> Coupon:
    """Make a coupon with an unguessable code. Raises BadInput for empty or contradictory terms."""
    check_sites(store, by.operator_id, terms.sites)
    coupon = Coupon(
        id=by.ids.new(by.at),
        operator_id=by.operator_id,
        code=code_of(by.ids.new(by.at)),
        title=terms.title.strip(),
        cut=terms.cut,
        validity=terms.validity,
        sites=terms.sites,
        least_spend=terms.least_spend,
        most_claims=terms.most_claims,
        per_driver=terms.per_driver,
        budget=terms.budget,
        stacks=terms.stacks,
    )
    store.coupons.put(coupon)
    note(store, by, "coupon.make", coupon.id, coupon.title)
    return coupon


def pause_coupon(store: Store, by: Staff, coupon_id: UUID, paused: bool) -> Coupon:
    """Set whether the code can be redeemed. Drivers who already have it may still use it."""
    coupon = store.coupons.lock(coupon_id)
    if coupon is None or coupon.operator_id != by.operator_id:
        raise NotFound("coupon", "There is no such coupon.")
    coupon = replace(coupon, paused=paused)
    store.coupons.put(coupon)
    note(store, by, "coupon.pause" if paused else "coupon.resume", coupon.id, coupon.title)
    return coupon


def look_up_code(store: Store, operator_id: OperatorId, text: str, at: datetime) -> str:
    """What a code is for, in the words of whoever made it. Raises NotFound if it is unknown; changes nothing."""
    code = parse_code(text)
    coupon = store.coupons.by_code(operator_id, code)
    if coupon is not None:
        return coupon.title
    voucher = store.partners.by_code(operator_id, code)
    offer = store.partners.offer(voucher.offer_id) if voucher else None
    if offer is None:
        raise _unknown()
    return offer.title


def redeem_code(store: Store, driver_id: DriverId, text: str, at: datetime, ids: Ids) -> str:
    """Add a coupon, or a partner's voucher, to the driver's account, for the next charge. Returns a description.

    Raises BadInput for an invalid code, NotFound for an unknown one, Conflict for one that is not (or no longer) available.
    """
    code = parse_code(text)
    operator_id = store.drivers.driver(driver_id).operator_id
    store.entitlements.lock_driver(driver_id)
    coupon = store.coupons.by_code(operator_id, code)
    return _take_voucher(store, operator_id, driver_id, code, at) if coupon is None else _claim(store, coupon.id, driver_id, at, ids)


def _claim(store: Store, coupon_id: UUID, driver_id: DriverId, at: datetime, ids: Ids) -> str:
    coupon = store.coupons.lock(coupon_id)
    if coupon is None:
        raise _unknown()
    own_claims = sum(1 for claim in store.coupons.claims_of(driver_id) if claim.coupon_id == coupon_id)
    store.coupons.put(claim_coupon(coupon, own_claims, at))
    store.coupons.put_claim(Claim(ids.new(at), coupon.operator_id, coupon_id, driver_id, at))
    return coupon.title


def _take_voucher(store: Store, operator_id: OperatorId, driver_id: DriverId, code: str, at: datetime) -> str:
    known = store.partners.by_code(operator_id, code)
    voucher = store.partners.lock_voucher(known.id) if known else None
    offer = store.partners.offer(voucher.offer_id) if voucher else None
    if voucher is None or offer is None:
        raise _unknown()
    if voucher.kind is OfferKind.EARNED and voucher.driver_id != driver_id:
        raise Conflict("voucher_for_partner", "This voucher is used at the partner, not for charging.", "Show it there.")
    if voucher.driver_id is None and offer.is_used_up:
        raise Conflict("voucher_gone", "The budget for this voucher is used up.", "Ask the person who gave it to you.")
    store.partners.put_voucher(claim_voucher(voucher, driver_id, at, operator_zone(store, operator_id)))
    return offer.title


def _unknown() -> NotFound:
    return NotFound("code_unknown", "We do not know this code.", "Check it letter by letter.")
