"""The content of a notice as sentences in a language: for emails, push messages and the page that lists them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from forecourt.kernel import Span
from forecourt.notices import NoticeContent, one_line
from forecourt.wording.languages import Wording


def notice_values(says: NoticeContent, words: Wording) -> Iterator[tuple[str, str]]:
    """The values that can be filled into a sentence; those that do not apply are missing."""
    for name in ("site", "address", "label", "number", "words", "before", "payer"):
        if text := one_line(getattr(says, name)):
            yield name, text
    if not says.payer:
        yield "self", ""  # present only for drivers who pay for themselves
    if says.start:
        yield "day", words.day(says.start)
        yield "earliest" if says.flexible else "start", words.clock(says.start)
    if says.end:
        yield "latest" if says.flexible else "end", words.clock(says.end)
    if says.start and says.end:
        yield "period", words.period(Span(says.start, says.end))
    if says.until:
        yield "until", f"{words.day(says.until)}, {words.clock(says.until)}"
    if says.amount:
        yield "amount", words.money(says.amount)
    elif says.amount is not None:
        yield "nothing", words.label("NOTHING")
    if says.energy_wh:
        yield "energy", f"{words.number(Decimal(says.energy_wh) / 1000, '#,##0.0')}\u00a0kWh"
    if says.level:
        yield "level", str(says.level)
    if says.count:
        yield "count", str(says.count)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; sentences that need a missing value are left out."""
    try:
        return text.format_map(values)
    except KeyError:
        return ""
