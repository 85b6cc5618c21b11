"""Membership plans, coupons and partners' offers: what a driver is entitled to, and who pays for it."""

from forecourt.offers.discounts import apply_offers, owed_by_funder
from forecourt.offers.model import Cut, Discount, Entitlement, Funder, FunderKind, Kind

__all__ = ["Cut", "Discount", "Entitlement", "Funder", "FunderKind", "Kind", "apply_offers", "owed_by_funder"]
