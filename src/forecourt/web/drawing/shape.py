"""The price by hour, now and as proposed, over the expected number of occupied sockets."""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from forecourt.web.drawing.canvas import Canvas, Scale, nice_ceiling
from forecourt.web.views.revenue import PriceShape

_WIDTH, _HEIGHT = 560, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 20, 14, 26


def price_shape(view: PriceShape) -> Markup:
    """Bars: occupied sockets at today's price; full height is all of them. Dashed: the price now. Line: as proposed."""
    top = nice_ceiling(float(max([*view.now, *view.proposed])) * 1.1)
    canvas = Canvas(_WIDTH, _HEIGHT, _alt_text(view))
    x_at, y_at = Scale(0, 24, _LEFT, _WIDTH - _RIGHT), Scale(0, top, _HEIGHT - _BOTTOM, _TOP)
    height = _HEIGHT - _BOTTOM - _TOP
    for hour, share in enumerate(view.busy):
        canvas.rect(x_at(hour) + 1, _HEIGHT - _BOTTOM - share * height, x_at(1) - x_at(0) - 2, share * height, "fill-soft")
    for half in range(3):
        canvas.line(_LEFT, y_at(top * half / 2), _WIDTH - _RIGHT, y_at(top * half / 2), "grid")
        if half:
            canvas.text(_LEFT - 6, y_at(top * half / 2) + 5, f"{top * half / 2:.2f}", anchor="end")
    canvas.path(_steps(view.now, x_at, y_at), "before")
    if view.proposed:
        canvas.path(_steps(view.proposed, x_at, y_at), "curve")
    for hour in range(0, 25, 6):
        canvas.text(x_at(hour), _HEIGHT - 6, f"{hour:02d}:00", anchor="middle" if hour < 24 else "end")
    return canvas.svg()


def _steps(prices: Sequence[Decimal], x_at: Scale, y_at: Scale) -> list[tuple[float, float]]:
    found = []
    for hour, price in enumerate(prices):
        if not hour or price != prices[hour - 1]:
            if hour:
                found.append((x_at(hour), y_at(float(prices[hour - 1]))))
            found.append((x_at(hour), y_at(float(price))))
    return [*found, (x_at(len(prices)), y_at(float(prices[-1])))]


def _alt_text(view: PriceShape) -> str:
    proposed = f", proposed {min(view.proposed)} to {max(view.proposed)}" if view.proposed else ""
    return f"{view.name}: price now {min(view.now)} to {max(view.now)} {view.currency} per kWh{proposed}, busiest {max(view.busy):.0%}"
