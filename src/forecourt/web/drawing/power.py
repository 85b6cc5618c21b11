"""Power through time: stacked layers under the limit."""

import itertools

from markupsafe import Markup

from forecourt.web.drawing.canvas import Canvas, Scale, axis_marks, hour_marks, nice_ceiling
from forecourt.web.views.power import PowerView

_WIDTH, _HEIGHT = 860, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 34, 30, 34


def power_chart(view: PowerView) -> Markup:
    """Each layer as a stepped area on top of those below it, the limit as a dashed line with its kilowatts."""
    totals = [sum(layer.watts[i] for layer in view.layers) for i in range(len(view.at))]
    top_w = nice_ceiling(max([*totals, view.limit_w or 0, 1000]) * 1.08)
    canvas = Canvas(_WIDTH, _HEIGHT, _alt_text(view, totals), "picture picture-wide")
    y_at = Scale(0, top_w, _HEIGHT - _BOTTOM, _TOP)
    for watts in axis_marks(top_w):
        canvas.line(_LEFT, y_at(watts), _WIDTH - _RIGHT, y_at(watts), "grid")
        canvas.text(_LEFT - 6, y_at(watts) + 4, f"{watts / 1000:g}", anchor="end")
    canvas.text(_LEFT, 20, "kW")
    if len(view.at) > 1:
        _draw_layers(canvas, view, y_at)
    if view.limit_w is not None:
        canvas.line(_LEFT, y_at(view.limit_w), _WIDTH - _RIGHT, y_at(view.limit_w), "limit")
        canvas.text(_WIDTH - _RIGHT, y_at(view.limit_w) - 6, f"limit {view.limit_w / 1000:g} kW", "limit-text", "end")
    return canvas.svg()


def _draw_layers(canvas: Canvas, view: PowerView, y_at: Scale) -> None:
    start, end = view.at[0], view.at[-1]
    x_at = Scale(start.timestamp(), end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    below = [0] * len(view.at)
    for index, layer in enumerate(view.layers):
        above = [low + watts for low, watts in zip(below, layer.watts, strict=True)]
        upper = _steps([(x_at(at.timestamp()), y_at(watts)) for at, watts in zip(view.at, above, strict=True)])
        lower = _steps([(x_at(at.timestamp()), y_at(watts)) for at, watts in zip(view.at, below, strict=True)])
        canvas.path([*upper, *reversed(lower)], f"layer-{index % 4}", close=True)
        below = above
    for mark, label in hour_marks(start, end, view.zone, 7):
        canvas.text(x_at(mark.timestamp()), _HEIGHT - 9, label, anchor="middle")


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Hold each value until the next instant."""
    drawn = points[:1]
    for (_, y_before), (x, y) in itertools.pairwise(points):
        if y != y_before:
            drawn += [(x, y_before), (x, y)]
    return [*drawn, (points[-1][0], points[-1][1])]


def _alt_text(view: PowerView, totals: list[int]) -> str:
    if not totals:
        return "Power: no readings yet"
    limit = f", limit {view.limit_w / 1000:g} kW" if view.limit_w is not None else ""
    return f"Power: now {totals[-1] / 1000:.1f} kW, highest {max(totals) / 1000:.1f} kW{limit}"
