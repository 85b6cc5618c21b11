"""Entering, checking and publishing tariffs; revenue."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.prices import earnings, grouping, price_entries, revenue, tariffs

_PAGES = [*tariffs.pages, *price_entries.pages, *grouping.pages, *revenue.pages, *earnings.pages]
staff_pages = Router("/", route_handlers=_PAGES, opt={"duty": Duty.PRICES})
