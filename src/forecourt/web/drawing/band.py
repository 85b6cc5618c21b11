"""A charge as a band of its states above its cost curve."""

from markupsafe import Markup

from forecourt.kernel import Text
from forecourt.web.drawing.canvas import Canvas, Scale, hour_marks, nice_ceiling
from forecourt.web.views.bays import BayState
from forecourt.web.views.charges import ChargeBand
from forecourt.wording import EN, LocalisedValue, Localiser

_WIDTH, _HEIGHT = 560, 200
_LEFT, _RIGHT, _BAND_TOP, _BAND_HEIGHT, _TOP, _BOTTOM = 76, 26, 6, 24, 56, 26
_FILLS = {
    BayState.RESERVED: "fill-reserved",
    BayState.CHARGING: "fill-charging",
    BayState.WITHHELD: "fill-withheld",
    BayState.FAULT: "fill-fault",
}


def charge_band(band: ChargeBand, localiser: Localiser = EN) -> Markup:
    """States on top, the cost so far below, on a shared time axis."""
    canvas = Canvas(_WIDTH, _HEIGHT, str(localiser.localise(_alt_text(band))))
    if not band.parts:
        return canvas.svg()
    start, end = band.parts[0].start, band.parts[-1].end
    x_at = Scale(start.timestamp(), max(end.timestamp(), start.timestamp() + 1), _LEFT, _WIDTH - _RIGHT)
    for segment in band.parts:
        x = x_at(segment.start.timestamp())
        canvas.rect(x, _BAND_TOP, x_at(segment.end.timestamp()) - x, _BAND_HEIGHT, _FILLS.get(segment.state, "fill-idle"))
    costs = [float(point.cost.amount) for point in band.points]
    top = nice_ceiling(max([*costs, 0.1]))
    y_at = Scale(0, top, _HEIGHT - _BOTTOM, _TOP)
    for step in range(3):
        canvas.line(_LEFT, y_at(top * step / 2), _WIDTH - _RIGHT, y_at(top * step / 2), "grid")
        if step:
            canvas.text(_LEFT - 6, y_at(top * step / 2) + 5, localiser.decimals(top * step / 2, 2), anchor="end")
    line = [(x_at(point.at.timestamp()), y_at(cost)) for point, cost in zip(band.points, costs, strict=True)]
    if len(line) > 1:
        canvas.path([(line[0][0], y_at(0)), *line, (line[-1][0], y_at(0))], "fill-soft", close=True)
        canvas.path(line, "curve")
    for mark, label in hour_marks(start, end, band.zone, 6):
        canvas.text(x_at(mark.timestamp()), _HEIGHT - 6, label, anchor="middle")
    return canvas.svg()


def _alt_text(band: ChargeBand) -> Text:
    if not band.points:
        return Text("The charge has just begun")
    last = band.points[-1]
    energy = LocalisedValue("decimals", last.energy_wh / 1000, 1)
    return Text("The charge: {energy} kWh for {cost} so far", energy=energy, cost=last.cost)
