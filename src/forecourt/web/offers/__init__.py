"""Membership plans, coupons and partners, for drivers, operators and partners; and the operator's roaming partners."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.offers import benefits, offering, partner, plan_forms, roaming

routes = [benefits.routes, partner.routes]
staff_pages = Router("/", route_handlers=[*offering.pages, *plan_forms.pages, *roaming.pages], opt={"duty": Duty.PRICES})
