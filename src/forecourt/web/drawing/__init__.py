"""Pictures rendered by the server as SVG: no scripts, no inline styles, and a text alternative for screen readers."""

from forecourt.web.drawing.band import charge_band
from forecourt.web.drawing.bays import site_plan
from forecourt.web.drawing.board import day_board
from forecourt.web.drawing.days import power_days
from forecourt.web.drawing.heat import heat_map
from forecourt.web.drawing.history import history_strip
from forecourt.web.drawing.hours import hours_ahead
from forecourt.web.drawing.power import power_chart
from forecourt.web.drawing.price import price_line
from forecourt.web.drawing.shape import price_shape
from forecourt.web.drawing.slots import slot_day
from forecourt.web.drawing.week import price_level, price_number, price_week

__all__ = [
    "charge_band",
    "day_board",
    "heat_map",
    "history_strip",
    "hours_ahead",
    "power_chart",
    "power_days",
    "price_level",
    "price_line",
    "price_number",
    "price_shape",
    "price_week",
    "site_plan",
    "slot_day",
]

# Pictures for drivers take the language of their words from the `localiser`.
LOCALIZED = ("charge_band", "price_line", "slot_day")
