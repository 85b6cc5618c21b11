"""Stored cards, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId
from forecourt.payments import CardSetup, StoredCard
from forecourt.store.memory.world import World


class Cards:
    def __init__(self, world: World) -> None:
        self._world = world

    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        return sorted(self._world.cards.where(lambda one: one.driver_id == driver_id), key=lambda one: (one.added_at, one.id))

    def put(self, card: StoredCard) -> None:
        self._world.cards.put(card.id, card)

    def drop(self, card: StoredCard) -> None:
        self._world.cards.drop(card.id)

    def setup(self, setup_id: UUID) -> CardSetup | None:
        return self._world.card_setups.get(setup_id)

    def put_setup(self, setup: CardSetup) -> None:
        self._world.card_setups.put(setup.id, setup)
