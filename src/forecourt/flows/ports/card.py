"""What flows need of the processor for stored cards: its desk, outside the Store."""

from typing import Protocol
from uuid import UUID

from forecourt.payments import CardSetup, SetupPage, SetupRecord


class CardDesk(Protocol):
    """Where drivers give cards to the processor. Calls take up to some seconds: edges make them, between units of work."""

    def begin(self, setup_id: UUID, currency: str, back: str) -> SetupPage:
        """The processor's page for it, the same again for the same id. back: the address it leads back to.

        Raises ConnectionError when it cannot be had.
        """
        ...

    def look(self, setup: CardSetup) -> SetupRecord:
        """What came of it. Raises ConnectionError when it cannot be asked."""
        ...
