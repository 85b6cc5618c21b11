"""What pages show of the money behind a booking."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class DepositView:
    """step: "held", "later" (from when: at), "asked" (the processor has not answered), "pay" (the driver is asked, until then the slot is
    kept: at), "fee" (a fee is taken of it) or "back". balance: it is set aside from the prepaid balance, not held on a card.

    refusal: why it could not be held. page: the processor's, empty where ours asks or nothing waits at one; waits: one does.
    """

    step: str
    amount: Money
    balance: bool = False
    at: datetime | None = None
    refusal: str = ""
    page: str = ""
    waits: bool = False

    @property
    def firm(self) -> bool:
        return self.step not in ("asked", "pay")


@dataclass(frozen=True, slots=True)
class DepositOffer:
    """What would be held for a booking, by how long it is; so many days before its end, at the earliest. way: "card", "balance" or
    "account" (nothing is held)."""

    least: Money
    most: Money
    way: str
    days: int
