"""The hours ahead: a band for each car, stacked under the site's limit and under external limits over time."""

from markupsafe import Markup

from forecourt.web.drawing.canvas import Canvas, Scale, axis_marks, hour_marks, nice_ceiling
from forecourt.web.views.power import HoursView

_WIDTH, _HEIGHT = 860, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 34, 30, 34
_SHADES = 3
# Width of a letter of a name and height of its line; on a phone the picture is smaller and its letters larger.
_NAME, _NAME_ON_A_PHONE = (9, 18), (18, 32)


def hours_ahead(view: HoursView) -> Markup:
    """Bands in the order of the view; each is labelled with its bay where it is high enough, and shows its energy on hover."""
    totals = [sum(step.watts) for step in view.steps]
    top_w = nice_ceiling(max([*totals, view.limit_w or 0, *(watts or 0 for _, watts in view.allowed if view.limit_w is None), 1000]) * 1.08)
    canvas = Canvas(_WIDTH, _HEIGHT, _alt_text(view, totals), "picture picture-wide")
    y_at = Scale(0, top_w, _HEIGHT - _BOTTOM, _TOP)
    for watts in axis_marks(top_w):
        canvas.line(_LEFT, y_at(watts), _WIDTH - _RIGHT, y_at(watts), "grid")
        canvas.text(_LEFT - 6, y_at(watts) + 4, f"{watts / 1000:g}", anchor="end")
    canvas.text(_LEFT, 20, "kW")
    if view.steps:
        _bands(canvas, view, y_at)
    _limits(canvas, view, y_at)
    return canvas.svg()


def _bands(canvas: Canvas, view: HoursView, y_at: Scale) -> None:
    start, end = view.steps[0].start, view.steps[-1].end
    x_at = Scale(start.timestamp(), end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    below = [0] * len(view.steps)
    for index, name in enumerate(view.names):
        spot = (0.0, 0.0, 0.0, 0.0, 0.0)  # area, x, y, width, height of its largest part
        for step_index, step in enumerate(view.steps):
            watts, base = step.watts[index], below[step_index]
            left, right = x_at(step.start.timestamp()), x_at(step.end.timestamp())
            band_height = y_at(base) - y_at(base + watts)
            if band_height > 0.05:
                canvas.rect(left, y_at(base + watts), right - left, band_height, f"layer-{index % _SHADES}")
                if band_height >= _NAME[1] and right - left >= _NAME[0] * len(name):
                    spot = max(
                        spot,
                        ((right - left) * band_height, (left + right) / 2, y_at(base) - band_height / 2 + 5, right - left, band_height),
                    )
            below[step_index] = base + watts
        if spot[0]:
            _name(canvas, name, *spot[1:])
    for mark, hour_label in hour_marks(start, end, view.zone, 7):
        canvas.text(x_at(mark.timestamp()), _HEIGHT - 9, hour_label, anchor="middle")


def _limits(canvas: Canvas, view: HoursView, y_at: Scale) -> None:
    """A step line of the site's limit, or the external limit where that is lower; each level has its kilowatts where there is room."""
    right = _WIDTH - _RIGHT
    if not view.steps:
        x_at, levels = Scale(0, 1, _LEFT, right), [(0.0, view.limit_w, "limit")]
    else:
        start, end = view.steps[0].start, view.steps[-1].end
        x_at = Scale(start.timestamp(), end.timestamp(), _LEFT, right)
        allowed_from = [(start, None), *((max(at, start), watts) for at, watts in view.allowed if at < end)]
        levels = [(at.timestamp(), *_level(watts, view.limit_w)) for at, watts in allowed_from]
    ends = [*(x_at(at) for at, _, _ in levels[1:]), right]
    before: tuple[float, float] | None = None
    for (at, watts, label), until in zip(levels, ends, strict=True):
        if watts is None or until <= x_at(at):
            before = None if watts is None else before
            continue
        points = [(x_at(at), y_at(watts)), (until, y_at(watts))]
        canvas.path([before, *points] if before else points, "limit")
        before, limit_label = points[1], f"{label} {watts / 1000:g} kW"
        roomy, fits = (until - x_at(at) >= letter[0] * len(limit_label) for letter in (_NAME_ON_A_PHONE, _NAME))
        if fits:
            canvas.text(until, y_at(watts) - 6, limit_label, "limit-text" if roomy else "limit-text not-on-phones", "end")


def _level(allowed_w: int | None, limit_w: int | None) -> tuple[int | None, str]:
    less = allowed_w is not None and (limit_w is None or allowed_w < limit_w)
    return (allowed_w, "allowed") if less else (limit_w, "limit")


def _name(canvas: Canvas, name: str, x: float, y: float, width: float, height: float) -> None:
    """On a phone only where it fits there as well."""
    roomy = width >= _NAME_ON_A_PHONE[0] * len(name) and height >= _NAME_ON_A_PHONE[1]
    canvas.text(x, y, name, "band-name" if roomy else "band-name not-on-phones", "middle")


def _alt_text(view: HoursView, totals: list[int]) -> str:
    if not totals:
        return "The hours ahead: no cars charging"
    limit = f", limit {view.limit_w / 1000:g} kW" if view.limit_w else ""
    least_w = min((watts for _, watts in view.allowed if watts is not None), default=None)
    limit += f", allowed {least_w / 1000:g} kW at least" if least_w is not None else ""
    return f"The hours ahead, {len(view.names)} cars: now {totals[0] / 1000:.1f} kW, highest {max(totals) / 1000:.1f} kW{limit}"
