"""Why a price holds, as values, so that every language can word it: `Chosen.because` is the form in which it is kept."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PARTS = re.compile(
    r"(Partner price|Member price|Price) '(.*?)'(?: at (.+?))?(?: for (.+?) sockets)?"
    r"(?: (without a contract|with a contract|through roaming))?"
    rf", valid since (\d+) ({'|'.join(_MONTHS)}) (\d{{4}})"
    r"(?:; (many want a bay at that time, and it costs the ordinary price|an hour in demand, at the ordinary price))?"
    r"(?:, (as quoted with the booking|as shown before paying))?"
)


@dataclass(frozen=True, slots=True)
class PriceReason:
    """kind: as English has it. name: the entry's own. group, power, channel: what it is for; empty for all.

    wanted: by many, which makes it no dearer. fixed: when; empty: now.
    """

    kind: str
    name: str
    group: str
    power: str
    channel: str
    since: date
    wanted: bool
    fixed: str


@lru_cache(maxsize=1024)
def parse_price_reason(because: str) -> PriceReason | None:
    """None for words a person chose."""
    found = _PARTS.fullmatch(because)
    if found is None:
        return None
    kind, name, group, power, channel, day, month, year, wanted, fixed = found.groups(default="")
    since = date(int(year), _MONTHS.index(month) + 1, int(day))
    return PriceReason(kind, name, group, power, channel, since, bool(wanted), fixed)
