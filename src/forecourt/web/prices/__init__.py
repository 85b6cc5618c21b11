"""Tariffs entered, judged and published; revenue."""

from forecourt.web.prices import price_entries, revenue, tariffs

staff_pages = [*tariffs.pages, *price_entries.pages, *revenue.pages]
