"""Membership plans, coupons and partners, for drivers, operators and partners; roaming partners, and public data."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.offers import (
    benefits,
    console_offers,
    console_partner,
    host_shares,
    open_data,
    partner_home,
    partner_lines,
    partner_vat,
    plan_forms,
    roaming,
    roaming_partner,
    roaming_registration,
)

routes = [benefits.routes, partner_home.routes, partner_lines.routes, host_shares.routes, *open_data.routes]
_pages = [
    *console_offers.pages,
    *console_partner.pages,
    *partner_vat.pages,
    *plan_forms.pages,
    *roaming.pages,
    *roaming_registration.pages,
    *roaming_partner.pages,
]
staff_pages = Router("/", route_handlers=_pages, opt={"duty": Duty.PRICES})
