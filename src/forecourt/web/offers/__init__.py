"""Membership plans, coupons and partners, for drivers, operators and partners."""

from forecourt.web.offers import benefits, offering, partner, plan_forms

routes = [benefits.routes, partner.routes]
staff_pages = [*offering.pages, *plan_forms.pages]
