"""Membership plans, coupons and partners' offers, and how partners are settled with."""

from forecourt.flows.offers.amends_repaid import repay_credit
from forecourt.flows.offers.couponing import CouponTerms, look_up_code, make_coupon, pause_coupon, take_code
from forecourt.flows.offers.hosting import hosts_seen, set_hosts
from forecourt.flows.offers.membership import (
    PlanTerms,
    cancel_plan,
    change_plan,
    join_plan,
    keep_memberships,
    not_paid,
    open_plan,
    own_plan,
    publish_plan,
    renew,
    revise_plan,
)
from forecourt.flows.offers.partner_changes import PartnerDetails, change_partner, details_seen, end_partner, pause_partner
from forecourt.flows.offers.partnering import (
    OfferTerms,
    end_vouchers,
    hand_out,
    invite_partner,
    look_at_gift,
    make_offer,
    pause_offer,
    put_partner,
    take_gift,
)
from forecourt.flows.offers.settling import settle, settle_site_shares

__all__ = [
    "CouponTerms",
    "OfferTerms",
    "PartnerDetails",
    "PlanTerms",
    "cancel_plan",
    "change_partner",
    "change_plan",
    "details_seen",
    "end_partner",
    "end_vouchers",
    "hand_out",
    "hosts_seen",
    "invite_partner",
    "join_plan",
    "keep_memberships",
    "look_at_gift",
    "look_up_code",
    "make_coupon",
    "make_offer",
    "not_paid",
    "open_plan",
    "own_plan",
    "pause_coupon",
    "pause_offer",
    "pause_partner",
    "publish_plan",
    "put_partner",
    "renew",
    "repay_credit",
    "revise_plan",
    "set_hosts",
    "settle",
    "settle_site_shares",
    "take_code",
    "take_gift",
]
