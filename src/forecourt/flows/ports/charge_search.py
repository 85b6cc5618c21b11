"""What an operator looks for among the charges."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import DriverId, SiteId


@dataclass(frozen=True, slots=True)
class ChargeSearch:
    """text: in the driver's name or e-mail or the charger's name, whatever its case, or the number of a card of the driver.
    since / until: of the end, until exclusive. What is empty or None does not narrow."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    site_id: SiteId | None = None
    driver_id: DriverId | None = None

    def of_whom(self, charger: str, name: str, email: str, cards: Iterable[str]) -> bool:
        """A charge of that driver at that charger is looked for."""
        text = self.text.lower()
        return any(text in word.lower() for word in (charger, name, email)) or text in (card.lower() for card in cards)
