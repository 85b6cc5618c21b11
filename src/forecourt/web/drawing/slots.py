"""The free starts of a day: a bar for each half hour, as high as sockets are free."""

from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup

from forecourt.web.drawing.canvas import Canvas, Scale, hour_marks
from forecourt.web.views.booking import SlotDay

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 120, 34, 30, 16, 26
_STEP = timedelta(minutes=30)


def slot_day(view: SlotDay) -> Markup:
    """What is full is told by an empty column with a line through its foot, not by colour."""
    canvas = Canvas(_WIDTH, _HEIGHT, _words(view))
    along = Scale(view.start.timestamp(), view.end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    most = max(1, view.sockets)
    up = Scale(0, most, _HEIGHT - _BOTTOM, _TOP)
    for value in sorted({0, most}):
        canvas.line(_LEFT, up(value), _WIDTH - _RIGHT, up(value), "grid")
        canvas.text(_LEFT - 6, up(value) + 5, str(value), anchor="end")
    for start, free in view.slots:
        x = along(start.timestamp())
        width = along((start + _STEP).timestamp()) - x - 1
        if free:
            canvas.rect(x, up(free), width, up(0) - up(free), "fill-charging")
        else:
            canvas.rect(x, up(0) - 3, width, 3, "fill-fault")
    for mark, words in hour_marks(view.start, view.end, view.zone, 7):
        canvas.text(along(mark.timestamp()), _HEIGHT - 6, words, anchor="middle")
    if view.start <= view.now < view.end:
        x = along(view.now.timestamp())
        canvas.line(x, _TOP - 4, x, _HEIGHT - _BOTTOM, "now")
    return canvas.svg()


def _words(view: SlotDay) -> str:
    """The same told: from when to when how many are free."""
    zone = ZoneInfo(view.zone)
    if not view.slots:
        return "Free starts: none are left on this day"
    runs = []
    for free, run in groupby(view.slots, key=lambda slot: slot[1]):
        starts = [start.astimezone(zone).strftime("%H:%M") for start, _ in run]
        when = starts[0] if len(starts) == 1 else f"{starts[0]} to {starts[-1]}"
        runs.append(f"{when} {free if free else 'none'}")
    return f"Free starts for an hour, of {view.sockets} bays: {', '.join(runs)}"
