"""The free starts of a day: a bar for each half hour, as high as there are free sockets."""

from datetime import timedelta
from itertools import groupby

from markupsafe import Markup

from forecourt.kernel import Text
from forecourt.web.drawing.canvas import Canvas, Scale, hour_marks
from forecourt.web.views.booking import SlotDay
from forecourt.wording import EN, Localiser

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 120, 34, 30, 16, 26
_STEP = timedelta(minutes=30)


def slot_day(view: SlotDay, localiser: Localiser = EN) -> Markup:
    """A full half hour is an empty column with a line at its foot, not just another colour."""
    canvas = Canvas(_WIDTH, _HEIGHT, _alt_text(view, localiser))
    x_at = Scale(view.start.timestamp(), view.end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    sockets = max(1, view.sockets)
    y_at = Scale(0, sockets, _HEIGHT - _BOTTOM, _TOP)
    for value in sorted({0, sockets}):
        canvas.line(_LEFT, y_at(value), _WIDTH - _RIGHT, y_at(value), "grid")
        if value:
            canvas.text(_LEFT - 6, y_at(value) + 5, str(value), anchor="end")
    for start, free in view.slots:
        x = x_at(start.timestamp())
        width = x_at((start + _STEP).timestamp()) - x - 1
        if free:
            canvas.rect(x, y_at(free), width, y_at(0) - y_at(free), "fill-charging")
        else:
            canvas.rect(x, y_at(0) - 3, width, 3, "fill-fault")
    for mark, label in hour_marks(view.start, view.end, view.zone, 7):
        canvas.text(x_at(mark.timestamp()), _HEIGHT - 6, label, anchor="middle")
    if view.start <= view.now < view.end:
        x = x_at(view.now.timestamp())
        canvas.line(x, _TOP - 4, x, _HEIGHT - _BOTTOM, "now")
    return canvas.svg()


def _alt_text(view: SlotDay, localiser: Localiser) -> str:
    """The same as text: how many are free from when to when."""
    if not view.slots:
        return str(localiser.localise(Text("No start times are left on this day")))
    runs = []
    for free, run in groupby(view.slots, key=lambda slot: slot[1]):
        starts = [localiser.clock(start, view.zone) for start, _ in run]
        many = free or Text("none")
        one = Text("{first} {many}", first=starts[0], many=many)
        runs.append(
            localiser.localise(one if len(starts) == 1 else Text("{first} to {last} {many}", first=starts[0], last=starts[-1], many=many))
        )
    return str(
        localiser.localise(
            Text("Bays free for an hour, out of {sockets}, by start time: {runs}", sockets=view.sockets, runs=", ".join(runs))
        )
    )
