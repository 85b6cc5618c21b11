"""Parse the reason for a price, so that it can be worded in every language. `ChosenPrice.because` is its stored form."""

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
    """kind: in English. name: of the price book entry. group, power, channel: what it is for; empty for all.

    in_demand: many drivers want that time; the price is the ordinary one. fixed_by: what fixed the price earlier; empty if nothing did.
    """

    kind: str
    name: str
    group: str
    power: str
    channel: str
    since: date
    in_demand: bool
    fixed_by: str


@lru_cache(maxsize=1024)
def parse_price_reason(because: str) -> PriceReason | None:
    """Parse a stored reason; None for text that a person wrote."""
    found = _PARTS.fullmatch(because)
    if found is None:
        return None
    kind, name, group, power, channel, day, month, year, in_demand, fixed_by = found.groups(default="")
    since = date(int(year), _MONTHS.index(month) + 1, int(day))
    return PriceReason(kind, name, group, power, channel, since, bool(in_demand), fixed_by)
