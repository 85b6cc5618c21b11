"""Views of the money held for a booking."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class DepositView:
    """step: "held", "later" (from when: at), "asked" (no answer from the processor yet), "pay" (the driver is asked; the slot is held until
    `at`), "fee" (a fee is charged to it) or "back". balance: set aside from the prepaid balance, not held on a card.

    refusal: why it could not be held. page: the processor's, empty if ours collects the card or nothing waits there; waits: whether
    something does.
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
    """The amount to be held for a booking, by its length; at the earliest that many days before its end. way: "card", "balance" or
    "account" (nothing is held)."""

    least: Money
    most: Money
    way: str
    days: int
