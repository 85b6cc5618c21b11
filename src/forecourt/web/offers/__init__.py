"""Membership plans, coupons and partners, for drivers, operators and partners; roaming partners, and public data."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.offers import (
    benefits,
    host_shares,
    offering,
    open_data,
    partner,
    partner_lines,
    partner_page,
    plan_forms,
    roaming,
    roaming_joining,
    roaming_partner,
)

routes = [benefits.routes, partner.routes, partner_lines.routes, host_shares.routes, *open_data.routes]
_pages = [*offering.pages, *partner_page.pages, *plan_forms.pages, *roaming.pages, *roaming_joining.pages, *roaming_partner.pages]
staff_pages = Router("/", route_handlers=_pages, opt={"duty": Duty.PRICES})
