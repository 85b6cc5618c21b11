"""The price through a week: a row for each day, darker where a kilowatt-hour costs more, with "now"."""

from decimal import Decimal

from markupsafe import Markup

from forecourt.kernel import round_half_up
from forecourt.web.drawing.canvas import Canvas, Scale
from forecourt.web.views.price import PriceWeek

_WIDTH, _ROW, _GAP, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 24, 3, 58, 14, 8, 28
LEVELS = 5


def price_week(week: PriceWeek) -> Markup:
    """Seven rows of 24 hours by the local clock."""
    height = _TOP + len(week.days) * (_ROW + _GAP) + _BOTTOM
    canvas = Canvas(_WIDTH, height, _alt_text(week))
    x_at = Scale(0, 1440, _LEFT, _WIDTH - _RIGHT)
    for row, day in enumerate(week.days):
        y = _TOP + row * (_ROW + _GAP)
        canvas.text(_LEFT - 8, y + _ROW * 0.72, f"{day.day:%a}", anchor="end")
        for step in day.steps:
            css = "heat-none" if step.per_kwh is None else f"heat-{price_level(step.per_kwh, week.prices)}"
            x = x_at(step.start_minute)
            canvas.rect(x, y, x_at(step.end_minute) - x, _ROW, css)
    bottom = height - _BOTTOM
    for hour in (0, 6, 12, 18, 24):
        canvas.text(x_at(hour * 60), bottom + 20, f"{hour:02d}", anchor="middle")
    if week.now is not None:
        row, minute = week.now
        y = _TOP + row * (_ROW + _GAP)
        canvas.line(x_at(minute), y - 3, x_at(minute), y + _ROW + 3, "now-mark")
    return canvas.svg()


def price_level(price: Decimal, prices: tuple[Decimal, ...]) -> int:
    """The shade, 0 the lightest: by its position between the lowest and the highest price."""
    low, high = prices[0], prices[-1]
    return 0 if low == high else int((price - low) * (LEVELS - 1) / (high - low))


def price_number(price: Decimal) -> str:
    """With two decimals, or up to four where two would not be the price."""
    return f"{price:.2f}" if price == round_half_up(price, 2) else f"{price:.4f}".rstrip("0")


def _alt_text(week: PriceWeek) -> str:
    if not week.prices:
        return "Price through the week: no price per kilowatt-hour"
    lowest, highest = price_number(week.prices[0]), price_number(week.prices[-1])
    spread = f"{lowest} {week.currency} at all hours" if lowest == highest else f"from {lowest} to {highest} {week.currency}"
    return f"Price of a kilowatt-hour through the week: {spread}"
