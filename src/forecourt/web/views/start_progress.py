"""Views of a start from the app while no charge has followed."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class StartView:
    """step: "asked" (no answer from the bank yet), "pay" (waits for a card on the processor's page), "starting" (plug in before `until`),
    "refused" (by the card) or "over". why: of the last two.

    page: the processor's, empty if ours collects the card. balance: set aside from the prepaid balance, not held on a card. help_phone: of
    the help desk; empty = none stated.
    """

    step: str
    bay: str
    evse_id: str
    site_name: str
    site_slug: str
    zone: str
    amount: Money
    until: datetime | None = None
    why: str = ""
    page: str = ""
    balance: bool = False
    help_phone: str = ""

    @property
    def live(self) -> bool:
        """Whether it will still change without the driver doing anything."""
        return self.step in ("asked", "pay", "starting")
