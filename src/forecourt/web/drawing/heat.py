"""A week by hour of day: the darker, the more."""

from markupsafe import Markup, escape

from forecourt.web.drawing.canvas import Canvas, number
from forecourt.web.views.revenue import HeatView

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WIDTH, _LEFT, _TOP, _CELL_W, _CELL_H = 560, 62, 4, 20.5, 22
_SHADES = 8


def heat_map(view: HeatView) -> Markup:
    """24 columns and 7 rows; each cell shows its value on hover, and a text alternative gives the peak."""
    canvas = Canvas(_WIDTH, _TOP + 7 * _CELL_H + 26, _alt_text(view))
    top = view.top or 1.0
    for day, row in enumerate(view.values):
        canvas.text(_LEFT - 6, _TOP + day * _CELL_H + 16, _DAYS[day], anchor="end")
        for hour, value in enumerate(row):
            shade = min(_SHADES, round(value / top * _SHADES))
            x, y = _LEFT + hour * _CELL_W, _TOP + day * _CELL_H
            label = f"{_DAYS[day]} {hour:02d}:00: {view.words[day][hour]}"
            canvas.add(
                f'<rect class="use-{shade}" x="{number(x)}" y="{number(y)}" width="{_CELL_W - 1.5}" height="{_CELL_H - 1.5}" rx="2">'
                f"<title>{escape(label)}</title></rect>"
            )
    for hour in range(0, 24, 6):
        canvas.text(_LEFT + hour * _CELL_W, _TOP + 7 * _CELL_H + 20, f"{hour:02d}:00")
    return canvas.svg()


def _alt_text(view: HeatView) -> str:
    if not view.top:
        return f"{view.title}: nothing yet"
    day, hour = max(((day, hour) for day in range(7) for hour in range(24)), key=lambda at: view.values[at[0]][at[1]])
    return f"{view.title}: most on {_DAYS[day]} at {hour:02d}:00, {view.words[day][hour]}"
