"""The day of a site: bays down, hours across, a bar for each booking and each car without one."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from forecourt.web.drawing.canvas import Canvas, Scale, hour_marks, number
from forecourt.web.views.booking import Board, BoardBar

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 860, 72, 20, 20, 22, 26
# The word and look of each state: never by colour alone, each has its letter.
STATE_STYLES = {
    "confirmed": ("booked, no bay yet", "board-confirmed", "B"),
    "offered": ("kept while offered", "board-confirmed", "O"),
    "unpaid": ("kept during payment", "board-confirmed", "P"),
    "bound": ("bay kept", "fill-reserved", "K"),
    "kept": ("booked and arrived", "fill-charging", "C"),
    "walk_in": ("no booking", "fill-idle", "W"),
    "missed": ("no-show", "fill-withheld", "M"),
    "broken": ("not honoured by us", "fill-fault", "X"),
}
_LETTER_PX = 14
_LIGHT = ("board-confirmed", "fill-idle")


def day_board(board: Board) -> Markup:
    canvas = Canvas(_WIDTH, _TOP + max(1, len(board.rows)) * _ROW + _BOTTOM, _alt_text(board), "picture picture-wide")
    x_at = Scale(board.start.timestamp(), board.end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    bottom = canvas.height - _BOTTOM
    for mark, label in hour_marks(board.start, board.end, board.zone, 13):
        canvas.line(x_at(mark.timestamp()), _TOP, x_at(mark.timestamp()), bottom, "grid")
        canvas.text(x_at(mark.timestamp()), canvas.height - 8, label, anchor="middle")
    for index, row in enumerate(board.rows):
        for bar in row.bars:
            _draw(canvas, bar, x_at, _TOP + index * _ROW, board.zone)
    if board.start <= board.now < board.end:
        x = x_at(board.now.timestamp())
        canvas.line(x, _TOP - 4, x, bottom, "now")
        canvas.text(x, _TOP - 7, "now", "strong", "middle")
    _names(canvas, board)
    return canvas.svg()


def _names(canvas: Canvas, board: Board) -> None:
    """On top, as they stay in place while the hours scroll beneath them (js/board.js)."""
    canvas.add('<g class="names">')
    canvas.rect(0, _TOP, _LEFT - 4, len(board.rows) * _ROW, "fill-back")
    for index, row in enumerate(board.rows):
        canvas.text(_LEFT - 8, _TOP + index * _ROW + 15, row.label or "no bay", "strong" if row.label else "", "end")
    canvas.add("</g>")


def _draw(canvas: Canvas, bar: BoardBar, x_at: Scale, y: float, zone: str) -> None:
    state_label, css, letter = STATE_STYLES[bar.state]
    x, end = x_at(bar.start.timestamp()), x_at(bar.end.timestamp())
    times = f"{_clock(bar.start, zone)} to {_clock(bar.end, zone)}"
    canvas.add(
        f'<rect class="{css}" x="{number(x)}" y="{number(y + 3)}" width="{number(max(2.0, end - x - 1))}" height="{_ROW - 6}" rx="3">'
        f"<title>{escape(f'{bar.words}, {times}: {state_label}')}</title></rect>"
    )
    if end - x > _LETTER_PX:
        canvas.text((x + end) / 2, y + 15, letter, "strong" if css in _LIGHT else "on-bar", "middle")


def _clock(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def _alt_text(board: Board) -> str:
    bars = [bar for row in board.rows for bar in row.bars]
    if not bars:
        return "Bays through the day: nothing yet"
    counts = Counter(bar.state for bar in bars)
    counted = ", ".join(f"{counts[state]} {words}" for state, (words, *_) in STATE_STYLES.items() if counts[state])
    return f"Bays through the day: {counted}"
