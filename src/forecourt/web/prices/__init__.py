"""Entering, checking and publishing tariffs; revenue."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.prices import earnings, price_entries, price_groups, revenue, tariffs

_PAGES = [*tariffs.pages, *price_entries.pages, *price_groups.pages, *revenue.pages, *earnings.pages]
staff_pages = Router("/", route_handlers=_PAGES, opt={"duty": Duty.PRICES})
