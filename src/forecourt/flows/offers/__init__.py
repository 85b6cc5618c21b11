"""Membership plans, coupons and partners' offers, and how partners are settled with."""

from forecourt.flows.offers.compensation_refunds import refund_compensation
from forecourt.flows.offers.coupons import CouponTerms, create_coupon, look_up_code, pause_coupon, redeem_code
from forecourt.flows.offers.hosts import hosts_fingerprint, set_hosts
from forecourt.flows.offers.memberships import (
    PlanTerms,
    cancel_plan,
    change_plan,
    join_plan,
    open_plan,
    plan_of_operator,
    publish_plan,
    queue_renewals,
    renew_membership,
    revise_plan,
    unpaid_amount,
)
from forecourt.flows.offers.partner_changes import PartnerDetails, change_partner, details_fingerprint, end_partner, pause_partner
from forecourt.flows.offers.partner_offers import (
    OfferTerms,
    accept_gift,
    create_offer,
    expire_vouchers,
    invite_partner,
    issue_partner_voucher,
    pause_offer,
    preview_gift,
    save_partner,
)
from forecourt.flows.offers.partner_shares import settle_shares, settle_site_shares

__all__ = [
    "CouponTerms",
    "OfferTerms",
    "PartnerDetails",
    "PlanTerms",
    "accept_gift",
    "cancel_plan",
    "change_partner",
    "change_plan",
    "create_coupon",
    "create_offer",
    "details_fingerprint",
    "end_partner",
    "expire_vouchers",
    "hosts_fingerprint",
    "invite_partner",
    "issue_partner_voucher",
    "join_plan",
    "look_up_code",
    "open_plan",
    "pause_coupon",
    "pause_offer",
    "pause_partner",
    "plan_of_operator",
    "preview_gift",
    "publish_plan",
    "queue_renewals",
    "redeem_code",
    "refund_compensation",
    "renew_membership",
    "revise_plan",
    "save_partner",
    "set_hosts",
    "settle_shares",
    "settle_site_shares",
    "unpaid_amount",
]
