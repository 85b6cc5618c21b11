"""Membership plans, coupons, partners, and what they are settled for."""
