"""What pages show of a start from the app while no charge has followed."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class StartView:
    """step: "asked" (the bank has not answered), "pay" (it waits for a card at the processor's page), "starting" (plug in before `until`),
    "refused" (by the card) or "over". why: of the last two.

    page: the processor's, empty where ours asks. balance: it is set aside of the prepaid balance, not held on a card.
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

    @property
    def live(self) -> bool:
        """Something will still change by itself."""
        return self.step in ("asked", "pay", "starting")
