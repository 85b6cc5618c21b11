"""The last weeks of a site: the energy delivered each day, against what was possible."""

from datetime import timedelta

from markupsafe import Markup

from forecourt.web.drawing.canvas import Canvas, Scale, nice_ceiling
from forecourt.web.views.power import DaysView

_WIDTH, _HEIGHT = 860, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 20, 32, 36


def power_days(view: DaysView) -> Markup:
    """A bar for each day: pale up to what was possible, full up to what was delivered. A day without data has a cross."""
    by_day = {one.day: one for one in view.days}
    count = (view.last - view.first).days + 1
    top_wh = nice_ceiling(max([1000, *(max(one.bound_wh, one.delivered_wh) for one in view.days)]) * 1.05)
    canvas = Canvas(_WIDTH, _HEIGHT, _alt_text(view), "picture picture-wide")
    x_at, y_at = Scale(0, count, _LEFT, _WIDTH - _RIGHT), Scale(0, top_wh, _HEIGHT - _BOTTOM, _TOP)
    for half in range(3):
        canvas.line(_LEFT, y_at(top_wh * half / 2), _WIDTH - _RIGHT, y_at(top_wh * half / 2), "grid")
        canvas.text(_LEFT - 6, y_at(top_wh * half / 2) + 5, f"{top_wh * half / 2000:g}", anchor="end")
    canvas.text(_LEFT, 22, "kWh")
    width = max(2.0, x_at(1) - x_at(0) - 3)
    for index in range(count):
        day = view.first + timedelta(days=index)
        x, one = x_at(index) + 1.5, by_day.get(day)
        if one is None:
            canvas.text(x + width / 2, y_at(0) - 4, "×", anchor="middle")
        else:
            canvas.rect(x, y_at(one.bound_wh), width, y_at(0) - y_at(one.bound_wh), "heat-1")
            canvas.rect(x, y_at(one.delivered_wh), width, y_at(0) - y_at(one.delivered_wh), "fill-charging")
        if day.weekday() == 0 and width * (count - index) > 90:
            canvas.text(x, _HEIGHT - 8, f"{day.day} {day:%b}")
    return canvas.svg()


def _alt_text(view: DaysView) -> str:
    if not view.days:
        return "Energy by day: no figures yet"
    delivered, possible = sum(one.delivered_wh for one in view.days), sum(one.bound_wh for one in view.days)
    missing = f", {view.missing} without figures" if view.missing else ""
    days = (view.last - view.first).days + 1
    return f"Energy by day, {days} days{missing}: delivered {delivered / 1000:.0f} kWh of {possible / 1000:.0f} kWh that were possible"
