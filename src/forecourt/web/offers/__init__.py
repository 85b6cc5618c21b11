"""Membership plans, coupons and partners, for drivers, operators and partners."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.offers import benefits, offering, partner, plan_forms

routes = [benefits.routes, partner.routes]
staff_pages = Router("/", route_handlers=[*offering.pages, *plan_forms.pages], opt={"duty": Duty.PRICES})
