"""The history of a charger's sockets: a row each, along the days of a month."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from forecourt.stations import IncidentKind
from forecourt.web.drawing.canvas import Canvas, Scale
from forecourt.web.views.availability import HistoryStrip, TroubleSpan

_WIDTH, _LEFT, _RIGHT, _ROW, _GAP, _AXIS = 720, 96, 8, 22, 6, 20
# Each kind has its own height, so that nobody depends on colours; later ones are on top. Those without a length are left out.
_KINDS = (
    (None, "fill-idle", 0.25),
    (IncidentKind.UNAVAILABLE, "fill-reserved", 0.5),
    (IncidentKind.FAULTED, "fill-fault", 1.0),
    (IncidentKind.OFFLINE, "fill-withheld", 0.75),
)


def history_strip(strip: HistoryStrip) -> Markup:
    """However much happened, a row has at most one column per two pixels and kind."""
    height = len(strip.rows) * (_ROW + _GAP) + _AXIS
    canvas = Canvas(_WIDTH, height, "Connection and faults by day, also listed below.", "picture history")
    x_at = Scale(strip.span.start.timestamp(), strip.span.end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    for index, (label, parts) in enumerate(strip.rows):
        bottom = index * (_ROW + _GAP) + _ROW
        canvas.text(_LEFT - 6, bottom - 6, label if len(label) < 12 else f"{label[:10]}…", anchor="end")
        canvas.rect(_LEFT, bottom - 2, _WIDTH - _LEFT - _RIGHT, 2, "fill-charging")
        for kind, css, share in _KINDS:
            tall = round(_ROW * share)
            drawn = "".join(f"M{left} {bottom}v-{tall}h{right - left}v{tall}z" for left, right in _columns(parts, kind, x_at))
            if drawn:
                canvas.add(f'<path class="{css}" d="{drawn}"/>')
    for mark, day_label in _days(strip):
        canvas.text(x_at(mark.timestamp()), height - 5, day_label, anchor="middle")
    return canvas.svg()


def _columns(parts: Sequence[TroubleSpan], kind: IncidentKind | None, x_at: Scale) -> Iterable[tuple[int, int]]:
    """From pixel to pixel, even numbers, merged where they touch; even the shortest is visible."""
    found = list[tuple[int, int]]()
    for one in sorted((one.span for one in parts if one.what is kind), key=lambda span: span.start):
        left = int(x_at(one.start.timestamp())) // 2 * 2
        right = max(left + 2, int(x_at(one.end.timestamp())) // 2 * 2)
        if found and left <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def _days(strip: HistoryStrip) -> Iterable[tuple[datetime, str]]:
    zone = ZoneInfo(strip.zone)
    day, last = strip.span.start.astimezone(zone).date(), strip.span.end
    step = 1 if strip.span.length <= timedelta(days=10) else 5
    while True:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
        if noon >= last:
            return
        if noon >= strip.span.start and (day.day - 1) % step == 0:
            yield noon, str(day.day)
        day += timedelta(days=1)
