"""The content of a notice as sentences in a language: for emails, push messages and the page that lists them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from forecourt.kernel import Span
from forecourt.notices import NoticeContent, one_line
from forecourt.wording.languages import Wording


def notice_values(content: NoticeContent, wording: Wording) -> Iterator[tuple[str, str]]:
    """The values that can be filled into a sentence; those that do not apply are missing."""
    for name in ("site", "address", "label", "number", "words", "before", "payer"):
        if text := one_line(getattr(content, name)):
            yield name, text
    if not content.payer:
        yield "self", ""  # present only for drivers who pay for themselves
    if content.start:
        yield "day", wording.day(content.start)
        yield "earliest" if content.flexible else "start", wording.clock(content.start)
    if content.end:
        yield "latest" if content.flexible else "end", wording.clock(content.end)
    if content.start and content.end:
        yield "period", wording.period(Span(content.start, content.end))
    if content.until:
        yield "until", f"{wording.day(content.until)}, {wording.clock(content.until)}"
    if content.amount:
        yield "amount", wording.money(content.amount)
    elif content.amount is not None:
        yield "nothing", wording.label("NOTHING")
    if content.energy_wh:
        yield "energy", f"{wording.number(Decimal(content.energy_wh) / 1000, '#,##0.0')}\u00a0kWh"
    if content.level:
        yield "level", str(content.level)
    if content.count:
        yield "count", str(content.count)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; sentences that need a missing value are left out."""
    try:
        return text.format_map(values)
    except KeyError:
        return ""
