"""Who hosts a site and earns a share of the revenue there: terms that apply from an instant on, never retroactively."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forecourt.kernel import BadInput

_CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class HostTerms:
    """From `since` on: the partners, by handle, and their percentages of each document's net. Empty: nothing is shared."""

    since: datetime
    shares: tuple[tuple[str, Decimal], ...]

    def __post_init__(self) -> None:
        for handle, percent in self.shares:
            if not 0 < percent <= 100 or percent != percent.quantize(_CENTS):
                raise BadInput("shares", f"{percent} % for {handle} is not a share.", "More than 0, at most 100, with two digits.")
        if len({handle for handle, _ in self.shares}) < len(self.shares):
            raise BadInput("shares", "A host is named twice.", "Add the shares up.")
        if sum((percent for _, percent in self.shares), Decimal(0)) > 100:
            raise BadInput("shares", "The shares are more than the whole.", "Give at most 100 % in all.")
