"""How much of a payer's money a driver, or a card, may spend on charging."""

from dataclasses import dataclass
from enum import StrEnum

from forecourt.kernel import BadInput, Money


class LimitOf(StrEnum):
    """What a limit applies to. A charge counts in full on the day, and in the month, in which it began."""

    CHARGE = "CHARGE"
    DAY = "DAY"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Limits:
    """Amounts with tax. None: no such limit."""

    charge: Money | None = None
    day: Money | None = None
    month: Money | None = None

    def __post_init__(self) -> None:
        if any(one.minor <= 0 for _, one in self.set):
            raise BadInput("limit", "A limit must be more than zero.", "Leave it empty for no limit.")

    @property
    def set(self) -> tuple[tuple[LimitOf, Money], ...]:
        """The limits that are set, the shortest period first."""
        known = ((LimitOf.CHARGE, self.charge), (LimitOf.DAY, self.day), (LimitOf.MONTH, self.month))
        return tuple((of, one) for of, one in known if one is not None)


NO_LIMITS = Limits()
