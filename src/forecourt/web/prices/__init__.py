"""Tariffs entered, judged and published; revenue."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.prices import grouping, price_entries, revenue, tariffs

staff_pages = Router("/", route_handlers=[*tariffs.pages, *price_entries.pages, *grouping.pages, *revenue.pages], opt={"duty": Duty.PRICES})
