"""Stored payment cards and visits to store one, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId
from forecourt.payments import CardSetup, StoredCard
from forecourt.store.memory.database import MemoryDatabase


class Cards:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        return sorted(self._db.cards.where(lambda one: one.driver_id == driver_id), key=lambda one: (one.added_at, one.id))

    def put(self, card: StoredCard) -> None:
        self._db.cards.put(card.id, card)

    def drop(self, card: StoredCard) -> None:
        self._db.cards.drop(card.id)

    def setup(self, setup_id: UUID) -> CardSetup | None:
        return self._db.card_setups.get(setup_id)

    def put_setup(self, setup: CardSetup) -> None:
        self._db.card_setups.put(setup.id, setup)
