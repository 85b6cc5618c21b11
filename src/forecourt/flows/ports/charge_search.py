"""What an operator looks for among the charges."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import DriverId, SiteId

# Doubts that keep a charge from being billed. Once a person has cleared them all it is billed by nobody, and meant to be.
UNBILLED_FOR = ("doubtful_charge", "nobody_to_bill", "no_price", "signed_values")


@dataclass(frozen=True, slots=True)
class ChargeSearch:
    """text: in the driver's name or e-mail or the charger's name, whatever its case, or the number of a card of the driver.
    since / until: of the end, until exclusive. unbilled: only those that should have a document and have none: not those a person
    has looked at and left so, and no start that failed. What is empty or None does not narrow."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    site_id: SiteId | None = None
    driver_id: DriverId | None = None
    unbilled: bool = False

    def of_whom(self, charger: str, name: str, email: str, cards: Iterable[str]) -> bool:
        """A charge of that driver at that charger is looked for."""
        text = self.text.lower()
        return any(text in word.lower() for word in (charger, name, email)) or text in (card.lower() for card in cards)
