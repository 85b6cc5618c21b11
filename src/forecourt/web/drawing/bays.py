"""The site plan: each bay with its car, its state and its power, in rows as they stand."""

from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from forecourt.web.views.bays import Bay, BayState, SitePlan

STATE_LABELS = {
    BayState.FREE: "free",
    BayState.RESERVED: "reserved",
    BayState.CHARGING: "charging",
    BayState.WITHHELD: "waiting for power",
    BayState.IDLE: "plugged in, not charging",
    BayState.FAULT: "out of order",
    BayState.OFFLINE: "offline",
}
_CAPTIONS = {
    BayState.FREE: "free",
    BayState.RESERVED: "booked",
    BayState.WITHHELD: "waiting",
    BayState.IDLE: "parked",
    BayState.FAULT: "fault",
    BayState.OFFLINE: "offline",
}
# A car seen from above, and one mark for each state without a car; defined once, used by every bay.
_CAR = "M6 0h8q5 0 5 7v20q0 7-5 7H6q-5 0-5-7V7q0-7 5-7zM4 11l2 4.5h8l2-4.5q-6-3-12 0zM5 29h10l1-5q-6 2-12 0z"
_BOLT = "M11.5 14 6 22.5h3.5L9 28l5.5-8H11z"
_SYMBOLS = {
    "car": f'<path fill-rule="evenodd" d="{_CAR}"/>',
    "charging": f'<path fill-rule="evenodd" d="{_CAR}"/><path class="on-car" d="{_BOLT}"/>',
    "withheld": f'<path fill-rule="evenodd" d="{_CAR}"/><path class="on-car" d="M6.5 17.5h2.5v8H6.5zM11 17.5h2.5v8H11z"/>',
    "reserved": '<path d="M10 6l9 11-9 11-9-11z"/>',
    "fault": '<path fill-rule="evenodd" d="M10 5l10 22H0zM9 13v7h2v-7zM9 22v2h2v-2z"/>',
    "offline": '<path d="M3 10l2-2 5 6 5-6 2 2-5 7 5 7-2 2-5-6-5 6-2-2 5-7z"/>',
}
_MARKS = {
    BayState.CHARGING: "charging",
    BayState.WITHHELD: "withheld",
    BayState.IDLE: "car",
    BayState.RESERVED: "reserved",
    BayState.FAULT: "fault",
    BayState.OFFLINE: "offline",
}


# Up to this many bays in a row, a wide screen has room for words beside the car.
_ROOMY = 10


def site_plan(plan: SitePlan, with_symbols: bool = True) -> Markup:
    """Bays with the same y are in one row, ordered by x. Rows wrap on narrow screens, so phones need no second drawing.

    with_symbols: on its page; it also defines the marks of states, which later plans use.
    """
    bays = sorted(plan.bays, key=lambda bay: (bay.y, bay.x, bay.label))
    lots = [list(row) for _, row in groupby(bays, key=lambda bay: bay.y)]
    longest = max(map(len, lots), default=0)
    roomy = longest <= _ROOMY
    rows = "".join(_row(lot, longest - len(lot) if roomy else 0, plan.zone) for lot in lots)
    symbols = "".join(f'<symbol id="bay-{name}" viewBox="0 0 20 34">{drawing}</symbol>' for name, drawing in _SYMBOLS.items())
    marks = f'<svg class="symbols" aria-hidden="true">{symbols}</svg>' if with_symbols else ""
    return Markup(f'{marks}<div class="lots{" lots-roomy" if roomy else ""}">{rows}</div>')  # noqa: S704 - labels are escaped in _bay


def _row(lot: list[Bay], missing: int, zone: str) -> str:
    """A shorter row is padded, so that its bays are as wide as those of the other rows."""
    gaps = '<li class="bay-gap" aria-hidden="true"></li>' * missing
    return f'<ul class="lot">{"".join(_bay(bay, zone) for bay in lot)}{gaps}</ul>'


def _bay(bay: Bay, zone: str) -> str:
    drawing = _MARKS.get(bay.state)
    picture = f'<svg aria-hidden="true"><use href="#bay-{drawing}"/></svg>' if drawing else '<svg aria-hidden="true"></svg>'
    state_text = f'<span class="hidden-visually">: {_state_text(bay, zone)}</span>'
    title = f' title="{_state_text(bay, zone)}"' if bay.out_of_contact_since else ""
    content = f"<b>{escape(bay.label)}</b>{state_text}{picture}<span>{_caption(bay)}</span>"
    link = f'<a href="{escape(bay.href)}">{content}</a>' if bay.href else f"<div>{content}</div>"
    return f'<li class="bay bay-{bay.state}"{title}>{link}</li>'


def _state_text(bay: Bay, zone: str) -> str:
    if bay.out_of_contact_since is None:
        return STATE_LABELS[bay.state]
    since, fault = bay.out_of_contact_since.astimezone(ZoneInfo(zone)), "out of order, " if bay.state is BayState.FAULT else ""
    return f"{fault}offline since {since:%a} {since.day} {since:%b %Y}, {since:%H:%M}, last {bay.power_w / 1000:.1f} kW"


def _caption(bay: Bay) -> str:
    """What fits under a car. A car that may charge but draws nothing yet has no kilowatts to show."""
    if bay.state is not BayState.CHARGING:
        return _CAPTIONS[bay.state]
    return f"{bay.power_w / 1000:.1f} kW" if bay.power_w else "starting"
