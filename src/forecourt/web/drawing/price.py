"""The price through the day: a step line with "now"."""

from decimal import Decimal

from markupsafe import Markup

from forecourt.kernel import Text, round_half_up
from forecourt.web.drawing.canvas import Canvas, Scale, hour_marks, nice_ceiling
from forecourt.web.views.quote import DayPrices
from forecourt.wording import EN, LocalisedValue, Localiser

_WIDTH, _HEIGHT = 560, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 26, 34, 26


def price_line(day: DayPrices, localiser: Localiser = EN) -> Markup:
    """Gross price per kWh from the day's start to its end; each step carries its price."""
    top = nice_ceiling(max([float(step.per_kwh) for step in day.steps] or [1.0]) * 1.15)
    canvas = Canvas(_WIDTH, _HEIGHT, str(localiser.localise(_alt_text(day))))
    x_at = Scale(day.start.timestamp(), day.end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    y_at = Scale(0, top, _HEIGHT - _BOTTOM, _TOP)
    for half in range(3):
        canvas.line(_LEFT, y_at(top * half / 2), _WIDTH - _RIGHT, y_at(top * half / 2), "grid")
        if half:
            canvas.text(_LEFT - 6, y_at(top * half / 2) + 5, localiser.decimals(top * half / 2, 2), anchor="end")
    if day.steps:
        _draw_steps(canvas, day, x_at, y_at, localiser)
    for mark, label in hour_marks(day.start, day.end, day.zone, 6):
        canvas.text(x_at(mark.timestamp()), _HEIGHT - 6, label, anchor="middle")
    if day.start <= day.now <= day.end:
        x = x_at(day.now.timestamp())
        canvas.line(x, _TOP - 6, x, _HEIGHT - _BOTTOM, "now")
        canvas.text(x, _TOP - 10, str(localiser.localise(Text("now"))), "strong", "middle")
    return canvas.svg()


def _draw_steps(canvas: Canvas, day: DayPrices, x_at: Scale, y_at: Scale, localiser: Localiser) -> None:
    ends = [step.at for step in day.steps[1:]] + [day.end]
    line: list[tuple[float, float]] = []
    for step, end in zip(day.steps, ends, strict=True):
        x1, x2, y = x_at(step.at.timestamp()), x_at(end.timestamp()), y_at(float(step.per_kwh))
        canvas.rect(x1, y, x2 - x1, _HEIGHT - _BOTTOM - y, "fill-soft")
        if x2 - x1 > 50:
            canvas.text((x1 + x2) / 2, y - 7, localiser.number(round_half_up(step.per_kwh, 2)), "strong", "middle")
        line += [(x1, y), (x2, y)]
    if line:
        canvas.path(line, "curve")


def _number(price: Decimal) -> LocalisedValue:
    """With two decimals, or four where two would not be the price."""
    short = round_half_up(price, 2)
    return LocalisedValue("number", short if price == short else Decimal(f"{price:.4f}".rstrip("0")))


def _alt_text(day: DayPrices) -> Text:
    if not day.steps:
        return Text("Price through the day: no price per kilowatt-hour")
    current = [step for step in day.steps if step.at <= day.now] or list(day.steps[:1])
    prices = sorted(step.per_kwh for step in day.steps)
    return Text(
        "Price through the day: {now} {currency} per kWh now, from {least} to {most}",
        now=_number(current[-1].per_kwh),
        currency=day.currency,
        least=_number(prices[0]),
        most=_number(prices[-1]),
    )
