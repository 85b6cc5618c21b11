"""What flows need for stored cards: a repository within a Store, and the processor's desk outside it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.kernel import DriverId
from forecourt.payments import CardSetup, SetupPage, SetupRecord, StoredCard


class CardBook(Protocol):
    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        """Oldest first."""
        ...

    def put(self, card: StoredCard) -> None: ...
    def drop(self, card: StoredCard) -> None: ...
    def setup(self, setup_id: UUID) -> CardSetup | None:
        """As it is now; no other unit of work takes it up until this one ends."""
        ...

    def put_setup(self, setup: CardSetup) -> None: ...


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
